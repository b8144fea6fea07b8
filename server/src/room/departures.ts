import type { AttendanceRecorder } from './attendance-recorder.ts';
import { DEPARTURES, type Departure, type DepartureRule } from './departure-rules.ts';
import type { MemberConnection } from './member-connection.ts';
import type { Member } from './member.ts';
import type { PartList } from './part-list.ts';
import type { Place } from './presence.ts';
import type { RoomContext } from './room-part.ts';

export interface DeparturesOptions {
  readonly room: RoomContext;
  readonly parts: PartList;
  readonly attendance: AttendanceRecorder;
  /** How long the place of a dropped connection is kept, in milliseconds. */
  readonly graceMs: number;
  /** Closes the room if no member is left. */
  readonly closeIfEmpty: () => void;
}

/** Carries out the departures of members as `DEPARTURES` says. */
export class Departures {
  readonly #options: DeparturesOptions;

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Takes a member's place away, or keeps it for a while. The one way out of the waiting room and the call. */
  release(member: Member, departure: Departure): void {
    const rule: DepartureRule = DEPARTURES[departure];
    if (rule.keeps) {
      this.#keepPlace(member, rule);
      return;
    }
    if (rule.page === 'dismiss-all') this.#dismissPages(member, rule);
    if (member.place !== null) this.#releasePlace(member, member.place, rule);
    this.#options.room.members.forgetIfGone(member);
    this.#options.closeIfEmpty();
  }

  /** Releases a member who is away, or expected, after the grace period. */
  startGrace(member: Member): void {
    member.startGrace(this.#options.graceMs, () => this.release(member, 'connection_lost'));
  }

  /** Takes a page out of the room; what it has prepared goes with it unless it is in the call. */
  detach(member: Member, connection: MemberConnection): void {
    member.connections.delete(connection);
    if (!member.isInBy(connection)) connection.media?.close();
    this.#options.parts.disconnected(connection);
  }

  #keepPlace(member: Member, { keeps, tellsOthers }: DepartureRule): void {
    member.drop();
    if (keeps === 'grace') this.startGrace(member);
    if (tellsOthers) this.#options.room.changed(member);
  }

  #releasePlace(member: Member, place: Place, rule: DepartureRule): void {
    const { room, parts, attendance } = this.#options;
    const { userId } = member;
    const isExpected = member.presence.kind === 'expected';
    // A room that closes says of members who have not come only that they have not.
    const reason = isExpected && !rule.tellsOthers ? 'connection_lost' : rule.reason;
    const left = member.left(reason);
    const { connection, media } = room.members.release(member);
    if (place === 'call' && rule.interval === 'close') attendance.left(room.session, userId, left);
    if (place === 'call' && rule.interval === 'hand-over' && !isExpected) {
      attendance.handedOver(room.sessionId, userId, left);
    }
    media?.close();
    if (rule.tellsSelf === 'declined') connection?.emit('declined');
    if (rule.page === 'dismiss') connection?.dismiss();
    if (rule.page === 'drop') connection?.drop();
    const isToldOf = place === 'call' && rule.tellsOthers;
    if (isToldOf) room.broadcast('participant:left', { userId, reason });
    const endsWaiting = rule.endsWaiting === 'yes' || (rule.endsWaiting === 'if-expected' && isExpected);
    parts.left(member, { place, reason, endsWaiting });
    if (isToldOf) room.logger.info({ reason }, 'participant left');
  }

  #dismissPages(member: Member, { tellsSelf, reason }: DepartureRule): void {
    for (const connection of [...member.connections]) {
      if (tellsSelf === 'dismissed' && (reason === 'removed' || reason === 'dismissed')) {
        connection.emit('dismissed', { reason });
      }
      this.detach(member, connection);
      connection.dismiss();
    }
  }
}
