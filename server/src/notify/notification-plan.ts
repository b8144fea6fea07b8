import type { NotificationChannel, NotificationKind } from '@televisit/shared/notifications';
import type { Mail } from '../domain/mail-store.ts';
import { newNotification, type Notification } from '../domain/notification-store.ts';
import { isHost, isInside, isOver, type Seat, type Session } from '../domain/session.ts';
import { quietUntil, type QuietHours } from './quiet-hours.ts';

/** When notifications are sent. */
export interface NotificationRules {
  /** Null if there are none. */
  readonly quietHours: QuietHours | null;
  /** IANA time zone of people whose seat has none. */
  readonly timeZone: string;
}

/** What is known beside the session. */
export interface Circumstances extends NotificationRules {
  readonly channels: Readonly<Record<NotificationChannel, boolean>>;
  /** The session's notifications and e-mails so far. */
  readonly known: readonly Notification[];
  readonly mails: readonly Mail[];
  /** The seats with push subscriptions. */
  readonly subscribed: ReadonlySet<number>;
}

const DAY_MS = 24 * 60 * 60_000;
/** How long a person has to appear before a text message tells them that a host waits, in milliseconds. */
const HOST_WAITS_MS = 30_000;
/** How often it is checked whether a host is back for whom a person is called, in milliseconds. */
const HOST_AWAY_MS = 30_000;
/** How long the message that a host is there keeps its use on the way to the person, in milliseconds. */
const CALL_MS = 15 * 60_000;
/** The kinds that are sent at any hour: the person is expected right now. */
const CALLS: readonly NotificationKind[] = ['host_waiting', 'host_here'];

/**
 * Plans the notifications that a session requires: reminders, and calls when a host has entered, for everyone who can be
 * reached; new times and cancellations for those who were told of the visit before. People whose seat has changed are invited by
 * text message, or told that they are no longer expected.
 */
export function notificationsFor(
  session: Session,
  circumstances: Circumstances,
  now: number,
): readonly Notification[] {
  const { closesAt, scheduledAt, calendarSequence, status, mail, hostEntered } = session;
  const planner = new Planner(session, circumstances, now);
  const notices = planner.notices();
  if (status === 'cancelled') return [...notices, ...planner.news('cancelled')];
  if (isOver(session) || now >= closesAt) return notices;
  const calls = hostEntered === null ? [] : planner.calls();
  if (mail.reminder !== null && now < scheduledAt) {
    return [...notices, ...calls, ...planner.reminders(mail.reminder)];
  }
  const isOutdated = mail.told !== null && mail.told < calendarSequence;
  return [...notices, ...calls, ...(isOutdated ? planner.news('moved') : [])];
}

class Planner {
  readonly #session: Session;
  readonly #given: Circumstances;
  readonly #now: number;
  readonly #invited: ReadonlySet<number>;

  constructor(session: Session, given: Circumstances, now: number) {
    this.#session = session;
    this.#given = given;
    this.#now = now;
    this.#invited = new Set(session.notices.filter(({ kind }) => kind === 'invited').map(({ seat }) => seat));
  }

  notices(): readonly Notification[] {
    const { notices, seats, closesAt } = this.#session;
    if (this.#now >= closesAt) return [];
    return notices.flatMap(({ number, seat: place, kind, address }) => {
      const seat = seats[place];
      // A former e-mail address concerns e-mail only.
      if (!seat || address !== null) return [];
      const isUseful =
        kind === 'withdrawn'
          ? seat.removedAt !== null && this.#isInformed(place)
          : seat.removedAt === null && !isOver(this.#session);
      return isUseful && this.#hasSms(seat) ? [this.#make(place, kind, 'sms', null, number)] : [];
    });
  }

  reminders(minutesBefore: number): readonly Notification[] {
    return this.#each((place, channel) =>
      isInside(this.#session, place) || this.#invited.has(place)
        ? null
        : this.#make(place, 'reminder', channel, minutesBefore),
    );
  }

  news(kind: 'moved' | 'cancelled'): readonly Notification[] {
    return this.#each((place, channel) => {
      const knows = channel === 'push' || this.#isInformed(place);
      return knows && !this.#invited.has(place) ? this.#make(place, kind, channel) : null;
    });
  }

