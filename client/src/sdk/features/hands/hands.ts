import type { hands as contract } from '@televisit/shared/features/hands';
import { defineClientFeature, type FeatureNode } from '../feature.ts';

export interface HandsCommands {
  /** Raises or lowers the participant's own hand. @throws {VisitError} if the server refuses or is unreachable */
  raise(raised: boolean): Promise<void>;
}

/** Raised hands are part of the participants; the state has no slice of its own. */
export const hands = defineClientFeature<typeof contract, object, HandsCommands>({
  name: 'hands',
  initial: {},
  create: ({ store, signaling }) => {
    /** Whether the hand was raised when each node was joined. */
    const raisedAtJoin = new WeakMap<FeatureNode, boolean>();
    return {
      commands: {
        raise: async (raised) => {
          await signaling.request('hand:set', { raised });
        },
      },
      restore: (result, node) => {
        let { self } = result;
        const handRaisedAt = store.state.me?.handRaisedAt ?? null;
        if (handRaisedAt !== null && self.handRaisedAt === null) {
          node.send('hand:set', { raised: true });
          self = { ...self, handRaisedAt };
        }
        raisedAtJoin.set(node, self.handRaisedAt !== null);
        return { ...result, self };
      },
      shown: (state, before, node) => {
        const { me } = state;
        const handRaisedAt = before.me?.handRaisedAt ?? null;
        const raised = handRaisedAt !== null;
        // Repeats only the changes over the previous node since the join.
        if (!me || raisedAtJoin.get(node) === raised || (me.handRaisedAt !== null) === raised) return state;
        node.send('hand:set', { raised });
        return { ...state, me: { ...me, handRaisedAt } };
      },
    };
  },
});
