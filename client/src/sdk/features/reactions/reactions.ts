import type { reactions as contract } from '@televisit/shared/features/reactions';
import type { ReactionView } from '@televisit/shared/signaling';
import type { Reaction } from '@televisit/shared/vocabulary';
import type { StateStore } from '../../core/store.ts';
import { Timers } from '../../core/timers.ts';
import { defineClientFeature, type StateWith } from '../feature.ts';

/** A reaction that is shown now. */
export interface ShownReaction extends ReactionView {
  readonly id: number;
}

export interface ReactionsSlice {
  readonly reactions: readonly ShownReaction[];
}

/** How long a reaction is shown, in milliseconds. */
export const REACTION_MS = 5_000;

/** Shows each reaction for a limited time. */
export class Reactions {
  readonly #store: StateStore<StateWith<ReactionsSlice>>;
  readonly #timers = new Timers();
  #ids = 0;

  constructor(store: StateStore<StateWith<ReactionsSlice>>) {
    this.#store = store;
  }

  show({ userId, reaction }: ReactionView): void {
    const shown = { id: ++this.#ids, userId, reaction };
    this.#store.update((state) => ({ ...state, reactions: [...state.reactions, shown] }));
    this.#timers.after(REACTION_MS, () =>
      this.#store.update((state) => ({
        ...state,
        reactions: state.reactions.filter(({ id }) => id !== shown.id),
      })),
    );
  }

  /** Cancels all timers; the state is reset by its owner. */
  stop(): void {
    this.#timers.clear();
  }
}

export interface ReactionsCommands {
  /** Sends a reaction to all participants. @throws {VisitError} `reactions_off` if the visit has none */
  react(reaction: Reaction): Promise<void>;
}

export const reactions = defineClientFeature<typeof contract, ReactionsSlice, ReactionsCommands>({
  name: 'reactions',
  initial: { reactions: [] },
  create: ({ store, signaling }) => {
    const shown = new Reactions(store);
    return {
      commands: {
        react: async (reaction) => {
          await signaling.request('reaction:send', { reaction });
        },
      },
      handlers: {
        reaction: (reaction, node) => {
          if (store.state.phase === 'joined' && !node.isRetired) shown.show(reaction);
        },
      },
      stopped: () => shown.stop(),
    };
  },
});