  calls(): readonly Notification[] {
    const session = this.#session;
    return this.#each((place, channel) => {
      if (isHost(session, place) || isInside(session, place)) return null;
      if (channel === 'push') return this.#make(place, 'host_here', channel);
      const hasCome = session.intervals.some(({ seat }) => seat === place);
      return hasCome ? null : this.#make(place, 'host_waiting', channel);
    });
  }

  /** Makes a notification for each person who is expected, and each of their channels. */
  #each(make: (place: number, channel: NotificationChannel) => Notification | null): readonly Notification[] {
    const { channels, subscribed } = this.#given;
    return this.#session.seats.flatMap((seat, place) => {
      if (seat.removedAt !== null) return [];
      const made = [
        this.#hasSms(seat) ? make(place, 'sms') : null,
        channels.push && subscribed.has(place) && !seat.pushOptOut ? make(place, 'push') : null,
      ];
      return made.filter((one) => one !== null);
    });
  }

  #hasSms({ phone, smsOptOut }: Seat): boolean {
    return this.#given.channels.sms && phone !== null && !smsOptOut;
  }

  /** Returns whether a person knows, may know or was about to learn of the visit by a message. */
  #isInformed(place: number): boolean {
    const { known, mails } = this.#given;
    const isOut = ({ seat, state }: Pick<Notification, 'seat' | 'state'> | Mail) =>
      seat === place && (state === 'sent' || state === 'delivered' || state === 'pending');
    return known.some(isOut) || mails.some(isOut);
  }

  #make(
    seat: number,
    kind: NotificationKind,
    channel: NotificationChannel,
    minutesBefore: number | null = null,
    notice: number | null = null,
  ): Notification {
    const { sessionId, calendarSequence: sequence } = this.#session;
    const given = { sessionId, seat, kind, channel, minutesBefore, sequence };
    const fresh = newNotification(given, this.#now, this.#now, notice);
    const dueAt = notBefore(fresh, this.#session, this.#given, this.#now);
    if (dueAt < uselessAt(fresh, this.#session)) return { ...fresh, dueAt };
    return { ...fresh, state: 'dropped', dueAt: null, settledAt: this.#now, error: 'quiet_hours' };
  }
}

/** Returns why a notification should no longer be sent, or null if it should. */
export function reasonToDrop(
  notification: Notification,
  session: Session | undefined,
  now: number,
): string | null {
  const { kind, channel, seat: place } = notification;
  const seat = session?.seats[place];
  if (!session || !seat) return 'nobody_there';
  if (channel === 'sms' && seat.phone === null) return 'nobody_there';
  if (channel === 'sms' ? seat.smsOptOut : seat.pushOptOut) return 'opted_out';
  if (kind === 'withdrawn') return seat.removedAt === null ? 'out_of_date' : null;
  if (seat.removedAt !== null) return 'nobody_there';
  if (CALLS.includes(kind)) {
    if (isOver(session) || now >= session.closesAt) return 'too_late';
    return isPresent(session, place, channel) ? 'present' : null;
  }
  if (notification.sequence !== session.calendarSequence) return 'out_of_date';
  if (kind === 'cancelled') return session.status === 'cancelled' ? null : 'out_of_date';
  if (isOver(session) || now >= uselessAt(notification, session)) return 'too_late';
  const { reminded } = session;
  const later =
    reminded !== null && notification.minutesBefore !== null && reminded < notification.minutesBefore;
  return later ? 'too_late' : null;
}

/** A person in the waiting room needs no text message, but may look at something else on the device. */
function isPresent(session: Session, place: number, channel: NotificationChannel): boolean {
  if (channel === 'push') return isInside(session, place);
  return session.seats[place]?.waitingSince !== null || session.intervals.some(({ seat }) => seat === place);
}

/** Returns the earliest time from `now` on at which a notification may be sent. */
export function notBefore(
  notification: Notification,
  session: Session,
  { quietHours, timeZone }: NotificationRules,
  now: number,
): number {
  const { kind, seat: place, createdAt } = notification;
  if (CALLS.includes(kind)) {
    const hostInside = session.intervals.some(({ seat, leftAt }) => leftAt === null && isHost(session, seat));
    if (!hostInside) return now + HOST_AWAY_MS;
    return kind === 'host_here' ? now : Math.max(now, createdAt + HOST_WAITS_MS, session.scheduledAt);
  }
  const zone = session.seats[place]?.timeZone ?? timeZone;
  const end = quietHours && quietUntil(now, quietHours, zone);
  if (end === null) return now;
  // News of a visit that begins before people may be disturbed must not come after it.
  const isNews = kind !== 'reminder' && kind !== 'withdrawn';
  return isNews && end >= session.scheduledAt ? now : end;
}

/** Returns the time from which a notification has no use. News about a visit is useful as long as people may enter. */
function uselessAt({ kind, createdAt }: Notification, { scheduledAt, closesAt }: Session): number {
  switch (kind) {
    case 'reminder':
      return scheduledAt;
    case 'invited':
    case 'moved':
    case 'host_waiting':
    case 'host_here':
      return closesAt;
    case 'withdrawn':
    case 'cancelled':
      return createdAt + DAY_MS;
  }
}

/** Returns the time until which a notification that is sent now may take to arrive. */
export function expiryOf(notification: Notification, session: Session, now: number): number {
  const end = uselessAt(notification, session);
  return isCall(notification) ? Math.min(end, now + CALL_MS) : end;
}

/** Whether a notification says that the person is expected right now. */
export function isCall({ kind }: Notification): boolean {
  return CALLS.includes(kind);
}

/**
 * Returns the time of the next attempt; null if it would be too late.
 * @param delayMs from now, in milliseconds
 */
export function nextTry(
  notification: Notification,
  session: Session,
  now: number,
  delayMs: number,
): number | null {
  const at = now + delayMs;
  return at < Math.min(uselessAt(notification, session), notification.createdAt + DAY_MS) ? at : null;
}
