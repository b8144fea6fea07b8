import { TelevisitError } from '@televisit/shared/errors';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import { applyMeetingEvents } from '../domain/meeting-attendance.ts';
import type { MeetingEvent } from '../domain/meeting-events.ts';
import type { MeetingEventStore, MeetingInbox as Inbox, SessionStore } from '../domain/session-store.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { WebhookRequest } from './meeting-provider.ts';
import type { Providers } from './providers.ts';

export interface MeetingInboxOptions {
  readonly store: SessionStore & { readonly meetingEvents: MeetingEventStore };
  readonly sessions: Sessions;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The interval between polls for events to apply, in milliseconds. */
const POLL_MS = 2000;
const BATCH = 50;

/**
 * Takes events of other providers: verified and stored before the provider gets its answer, and applied to the session
 * afterwards, together with all earlier ones of the meeting.
 */
export class MeetingInbox {
  readonly #options: MeetingInboxOptions;
  #loop: Loop | undefined;

  constructor(options: MeetingInboxOptions) {
    this.#options = options;
  }

  /** Applies stored events until `stop`. */
  start(): void {
    const { clock, logger } = this.#options;
    const onError = (error: unknown) => logger.warn({ err: error }, 'failed to apply events of a provider');
    this.#loop = every(clock, POLL_MS, () => this.#run(), onError, { immediately: true });
  }

  /** Stops and waits for events being applied. Idempotent. */
  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** Looks for stored events now rather than at the next interval. */
  wake(): void {
    this.#loop?.trigger();
  }

  /**
   * Verifies and stores a webhook request. Events of meetings that no session has are ignored: an account may have others.
   * @returns the body of the answer
   * @throws {TelevisitError} `provider_not_configured`, `webhook_signature`, `webhook_expired`, `bad_json`, `store_unavailable`
   */
  async receive(id: ProviderId, request: WebhookRequest): Promise<Readonly<Record<string, unknown>>> {
    const { providers, store } = this.#options;
    const { events, reply } = await providers.adapter(id).receive(request);
    for (const [meetingId, own] of Map.groupBy(events, (event) => event.meetingId)) {
      const session = await store.findByMeeting(id, meetingId);
      const meeting = session?.meetings.findLast((one) => one.meetingId === meetingId);
      if (session && meeting) await store.meetingEvents.add(session.sessionId, meeting.generation, own);
    }
    if (events.length > 0) this.wake();
    return reply ?? {};
  }

  async #run(): Promise<void> {
    const { store, logger } = this.#options;
    const marked = await store.meetingEvents.inbox(BATCH);
    for (const inbox of marked) {
      await this.#apply(inbox).catch((error: unknown) =>
        logger.warn({ err: error, sessionId: inbox.sessionId }, 'failed to apply events of a provider'),
      );
    }
    if (marked.length === BATCH) this.wake();
  }

  async #apply(inbox: Inbox): Promise<void> {
    const { store, sessions } = this.#options;
    const { sessionId, generation } = inbox;
    const events: readonly MeetingEvent[] = await store.meetingEvents.ofMeeting(sessionId, generation);
    try {
      await sessions.apply(sessionId, (session, now) => applyMeetingEvents(session, generation, events, now));
    } catch (error) {
      if (!(error instanceof TelevisitError) || error.code !== 'session_not_found') throw error;
    }
    // Removed last: after a crash in between, the same events change nothing.
    await store.meetingEvents.applied(inbox);
  }
}
