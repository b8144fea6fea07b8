import { TelevisitError } from '@televisit/shared/errors';
import type { JoinOutcome, JoinResult, Payload, ResumeOutcome } from '@televisit/shared/signaling';
import type { AdmissionControl } from '../cluster/admission-control.ts';
import { isPresent } from '../domain/attendance.ts';
import { iso } from '../core/clock.ts';
import { seatOf, type Session } from '../domain/session.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { AttendanceRecorder } from './attendance-recorder.ts';
import type { Departures } from './departures.ts';
import { mediaListener, type MemberConnection } from './member-connection.ts';
import type { Member } from './member.ts';
import type { PartList } from './part-list.ts';
import type { RoomMedia } from './room-media.ts';
import type { Arrival, HandlerContext, Handlers, RoomContext, RoomPart } from './room-part.ts';
import type { RoomState } from './room-state.ts';
import { requireMedia } from './streams.ts';

export interface AdmissionOptions {
  readonly room: RoomContext;
  readonly parts: PartList;
  readonly media: RoomMedia;
  readonly attendance: AttendanceRecorder;
  /** Decides whether the process has capacity for another participant. */
  readonly limits: Pick<AdmissionControl, 'enter'>;
  /** How long the media of a dropped connection is kept, in milliseconds. */
  readonly graceMs: number;
  readonly departures: Departures;
  readonly state: RoomState;
  /** Carries out a session that was stored. */
  readonly applySession: (session: Session) => void;
}

/** How members get into the call: by joining, out of the waiting room, or back after a drop. */
export class Admission implements RoomPart {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  readonly handlers: Handlers<'join' | 'resume'> = {
    join: (context, payload) => this.#join(context, payload),
    resume: (context, payload) => this.#resume(context, payload),
  };

  /**
   * Takes a page that may enter into the call. @returns the snapshot; read it when it is sent, not before
   * @throws {TelevisitError} `session_over`, `removed`, `visit_full`, `media_unavailable`
   */
  async enter(arrival: Arrival): Promise<() => JoinResult> {
    const { room, parts, media: roomMedia } = this.#options;
    const { member, connection, live, device } = arrival;
    const media = await this.#publish(arrival);
    const isBack = member.place === 'call';
    const { deliveredUntil } = member;
    const replaced = room.members.enter(member, connection, media, device);
    parts.joined(member, { live, resumed: false, deliveredUntil });
    room.broadcast(isBack ? 'participant:updated' : 'participant:joined', room.viewOf(member), member);
    roomMedia.router.createPeerConsumers(media);
    replaced.media?.close();
    replaced.connection?.emit('replaced');
    replaced.connection?.dismiss();
    room.logger.info({ role: member.role, back: isBack }, 'participant joined');
    return () => this.#snapshot(member);
  }

