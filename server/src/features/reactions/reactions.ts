import { TelevisitError } from '@televisit/shared/errors';
import type { reactions as contract } from '@televisit/shared/features/reactions';
import type { HandlersOf, PartOf, RoomContext } from '../../room/room-part.ts';
import type { ServerFeature } from '../feature.ts';

/** Passing signs of feeling, shown to everyone in the call. */
export class Reactions implements PartOf<typeof contract> {
  readonly #room: RoomContext;

  constructor(room: RoomContext) {
    this.#room = room;
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'reaction:send': ({ member: { userId } }, { reaction }) => {
      if (!this.#room.session.options.reactions) throw new TelevisitError('reactions_off');
      this.#room.broadcast('reaction', { userId, reaction });
      return null;
    },
  };
}

export const reactions: ServerFeature<typeof contract> = {
  start: () => ({ room: { prepare: () => (room) => new Reactions(room) } }),
};
