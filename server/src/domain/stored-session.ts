import { DEFAULT_OPTIONS, type SessionOptions } from '@televisit/shared/session';
import { NOTHING_MAILED, type Interval, type Seat, type Session } from './session.ts';

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** A session as stored by any version of Televisit since the one that introduced attendance. */
export type StoredSession = Optional<
  Omit<Session, 'options' | 'seats' | 'intervals'>,
  | 'locked'
  | 'screenShareAllowed'
  | 'hostNotes'
  | 'returnUrl'
  | 'shares'
  | 'reminders'
  | 'reminded'
  | 'mail'
  | 'notices'
  | 'hostEntered'
  | 'warnedOf'
  | 'remindAt'
  | 'region'
  | 'provider'
  | 'providerReason'
  | 'fallbacks'
  | 'meetings'
  | 'visitors'
  | 'calendar'
  | 'meetingAt'
> & {
  readonly options: Partial<SessionOptions> & Pick<SessionOptions, 'screenShare'>;
  readonly seats: readonly Optional<
    Seat,
    | 'waitingSince'
    | 'firstWaitedAt'
    | 'waitedMs'
    | 'admittedAt'
    | 'linkVersion'
    | 'phone'
    | 'smsOptOut'
    | 'pushOptOut'
    | 'language'
    | 'timeZone'
  >[];
  readonly intervals: readonly Optional<Interval, 'impairedMs'>[];
};

/**
 * Converts a stored session to the current version. Fields that older versions did not write get the value they
 * implied. Fields are checked one by one, because both versions may write a session alternately during a rolling
 * update.
 */
export function fromStored(stored: StoredSession): Session {
  const { options } = stored;
  return {
    ...stored,
    // An option that the writing version did not know has its default.
    options: { ...DEFAULT_OPTIONS, ...options },
    locked: stored.locked ?? false,
    screenShareAllowed: stored.screenShareAllowed ?? options.screenShare,
    hostNotes: stored.hostNotes ?? null,
    returnUrl: stored.returnUrl ?? null,
    seats: stored.seats.map((seat) => ({
      ...seat,
      phone: seat.phone ?? null,
      smsOptOut: seat.smsOptOut ?? false,
      pushOptOut: seat.pushOptOut ?? false,
      language: seat.language ?? null,
      timeZone: seat.timeZone ?? null,
      waitingSince: seat.waitingSince ?? null,
      firstWaitedAt: seat.firstWaitedAt ?? null,
      waitedMs: seat.waitedMs ?? 0,
      admittedAt: seat.admittedAt ?? null,
      linkVersion: seat.linkVersion ?? 0,
    })),
    intervals: stored.intervals.map((interval) => ({ ...interval, impairedMs: interval.impairedMs ?? 0 })),
    shares: stored.shares ?? [],
    reminders: stored.reminders ?? [],
    reminded: stored.reminded ?? null,
    mail: stored.mail ?? NOTHING_MAILED,
    notices: stored.notices ?? [],
    hostEntered: stored.hostEntered ?? null,
    warnedOf: stored.warnedOf ?? null,
    remindAt: stored.remindAt ?? null,
    region: stored.region ?? null,
    provider: stored.provider ?? 'sfu',
    providerReason: stored.providerReason ?? null,
    fallbacks: stored.fallbacks ?? [],
    meetings: stored.meetings ?? [],
    visitors: stored.visitors ?? [],
    calendar: stored.calendar ?? null,
    meetingAt: stored.meetingAt ?? null,
  };
}
