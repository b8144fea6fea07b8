import type { moderation as contract } from '@televisit/shared/features/moderation';
import type { DeviceSource, Source } from '@televisit/shared/vocabulary';
import { seatIndex, isOver, type Session } from '../../domain/session.ts';
import type { Member } from '../../room/member.ts';
import type { HandlerContext, HandlersOf, Joined, PartOf, RoomContext } from '../../room/room-part.ts';
import type { ServerFeature } from '../feature.ts';
import { TelevisitError } from '@televisit/shared/errors';
import { change } from '../../domain/change.ts';
import type { Actor } from '../../domain/events.ts';
import { actorOf, type ActorRef } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import type { SessionChange } from '../../domain/session-store.ts';

/** A host switched a source off, and its owner has not switched it on again. */
interface Mute {
  /** The host's display name. */
  readonly by: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

type ModerationNote =
  | { readonly type: 'participant.muted'; readonly source: DeviceSource }
  | { readonly type: 'participant.asked_to_unmute' };

/** The actions of hosts on other participants and on the room. */
export class Moderation implements PartOf<typeof contract> {
  readonly #room: RoomContext;
  readonly #mutes = new Map<Member, Map<DeviceSource, Mute>>();

  constructor(room: RoomContext) {
    this.#room = room;
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'moderation:mute': async ({ member: host }, { userId, source }) => {
      const { members } = this.#room;
      const member = members.requireParticipant(userId);
      if (!(await this.#mute(member, source, host.displayName)) || this.#room.closed) return null;
      if (member.isParticipant) this.#room.changed(member);
      this.#note(host, member, { type: 'participant.muted', source });
      return null;
    },

    'moderation:ask-unmute': ({ member: host }, { userId }) => {
      const member = this.#room.members.requireParticipant(userId);
      member.connection?.emit('unmute:asked', { by: host.displayName });
      this.#note(host, member, { type: 'participant.asked_to_unmute' });
      return null;
    },

    'moderation:remove': async ({ member: host }, { userId }) => {
      const { sessions, sessionId } = this.#room;
      await sessions.remove(sessionId, userId, this.#room.actor(host.userId));
      return null;
    },

    'moderation:lock': async ({ member: host }, { locked }) => {
      const { sessions, sessionId } = this.#room;
      await sessions.apply(sessionId, moderationCommands.setLocked(locked, host));
      return null;
    },

    'notes:set': async ({ member: host }, { text }) => {
      const { sessions, sessionId } = this.#room;
      await sessions.update(sessionId, () => ({ hostNotes: text || null }), host);
      return null;
    },
  };

  roomFields() {
    const { locked } = this.#room.session;
    return { locked };
  }

  /** Coming back does not switch on what a host switched off. */
  holdsBack(member: Member, source: Source): boolean {
    const mutes: ReadonlyMap<Source, Mute> | undefined = this.#mutes.get(member);
    return mutes?.has(source) === true;
  }

  afterProduce({ member }: HandlerContext, source: Source, heldBack: boolean): void {
    if (heldBack) this.#reapplyMutes(member, [source]);
  }

  onJoined(member: Member, { live, resumed, deliveredUntil }: Joined): void {
    if (resumed) {
      // A source that is on although its owner was sent the mute, the owner has switched on again.
      for (const [source, { at }] of this.#mutes.get(member) ?? []) {
        if (at < deliveredUntil && live.includes(source)) this.#mutes.get(member)?.delete(source);
      }
    }
    this.#reapplyMutes(member, live);
  }

  /** A source that its owner has switched on is no longer muted by a host. */
  onChanged(member: Member): void {
    const mutes = this.#mutes.get(member);
    const media = member.participation?.media;
    if (!mutes || !media) return;
    for (const source of mutes.keys()) if (media.mediaState(source) === 'on') mutes.delete(source);
  }

  onLeft(member: Member): void {
    this.#mutes.delete(member);
  }

  /** Switches a source of a participant off. @returns false if there is none on */
  async #mute(member: Member, source: DeviceSource, by: string | null): Promise<boolean> {
    const { participation } = member;
    const media = participation?.media;
    const producer = media?.streams.find((stream) => stream.source === source)?.producer;
    if (!media || !producer || producer.paused) return false;
    try {
      await media.pauseProducer(producer.id);
    } catch (error) {
      if (producer.closed) return false;
      throw error;
    }
    // The participant may have left while the worker answered.
    if (member.participation !== participation) return true;
    const mutes = this.#mutes.get(member) ?? new Map<DeviceSource, Mute>();
    this.#mutes.set(member, mutes.set(source, { by, at: this.#room.clock.now() }));
    member.connection?.emit('muted', { source, by });
    return true;
  }

  /** Tells a member who has these sources on which of them a host switched off. */
  #reapplyMutes(member: Member, live: readonly Source[]): void {
    for (const [source, { by }] of this.#mutes.get(member) ?? []) {
      if (live.includes(source)) member.connection?.emit('muted', { source, by });
    }
  }

  /** Keeps in the audit log what a host did with a participant. */
  #note(host: Member, { userId }: Member, what: ModerationNote): void {
    const { sessions, sessionId, session, logger } = this.#room;
    const about = { seat: seatIndex(session, userId), by: this.#room.actor(host.userId) };
    sessions
      .note(sessionId, { ...what, ...about })
      .catch((error: unknown) =>
        logger.warn({ err: error, type: what.type }, 'failed to store an audit note'),
      );
  }
}

export const moderation: ServerFeature<typeof contract> = {
  start: () => ({ room: { prepare: () => (room) => new Moderation(room) } }),
};

/** Locks or unlocks a visit. Locking revokes unused admissions. @throws {TelevisitError} `session_over` */
export function setLocked(session: Session, locked: boolean, by: Actor, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.locked === locked) return null;
  const seats = session.seats.map((seat, index) =>
    locked && isUnused(session, index) ? { ...seat, admittedAt: null } : seat,
  );
  return change(session, { locked, seats }, now, by, { type: locked ? 'room.locked' : 'room.unlocked' });
}

/** Whether a participant was admitted but has not entered since. */
function isUnused({ seats, intervals }: Session, place: number): boolean {
  const admittedAt = seats[place]?.admittedAt ?? null;
  return (
    admittedAt !== null && !intervals.some(({ seat, joinedAt }) => seat === place && joinedAt >= admittedAt)
  );
}

/** Commands for `Sessions.apply`. */
export const moderationCommands = {
  /** Locks or unlocks a visit. Idempotent. @throws {TelevisitError} `session_over` */
  setLocked:
    (locked: boolean, by: ActorRef): Command =>
    (session, now) =>
      setLocked(session, locked, actorOf(session, by), now),
};
