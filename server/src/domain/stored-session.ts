import type { RecordingMode } from '@televisit/shared/features/recording.vocabulary';
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
  | 'consents'
  | 'recordings'
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
  readonly options: Partial<Omit<SessionOptions, 'recording'>> &
    Pick<SessionOptions, 'screenShare'> & {
      /** Releases that recorded nothing stored whether the visit may be recorded. */
      readonly recording?: RecordingMode | boolean;
    };
  readonly seats: readonly Optional<
    Seat,
    | 'waitingSince'
    | 'firstWaitedAt'
    | 'waitedMs'
    | 'admittedAt'
    | 'linkVersion'
    | 'unrecordedBefore'
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
    options: { ...DEFAULT_OPTIONS, ...options, recording: recordingMode(options.recording) },
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
      unrecordedBefore: seat.unrecordedBefore ?? null,
    })),
    intervals: stored.intervals.map((interval) => ({ ...interval, impairedMs: interval.impairedMs ?? 0 })),
    shares: stored.shares ?? [],
    consents: stored.consents ?? [],
    recordings: stored.recordings ?? [],
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

function recordingMode(stored: RecordingMode | boolean | undefined): RecordingMode {
  if (typeof stored === 'string') return stored;
  return stored ? 'on-request' : DEFAULT_OPTIONS.recording;
}
