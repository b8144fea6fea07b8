import { TelevisitError } from '@televisit/shared/errors';
import type { Handlers, RoomContext, RoomPart } from '../../room/room-part.ts';

/** Passing signs of feeling, shown to everyone in the call. */
export class Reactions implements RoomPart {
  readonly #room: RoomContext;

  constructor(room: RoomContext) {
    this.#room = room;
  }

  readonly handlers: Handlers<'reaction:send'> = {
    'reaction:send': ({ member: { userId } }, { reaction }) => {
      if (!this.#room.session.options.reactions) throw new TelevisitError('reactions_off');
      this.#room.broadcast('reaction', { userId, reaction });
      return null;
    },
  };
}
