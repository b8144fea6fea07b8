import type {
  Capabilities,
  MeetingEntry,
  MeetingEvent,
  MeetingLink,
  MeetingPerson,
  MeetingProvider,
  MeetingRef,
  WebhookRequest,
} from '@televisit/server/providers/meeting-provider';

/**
 * What an adapter's test provides. `start` runs once for each test: it starts the adapter and a double of the provider, and
 * registers their end with `onTestFinished`. The adapter's clock must not wait between attempts (`impatientClock`).
 */
export interface ProviderHarness {
  readonly capabilities: Capabilities;
  /** Whether the provider stores meetings. If not, tests about missing meetings and failing calls are skipped. */
  readonly keepsMeetings: boolean;
  /** Whether the adapter finds the meeting of an attempt whose answer was lost; default: yes. */
  readonly recognisesRepeats?: boolean;
  /** Whether the provider sends webhooks. */
  readonly sendsWebhooks: boolean;
  /** Whether its proof covers the body of a webhook, and not only the sender; default: yes. */
  readonly signsBody?: boolean;
  start(): Promise<ProviderUnderTest>;
}

export interface ProviderUnderTest {
  readonly provider: MeetingProvider;
  /** The current time of the adapter. */
  readonly now: () => number;
  /** Returns the person that an entry admits, as the provider sees them, by following the address, or by checking the credentials. */
  readonly admits: (entry: MeetingEntry, person: MeetingPerson) => Promise<{ readonly asHost: boolean }>;
  /** Needed if the provider stores meetings. */
  readonly double?: ProviderDouble;
  /** Needed if the provider sends webhooks. */
  readonly webhooks?: WebhookSource;
  /** Lets people attend a meeting and leave it, for providers with records. `minutes` is how long each of them stays. */
  readonly attend?: (
    meeting: MeetingRef,
    stays: readonly (Attended & { readonly minutes: number })[],
  ) => Promise<void>;
}

export interface Attended {
  readonly person: MeetingPerson;
  /** What `link` returned for the person. */
  readonly link: MeetingLink;
}

/** The parts of a provider's double that the contract uses. */
export interface ProviderDouble {
  /** The ids of the meetings that people can enter. */
  meetings(): readonly string[];
  /** Deletes a meeting as an administrator would at the provider. */
  forget(meetingId: string): void;
  /** Refuses connections until `up`. */
  down(): void | Promise<void>;
  up(): void | Promise<void>;
  /** Takes the next request that creates a meeting, and closes the connection without an answer. */
  loseNextCreation(): void;
  /** Answers the next `count` requests with 429 and a `Retry-After` of `ms`, as a number of seconds or a date. */
  limit(form: 'seconds' | 'date', ms: number, count: number): void;
}

/** Signs what the provider would send. */
export interface WebhookSource {
  /** Returns a request for an event; the same arguments stand for the same event. */
  request(event: SourceEvent): WebhookRequest;
}

export interface SourceEvent {
  /** Providers report who is present as answers, not by webhooks. */
  readonly type: Exclude<MeetingEvent['type'], 'present'>;
  readonly meeting: MeetingRef;
  /** For `joined` and `left`. `stay` counts the stays of the person in the meeting, from 1. */
  readonly attended?: Attended & { readonly stay: number };
  /** When it happened. */
  readonly at: number;
}
