import type { ProviderId } from '@televisit/shared/vocabulary';
import type { Attendee, MeetingEvent, MeetingRecord, Stay } from '../domain/meeting-events.ts';

/** What a provider can do. `GET /providers` and the table in docs/PROVIDERS.md are made of it. */
export interface Capabilities {
  /** Whether the provider holds people to their role: `enforced`, only between host and others, or `none`. */
  readonly roles: 'enforced' | 'host-only' | 'none';
  readonly waitingRoom: boolean;
  /** How the server learns who is in the meeting while it runs. */
  readonly liveAttendance: 'own' | 'webhook' | 'poll';
  /** Whether the provider has records of who attended, to read after the meeting. */
  readonly records: boolean;
  /** How exactly the provider tells people apart: our user id, a registration for each person, or only a display name. */
  readonly identity: 'exact' | 'registrant' | 'name';
  /** Whether the server can end a running meeting. */
  readonly endMeeting: boolean;
  /** Whether creating twice with the same key yields one meeting without a look-up. */
  readonly idempotentCreate: boolean;
  /**
   * When the meeting is created: `booking` for providers with an entry in a calendar, `window` (shortly before the join window
   * opens) for all others, so that plans may change until then without calls.
   */
  readonly created: 'booking' | 'window';
  /** How a person gets in: an address of the provider, or a page of this server with credentials. */
  readonly entry: 'own' | 'address' | 'credentials';
}

/** A person of a visit, as a provider may know them. */
export interface MeetingPerson {
  readonly userId: string;
  /** A stable, unguessable name for the person that says nothing about them: letters, digits and `-`. */
  readonly alias: string;
  readonly isHost: boolean;
  /** Whether the person may send sound and pictures. */
  readonly canPublish: boolean;
  /** Null unless the operator allows names to reach providers. */
  readonly displayName: string | null;
  /** Null unless the operator allows e-mail addresses to reach providers. */
  readonly email: string | null;
  /** A BCP 47 language tag; null for the provider's default. */
  readonly language: string | null;
}

/** The plan of a visit, as far as a provider needs it. Times are milliseconds since the Unix epoch. */
export interface MeetingPlan {
  readonly sessionId: string;
  /** Counts the meetings of a session, from 1. */
  readonly generation: number;
  /** Letters, digits, `-` and `_`, at most 64; unguessable and the same for every attempt at this generation. */
  readonly roomName: string;
  readonly scheduledAt: number;
  readonly durationMinutes: number;
  /** The join window. */
  readonly opensAt: number;
  readonly closesAt: number;
  /** An IANA name. */
  readonly timeZone: string;
  readonly waitingRoom: boolean;
  /** The people who have not been removed. */
  readonly people: readonly MeetingPerson[];
}

/** A meeting at a provider, as the store keeps it. */
export interface MeetingRef {
  /** The provider's id of the meeting. */
  readonly meetingId: string;
  /** The provider's id of the person or account that hosts it; null if there is none. */
  readonly hostId: string | null;
  /** What else the adapter needs later, such as ids of registrants. Never secrets that admit a host. */
  readonly data: Readonly<Record<string, string>>;
}

/** How one person enters a meeting. */
export type MeetingEntry =
  /** By joining on this server. */
  | { readonly kind: 'own' }
  | { readonly kind: 'address'; readonly url: string; readonly expiresAt: number | null }
  | {
      readonly kind: 'credentials';
      /** For the provider's SDK; shown to the person's own page or the backend's app, and never stored. */
      readonly credentials: Readonly<Record<string, string>>;
      readonly expiresAt: number;
    };

/** An entry with what the adapter wants to keep in the meeting's `data` because of it. */
export interface MeetingLink {
  readonly entry: MeetingEntry;
  readonly remember?: Readonly<Record<string, string>>;
}

export type { Attendee, MeetingEvent, MeetingRecord, Stay };

/** A request to the server's address for a provider's webhooks. */
export interface WebhookRequest {
  /** Of the address behind `/webhooks/<provider>`, such as `/events/room/created`; empty for the address itself. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Uint8Array;
  readonly now: number;
}

/** What a webhook request means. */
export interface WebhookReceipt {
  readonly events: readonly MeetingEvent[];
  /** A body that the provider expects in the answer (200); without one the answer is 200 with `{}`. */
  readonly reply?: Readonly<Record<string, unknown>>;
}

/** The result of one check of a provider's configuration. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** A sentence without secrets. */
  readonly detail: string;
  /** What the operator can do about a failure. */
  readonly remedy?: string;
}

/**
 * A service that carries meetings. Adapters hold no state of meetings: the store keeps it, and passes it to each call. All
 * calls fail with `ProviderError`, and must end soon after `signal` aborts.
 */
export interface MeetingProvider {
  readonly id: ProviderId;
  readonly capabilities: Capabilities;
  /**
   * Creates the meeting of a plan.
   * @param isRetry whether an earlier attempt at this generation may have created it: adapters of providers that do not
   * recognise a repeated request look for it first
   */
  create(plan: MeetingPlan, isRetry: boolean, signal: AbortSignal): Promise<MeetingRef>;
  /**
   * Returns the meeting that an interrupted `create` may have left behind; null if there is none. Missing if an unused meeting
   * costs nothing there.
   */
  find?(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef | null>;
  /** Changes a meeting to a plan. @throws {ProviderError} `missing` if the provider no longer has it */
  update(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef>;
  /** Deletes a meeting that has not begun. A missing one counts as cancelled. */
  cancel(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<void>;
  /** Ends a running meeting and keeps people from returning. A missing one counts as ended. */
  end(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<void>;
  /** Returns how a person enters now. @throws {ProviderError} `missing` if the provider no longer has the meeting */
  link(
    meeting: MeetingRef,
    plan: MeetingPlan,
    person: MeetingPerson,
    signal: AbortSignal,
  ): Promise<MeetingLink>;
  /** Returns who has attended so far, an entry for each time the meeting ran; null if the provider has no records. */
  attendance(
    meeting: MeetingRef,
    plan: MeetingPlan,
    signal: AbortSignal,
  ): Promise<readonly MeetingRecord[] | null>;
  /**
   * Returns what a backend needs to bring a person in with the provider's own SDK. Missing if there is nothing of that kind.
   */
  credentials?(
    meeting: MeetingRef,
    plan: MeetingPlan,
    person: MeetingPerson,
    signal: AbortSignal,
  ): Promise<Extract<MeetingEntry, { kind: 'credentials' }>>;
  /** Verifies a webhook request, and reads its events. @throws {TelevisitError} `webhook_signature`, `webhook_expired` */
  receive(request: WebhookRequest): Promise<WebhookReceipt> | WebhookReceipt;
  /** Checks credentials, permissions and clock by calls that change nothing. Failures are results, not errors. */
  check(signal: AbortSignal): Promise<readonly CheckResult[]>;
}