  async #join(
    { connection, member }: HandlerContext,
    { live, device, takeOver = false }: Payload<'join'>,
  ): Promise<JoinOutcome> {
    const { room, limits } = this.#options;
    if (member.isInBy(connection) && connection.media?.published) throw new TelevisitError('already_joined');
    // The page may have left or been dismissed while this message was in flight.
    if (!room.isAttached(connection)) throw new TelevisitError('media_unavailable');
    if (this.#isElsewhere(member, connection, device, takeOver)) throw new TelevisitError('joined_elsewhere');
    const arrival = { member, connection, live, device };
    return this.#isNew(member) ? limits.enter(() => this.#admit(arrival)) : this.#admit(arrival);
  }

  /** Takes a page into the call, or has it wait. */
  async #admit(arrival: Arrival): Promise<JoinOutcome> {
    const { room, parts } = this.#options;
    const waiting = await parts.admit(arrival);
    if (waiting) return { status: 'waiting', waiting };
    const { member, connection } = arrival;
    const isFirst = member.presence.kind === 'preview';
    try {
      const snapshot = await this.enter(arrival);
      if (isFirst && this.#showsCamera(member)) member.participation?.awaitFirstFrame();
      return readWhenSent('joined', snapshot);
    } catch (error) {
      // It was let in while its wait was being stored, and could not enter.
      if (member.presence.kind === 'waiting' && member.connection === connection) {
        room.release(member, 'not_admitted');
      }
      throw error;
    }
  }

  /** Continues with the transports and streams of a connection that dropped, if they are still there. */
  async #resume(
    { connection, member }: HandlerContext,
    { device, live }: Payload<'resume'>,
  ): Promise<ResumeOutcome> {
    const { room, parts, attendance } = this.#options;
    if (connection.media) throw new TelevisitError('already_prepared');
    const { participation } = member;
    if (participation?.device !== device || participation.media.closed || !room.isAttached(connection)) {
      return { status: 'gone' };
    }
    const { media } = participation;
    const { deliveredUntil } = member;
    // A network that changes leaves a connection behind whose end has not been noticed yet.
    if (member.connection) this.#supersede(member, member.connection);
    connection.media = media;
    member.resume(connection);
    media.setListener(mediaListener(connection, room.logger));
    await stopAllBut(media, live);
    // While the worker answered, another connection may have resumed, or the room closed.
    if (!member.isInBy(connection)) return { status: 'gone' };
    parts.joined(member, { live, resumed: true, deliveredUntil });
    room.broadcast('participant:updated', room.viewOf(member), member);
    attendance.returned(room.sessionId, member.userId);
    room.logger.info({ role: member.role }, 'participant resumed');
    return readWhenSent('resumed', () => this.#snapshot(member));
  }

  /** Ends a connection whose place and media another one takes; it is gone already, or about to be. */
  #supersede(member: Member, connection: MemberConnection): void {
    connection.media = undefined;
    this.#options.departures.detach(member, connection);
    connection.dismiss();
  }

  /** Returns everything that is in the call now, for a participant. */
  #snapshot(member: Member): JoinResult {
    const { room, parts, state } = this.#options;
    const { participants, pendingReturns } = room.members;
    const { participation } = member;
    const others = [...participants].filter((other) => other !== member);
    return {
      self: room.viewOf(member),
      participants: [...others, ...pendingReturns].map((other) => room.viewOf(other)),
      consumers: participation?.media.consumers ?? [],
      startedAt: iso(room.session.startedAt ?? participation?.joinedAt ?? room.clock.now()),
      room: state.view,
      ...parts.snapshot(member),
    };
  }

  /** Stores that a member is in the call, and lets the page's media run. */
  async #publish({ member, connection, live }: Arrival): Promise<PeerMedia> {
    const { room, parts, attendance, applySession } = this.#options;
    const { userId, isParticipant } = member;
    const media = requireMedia(connection);
    member.holdPlace();
    try {
      applySession(await attendance.enter(room.session, userId, isParticipant));
      try {
        await media.publish(live.filter((source) => !parts.holdsBack(member, source)));
        // While the worker answered the member may have been taken out, or the room closed.
        if (!room.isAttached(connection) || media.closed) throw new TelevisitError('media_unavailable');
      } catch (error) {
        this.#retract(member, media.quality);
        throw error;
      }
      return media;
    } catch (error) {
      this.#awaitReturn(member);
      throw error;
    }
  }

  /** Stores that a person who was stored as entering did not enter. */
  #retract(
    member: Member,
    quality: { readonly sent: number | null; readonly received: number | null },
  ): void {
    const { room, attendance } = this.#options;
    if (member.isParticipant) return;
    const left = { at: room.clock.now(), reason: 'connection_lost', quality } as const;
    attendance.left(room.session, member.userId, left);
  }

  /** Starts the grace period again, unless the member has a connection or no place any longer. */
  #awaitReturn(member: Member): void {
    const { kind } = member.presence;
    if (kind === 'away' || kind === 'expected') this.#options.departures.startGrace(member);
  }

  /** Whether another participant has a camera on. */
  #showsCamera(member: Member): boolean {
    const { participants } = this.#options.room.members;
    return [...participants].some(
      (other) => other !== member && other.participation?.media.mediaState('camera') === 'on',
    );
  }

  /** Whether the member is in the call by another device, which this one does not say it may replace. */
  #isElsewhere(
    member: Member,
    connection: MemberConnection,
    device: string | undefined,
    takeOver: boolean,
  ): boolean {
    const { participation } = member;
    if (!participation || !member.connection || member.connection === connection) return false;
    return !takeOver && (device === undefined || device !== participation.device);
  }

  /** Whether the member is neither in the call, nor on the way back, nor in the waiting room. */
  #isNew({ userId, isParticipant }: Member): boolean {
    const { room, graceMs } = this.#options;
    if (isParticipant || seatOf(room.session, userId)?.waitingSince != null) return false;
    return !isPresent(room.session, userId, graceMs, room.clock.now());
  }
}

/**
 * Returns an outcome whose result is read when its ack is encoded. Promises separate the end of a handler from its ack; an
 * event that is sent in between would be in neither the snapshot nor the events after the ack.
 */
function readWhenSent<S extends string>(
  status: S,
  read: () => JoinResult,
): { status: S; result: JoinResult } {
  return {
    status,
    get result() {
      return read();
    },
  };
}

/** Stops all streams but those that the page says it sends: a message that ended one was lost with its connection. */
async function stopAllBut(media: PeerMedia, live: Payload<'resume'>['live']): Promise<void> {
  const others = media.streams.filter(({ source }) => !live.includes(source));
  for (const { producer, source } of others) {
    if (source === 'screen' || source === 'screenAudio') producer.close();
  }
  const devices = others.filter(({ producer }) => !producer.closed && !producer.paused);
  await Promise.all(devices.map(({ producer }) => media.pauseProducer(producer.id)));
}
