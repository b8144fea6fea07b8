import type { screenShare as contract } from '@televisit/shared/features/screen-share';
import { can, noticed } from '../../core/base-state.ts';
import { VisitError } from '../../core/errors.ts';
import { defineClientFeature } from '../feature.ts';

export interface ScreenShareCommands {
  /**
   * Shares a screen, a window or a tab; to be called in a click.
   * @throws {VisitError} `media_denied` if the participant chose none, `screen_share_off` if sharing is not allowed
   */
  start(): Promise<void>;
  stop(): void;
}

/** The shared screen is part of the local media; the state has no slice of its own. */
export const screenShare = defineClientFeature<typeof contract, object, ScreenShareCommands>({
  name: 'screen-share',
  initial: {},
  create: ({ store, local }) => {
    const isAllowed = () => store.state.room.screenShareAllowed || can(store.state.self, 'moderate');
    return {
      commands: {
        start: async () => {
          if (store.state.phase !== 'joined') throw new VisitError('not_joined');
          if (!isAllowed()) throw new VisitError('screen_share_off');
          await local()?.startShare();
        },
        stop: () => local()?.stopShare(),
      },
      handlers: {
        'share:stopped': ({ by }, node) => {
          const media = local();
          const isKnown = media?.sources.screen.track === null;
          media?.stopShare();
          if (isKnown && !node.isCurrent) return;
          store.update((state) => noticed(state, 'share_stopped', by));
        },
      },
      entered: () => {
        if (!isAllowed()) local()?.endShare();
      },
    };
  },
});
