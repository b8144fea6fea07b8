import type { hands as contract } from '@televisit/shared/features/hands';
import { isoOrNull } from '../../core/clock.ts';
import type { Member } from '../../room/member.ts';
import type { HandlersOf, ParticipantFields, PartOf, RoomContext } from '../../room/room-part.ts';
import type { ServerFeature } from '../feature.ts';

/** Raised hands. */
export class Hands implements PartOf<typeof contract> {
  readonly #room: RoomContext;
  /** Since when each hand is raised, in milliseconds since the Unix epoch. */
  readonly #raisedAt = new Map<Member, number>();

  constructor(room: RoomContext) {
    this.#room = room;
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'hand:set': ({ member }, { raised }) => {
      this.#set(member, raised);
      return null;
    },

    'moderation:lower-hand': (_context, { userId }) => {
      this.#set(this.#room.members.requireParticipant(userId), false);
      return null;
    },
  };

  participantFields(member: Member): ParticipantFields {
    return { handRaisedAt: isoOrNull(this.#raisedAt.get(member) ?? null) };
  }

  onLeft(member: Member): void {
    this.#raisedAt.delete(member);
  }

  #set(member: Member, raised: boolean): void {
    if (this.#raisedAt.has(member) === raised) return;
    if (raised) this.#raisedAt.set(member, this.#room.clock.now());
    else this.#raisedAt.delete(member);
    // The member is sent it as well: a host may have lowered the hand.
    this.#room.broadcast('participant:updated', this.#room.viewOf(member));
  }
}

export const hands: ServerFeature<typeof contract> = {
  start: () => ({ room: { prepare: () => (room) => new Hands(room) } }),
};
