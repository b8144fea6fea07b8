import type { ProviderId } from '@televisit/shared/vocabulary';

/** A meeting at another provider. */
export interface Meeting {
  readonly provider: ProviderId;
  /** Counts the meetings of a session, from 1. */
  readonly generation: number;
  /**
   * `planned`: no call has been made; `creating`: a call may have created it; `ready`: it exists; `over`: it is cancelled or
   * ended at the provider, or was never created.
   */
  readonly state: 'planned' | 'creating' | 'ready' | 'over';
  /** The provider's ids; null until it is ready. */
  readonly meetingId: string | null;
  readonly hostId: string | null;
  /** What else the adapter needs. */
  readonly data: Readonly<Record<string, string>>;
  /** Whether it is created when the session is booked, rather than shortly before the join window. */
  readonly early: boolean;
  /** The interval at which the provider is asked who is in; null if it reports that itself. */
  readonly pollMs: number | null;
  /** Whether the provider has records of who attended. */
  readonly records: boolean;
  /** A digest of the plan that the provider knows; null until it is ready. */
  readonly plan: string | null;
  /** Attempts at the current step, with one under way. */
  readonly attempts: number;
  /** The process that performs a step, and when another one may repeat it. */
  readonly lease: { readonly owner: string; readonly until: number } | null;
  /** The earliest time of the next attempt; null if the last one succeeded. */
  readonly retryAt: number | null;
  /** The code of the last failure; null if the last attempt succeeded. */
  readonly error: string | null;
  /** When a person was last given the way in. */
  readonly linkedAt: number | null;
  /** When the provider was last asked who is in. */
  readonly askedAt: number | null;
  /** How often it was asked after the end of the visit. */
  readonly asked: number;
}

/** The generation of a visit's entry in an outside calendar, which is kept up to date like a meeting. */
export const CALENDAR = 0;

/** The properties of a provider that decide when its meetings need calls. */
export type MeetingTraits = Pick<Meeting, 'provider' | 'early' | 'pollMs' | 'records'>;

/** Returns a meeting that is to be created. */
export function plannedMeeting(traits: MeetingTraits, generation: number): Meeting {
  const { provider, early, pollMs, records } = traits;
  return {
    provider,
    generation,
    state: 'planned',
    meetingId: null,
    hostId: null,
    data: {},
    early,
    pollMs,
    records,
    plan: null,
    attempts: 0,
    lease: null,
    retryAt: null,
    error: null,
    linkedAt: null,
    askedAt: null,
    asked: 0,
  };
}

/** Returns the entry of a visit in an outside calendar, to be created at booking. */
export function plannedEntry(): Meeting {
  return plannedMeeting({ provider: 'google-meet', early: true, pollMs: null, records: false }, CALENDAR);
}
