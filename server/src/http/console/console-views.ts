import type {
  ConsoleHistory,
  ConsoleJoinFailure,
  ConsoleMessage,
  ConsolePerson,
  ConsoleRecording,
  ConsoleSession,
  ConsoleSessionLine,
} from '@televisit/shared/console';
import { ERRORS } from '@televisit/shared/errors';
import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import type { LinkSignatures } from '../../access/link-signature.ts';
import { csrfTokenOf } from '../../console/console-logins.ts';
import { iso, isoOrNull } from '../../core/clock.ts';
import { auditOf } from '../../domain/audit.ts';
import type { ConsoleLogin } from '../../domain/console-login-store.ts';
import type { HistoryEntry } from '../../domain/events.ts';
import type { Mail } from '../../domain/mail-store.ts';
import type { Notification } from '../../domain/notification-store.ts';
import type { JoinFailure } from '../../domain/observation-store.ts';
import { isInside, type Session } from '../../domain/session.ts';

/** The hex digits of a person's short id: enough that two people of a clinic hardly ever share one. */
const SHORT_ID = 10;

/** Converts what is stored to answers of the console, which name people only if that is wanted. */
export class ConsoleViews {
  readonly #signatures: LinkSignatures;
  readonly #showNames: boolean;

  /** @param signatures make the short ids, so that they cannot be computed from user ids elsewhere */
  constructor(signatures: LinkSignatures, showNames: boolean) {
    this.#signatures = signatures;
    this.#showNames = showNames;
  }

  /** Returns the same without names, for lists of several sessions. */
  get nameless(): ConsoleViews {
    return new ConsoleViews(this.#signatures, false);
  }

  login(id: string, login: ConsoleLogin, idleMs: number): ConsoleSession {
    return {
      subject: login.subject,
      label: login.label,
      role: login.role,
      method: login.method,
      csrfToken: csrfTokenOf(id),
      loggedInAt: iso(login.loggedInAt),
      expiresAt: iso(login.expiresAt),
      idleSeconds: Math.round(idleMs / 1000),
      showNames: this.#showNames,
    };
  }

  /** Returns the person of a seat; null if there is no such seat. */
  person({ seats }: Session, place: number | null): ConsolePerson | null {
    const seat = place === null ? undefined : seats[place];
    if (!seat || place === null) return null;
    const signed = this.#signatures.sign('console-person', seat.userId);
    return {
      id: `p-${Buffer.from(signed, 'base64url').toString('hex').slice(0, SHORT_ID)}`,
      seat: place,
      role: seat.role,
      name: this.#showNames ? seat.displayName : null,
      userId: this.#showNames ? seat.userId : null,
    };
  }

  line(session: Session): ConsoleSessionLine {
    return {
      sessionId: session.sessionId,
      appointmentId: session.appointmentId,
      status: session.status,
      title: this.#showNames ? session.title : null,
      scheduledAt: iso(session.scheduledAt),
      durationMinutes: session.durationMinutes,
      startedAt: isoOrNull(session.startedAt),
      endedAt: isoOrNull(session.endedAt),
      endReason: session.endReason,
      createdAt: iso(session.createdAt),
      nodeId: session.placement.nodeId,
      region: session.region,
      provider: session.provider,
      people: session.seats.flatMap(({ removedAt, waitingSince }, seat) => {
        const person = this.person(session, seat);
        if (!person || removedAt !== null) return [];
        return [{ ...person, present: isInside(session, seat), waiting: waitingSince !== null }];
      }),
      impairedSeconds: Math.round(
        session.intervals.reduce((sum, { impairedMs }) => sum + impairedMs, 0) / 1000,
      ),
    };
  }

  history(session: Session, entries: readonly HistoryEntry[]): ConsoleHistory['entries'] {
    return auditOf(session, entries).map(({ at, action, details }, index) => {
      const entry = entries[index] as HistoryEntry;
      const { by } = entry;
      return {
        at,
        action,
        actor: {
          type: by.type,
          person: by.type === 'participant' ? this.person(session, by.seat) : null,
          subject: by.type === 'operator' ? by.subject : null,
        },
        person: 'seat' in entry ? this.person(session, entry.seat) : null,
        details,
      };
    });
  }

  mail(session: Session, mail: Mail): ConsoleMessage {
    return { messageId: mail.mailId, channel: 'mail', ...this.#message(session, mail) };
  }

  notification(session: Session, notification: Notification): ConsoleMessage {
    const { notificationId, channel } = notification;
    return { messageId: notificationId, channel, ...this.#message(session, notification) };
  }

  #message(session: Session, message: Mail | Notification): Omit<ConsoleMessage, 'messageId' | 'channel'> {
    const { seat, kind, minutesBefore, state, createdAt, dueAt, settledAt, attempts, error } = message;
    return {
      person: this.person(session, seat),
      kind,
      minutesBefore,
      state,
      createdAt: iso(createdAt),
      dueAt: isoOrNull(dueAt),
      settledAt: isoOrNull(settledAt),
      attempts,
      error,
    };
  }

  /** @param session undefined if it was deleted */
  failure(session: Session | undefined, failure: JoinFailure): ConsoleJoinFailure {
    const { failureId, at, sessionId, seat, stage, code } = failure;
    return {
      failureId,
      at: iso(at),
      sessionId,
      person: session ? this.person(session, seat) : null,
      stage,
      code,
      // A later release may know codes that this one does not.
      title: Object.hasOwn(ERRORS, code) ? ERRORS[code].title : code,
    };
  }
}

export function recordingView({ files, ...recording }: RecordingRecord): ConsoleRecording {
  const { recordingId, status, startedAt, stoppedAt, readyAt, complete, legalHold, expiresAt } = recording;
  return {
    recordingId,
    status,
    startedAt,
    stoppedAt,
    readyAt,
    complete,
    legalHold,
    expiresAt,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
