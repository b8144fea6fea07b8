import { TelevisitError } from '@televisit/shared/errors';
import type { screenShare as contract } from '@televisit/shared/features/screen-share';
import type { Source } from '@televisit/shared/vocabulary';
import { TokenBucket } from '../../core/token-bucket.ts';
import { seatIndex, type Session } from '../../domain/session.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Member } from '../../room/member.ts';
import type { HandlerContext, HandlersOf, Joined, PartOf, RoomContext } from '../../room/room-part.ts';
import type { ServerFeature } from '../feature.ts';
import { mayShare, shareCommands, shareReport, sharesOf } from './rules.ts';

const SHARED: readonly Source[] = ['screen', 'screenAudio'];

/** A shared screen is one stream, or two with its sound, and each share is written to the database. */
const ALLOWED = { perSecond: 1, burst: 10 };

/** A host stopped a member's screen, and the member has not shared again. */
interface Stop {
  /** The host's display name. */
  readonly by: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Shared screens: who may share one, who does and for how long, and hosts who stop them. */
export class ScreenShare implements PartOf<typeof contract> {
  readonly #room: RoomContext;
  /** The participants who share according to the store; those from another node stay listed until they connect here. */
  readonly #stored: Set<string>;
  readonly #stops = new Map<Member, Stop>();
  readonly #buckets = new Map<MemberConnection, TokenBucket>();

  constructor(room: RoomContext) {
    this.#room = room;
    const { shares, seats } = room.session;
    const open = shares.filter(({ endedAt }) => endedAt === null);
    this.#stored = new Set(open.flatMap(({ seat }) => seats[seat]?.userId ?? []));
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'moderation:screen-share': async ({ member }, { allowed }) => {
      const { sessions, sessionId } = this.#room;
      await sessions.apply(sessionId, shareCommands.allow(allowed, member));
      return null;
    },

    'moderation:stop-share': ({ member }, { userId }) => {
      const sharer = this.#room.members.requireParticipant(userId);
      if (!this.#stop(sharer, member.displayName)) return null;
      this.#room.changed(sharer);
      this.#note(sharer, member);
      return null;
    },
  };

  roomFields() {
    const { screenShareAllowed } = this.#room.session;
    return { screenShareAllowed };
  }

  onConnected(connection: MemberConnection): void {
    this.#buckets.set(connection, new TokenBucket(ALLOWED, this.#room.clock));
  }

  onDisconnected(connection: MemberConnection): void {
    this.#buckets.delete(connection);
  }

  beforeProduce(context: HandlerContext, source: Source): void {
    if (!SHARED.includes(source)) return;
    const allowed = this.#buckets.get(context.connection)?.take();
    if (!allowed) throw new TelevisitError('too_many_messages');
    this.#requireMayShare(context);
  }

  /** Sharing may have been forbidden while the worker answered. */
  afterProduce(context: HandlerContext, source: Source): void {
    if (SHARED.includes(source)) this.#requireMayShare(context);
  }

  onJoined(member: Member, { deliveredUntil }: Joined): void {
    this.#record(member);
    const stop = this.#stops.get(member);
    this.#stops.delete(member);
    // The message about the stop may have been lost with the connection before.
    if (stop && stop.at >= deliveredUntil) member.connection?.emit('share:stopped', { by: stop.by });
  }

  onChanged(member: Member): void {
    if (!member.isParticipant) return;
    if (member.isSharing) this.#stops.delete(member);
    this.#record(member);
  }

  onSession(_before: Session, { screenShareAllowed }: Session): void {
    if (screenShareAllowed) return;
    for (const member of this.#room.members.participants) {
      if (!member.isHost && this.#stop(member, null)) this.#room.changed(member);
    }
  }

  /** A share ends with the interval of its owner. */
  onLeft(member: Member): void {
    this.#stored.delete(member.userId);
    this.#stops.delete(member);
  }

  /** @throws {TelevisitError} `not_joined`, `screen_share_off` */
  #requireMayShare({ connection, member }: HandlerContext): void {
    const { session } = this.#room;
    if (!member.isInBy(connection)) throw new TelevisitError('not_joined');
    if (!mayShare(session, seatIndex(session, member.userId))) throw new TelevisitError('screen_share_off');
  }

  /** Stops the screen of a participant. @returns false if there is none */
  #stop(member: Member, by: string | null): boolean {
    const media = member.participation?.media;
    const shared = media?.streams.filter(({ source }) => SHARED.includes(source)) ?? [];
    if (!media || shared.length === 0) return false;
    for (const { producer } of shared) media.closeProducer(producer.id);
    this.#stops.set(member, { by, at: this.#room.clock.now() });
    member.connection?.emit('share:stopped', { by });
    return true;
  }

  /** Stores that a participant shares a screen, or no longer does. */
  #record({ userId, isSharing }: Member): void {
    const { sessions, sessionId, logger } = this.#room;
    if (isSharing === this.#stored.has(userId)) return;
    if (isSharing) this.#stored.add(userId);
    else this.#stored.delete(userId);
    const command = isSharing ? shareCommands.start(userId) : shareCommands.stop(userId);
    sessions
      .apply(sessionId, command)
      .catch((error: unknown) => logger.warn({ err: error }, 'failed to store a screen share'));
  }

  /** Keeps in the audit log that a host stopped a screen. */
  #note(sharer: Member, host: Member): void {
    const { sessions, sessionId, session, logger } = this.#room;
    const type = 'screen_share.stopped_by_host';
    sessions
      .note(sessionId, { type, seat: seatIndex(session, sharer.userId), by: this.#room.actor(host.userId) })
      .catch((error: unknown) => logger.warn({ err: error, type }, 'failed to store an audit note'));
  }
}

export const screenShare: ServerFeature<typeof contract> = {
  report: shareReport,
  start: () => ({
    room: { prepare: () => (room) => new ScreenShare(room) },
    personalData: (session, seat, now) => ({ shares: sharesOf(session, seat, now) }),
  }),
};
