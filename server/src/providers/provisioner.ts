import { TelevisitError } from '@televisit/shared/errors';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import { eventsOfRecord } from '../domain/meeting-events.ts';
import { CALENDAR, type Meeting } from '../domain/meeting.ts';
import { currentMeeting, meetingOf, nextStep, planDigest, type Step } from '../domain/meeting-steps.ts';
import * as meetings from '../domain/meetings.ts';
import type { MeetingEventStore, SessionStore } from '../domain/session-store.ts';
import { isOver, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { planOf, type PlanOptions } from './meeting-plan.ts';
import type { MeetingPlan, MeetingRef } from './meeting-provider.ts';
import { ProviderError } from './provider-error.ts';
import type { Providers } from './providers.ts';

export interface ProvisionerOptions {
  readonly store: SessionStore & { readonly meetingEvents: MeetingEventStore };
  readonly sessions: Sessions;
  readonly providers: Providers;
  readonly plan: PlanOptions;
  /** The outside calendar that shows all visits; null for none. */
  readonly calendar: VisitCalendar | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Identifies this process. */
  readonly owner: string;
  /** Called when events were stored that have not been applied to their session. */
  readonly onEvents: () => void;
}

/** A calendar outside the server that shows its visits. Both calls may be repeated. @throws {ProviderError} */
export interface VisitCalendar {
  put(plan: MeetingPlan, session: Session, signal: AbortSignal): Promise<void>;
  remove(sessionId: string, signal: AbortSignal): Promise<void>;
}

/** The deadline of a call to the calendar, in milliseconds. */
const CALENDAR_MS = 12_000;
/** The interval between polls for due steps, in milliseconds. */
const POLL_MS = 2000;
/** Sessions whose steps run at the same time. */
const PARALLEL = 8;
/** Attempts after which a meeting that cannot be cancelled is given up. */
const LAST_ATTEMPT = 60;
/** More steps than a session ever needs in a row. */
const MAX_STEPS = 8;

/**
 * Brings the meetings at other providers to the state that their sessions need. Each step is claimed in the session before it
 * is performed and recorded there afterwards, so several processes may run it, and one that dies leaves nothing undone.
 */
export class Provisioner {
  readonly #options: ProvisionerOptions;
  /** The last call for each session: those of this process run one after the other. */
  readonly #advancing = new Map<string, Promise<unknown>>();
  #loop: Loop | undefined;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
  }

  /** Performs due steps until `stop`. */
  start(): void {
    const { clock, logger } = this.#options;
    const onError = (error: unknown) => logger.warn({ err: error }, 'failed to look for meetings to prepare');
    this.#loop = every(clock, POLL_MS, (signal) => this.#run(signal), onError, { immediately: true });
  }

  /** Stops and waits for steps under way. Idempotent. */
  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** Looks for due steps now rather than at the next interval. */
  wake(): void {
    this.#loop?.trigger();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { store, clock, logger } = this.#options;
    const due = await store.dueMeetings(clock.now(), PARALLEL);
    await Promise.all(
      due.map(({ sessionId }) =>
        this.advance(sessionId).catch((error: unknown) =>
          logger.warn({ err: error, sessionId }, 'failed to prepare the meeting of a session'),
        ),
      ),
    );
    if (due.length === PARALLEL && !signal.aborted) this.wake();
  }

  /**
   * Performs the due steps of a session, one after the other.
   * @param isUrgent whether a person waits, so that a step is not put off after a failure
   * @returns the session afterwards
   * @throws {TelevisitError} `session_not_found`, `conflict`, `store_unavailable`
   */
  async advance(sessionId: string, isUrgent = false): Promise<Session> {
    const before = this.#advancing.get(sessionId) ?? Promise.resolve();
    const mine = before.then(
      () => this.#advance(sessionId, isUrgent),
      () => this.#advance(sessionId, isUrgent),
    );
    this.#advancing.set(sessionId, mine);
    try {
      return await mine;
    } finally {
      if (this.#advancing.get(sessionId) === mine) this.#advancing.delete(sessionId);
    }
  }

  async #advance(sessionId: string, isUrgent: boolean): Promise<Session> {
    const { sessions, clock } = this.#options;
    let session = await sessions.get(sessionId);
    for (let count = 0; count < MAX_STEPS; count++) {
      const step = isUrgent ? urgentStep(session) : nextStep(session);
      if (!step || step.at > clock.now()) return session;
      const before = session.version;
      session = await this.#perform(session, step, isUrgent);
      if (session.version === before) return session;
      // An urgent step is tried once.
      if (isUrgent && currentMeeting(session)?.error != null) return session;
    }
    return session;
  }

  async #perform({ sessionId }: Session, step: Step, isUrgent: boolean): Promise<Session> {
    const { sessions, owner } = this.#options;
    const outcome = { claimed: false };
    const session = await sessions.apply(sessionId, (current, now) => {
      const change = meetings.claim(current, step, owner, now, isUrgent);
      outcome.claimed = change !== null;
      return change;
    });
    const meeting = meetingOf(session, step.generation);
    if (!outcome.claimed || !meeting) return session;
    try {
      return await (step.generation === CALENDAR
        ? this.#callCalendar(session, step)
        : this.#call(session, meeting, step));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return await this.#fail(session, meeting, step, error);
    }
  }

  /** Brings the entry in the outside calendar to the state of its session. */
  async #callCalendar(session: Session, { kind, generation }: Step): Promise<Session> {
    const { sessions, calendar, plan: options } = this.#options;
    const { sessionId } = session;
    if (!calendar)
      throw new ProviderError('misconfigured', 'no calendar is configured', { code: 'no_calendar' });
    const signal = AbortSignal.timeout(CALENDAR_MS);
    if (kind === 'create' || kind === 'update') {
      const told = planDigest(session);
      await calendar.put(planOf(session, generation, options), session, signal);
      const ref = { meetingId: sessionId, hostId: null, data: {} };
      return sessions.apply(sessionId, (current, now) =>
        meetings.created(current, generation, ref, told, now),
      );
    }
    await calendar.remove(sessionId, signal);
    return sessions.apply(sessionId, (current, now) => meetings.closed(current, generation, now));
  }

  /** Performs a claimed step at the provider, and records the outcome. */
  async #call(session: Session, meeting: Meeting, { kind, generation }: Step): Promise<Session> {
    const { sessions, providers, plan: options } = this.#options;
    const { sessionId } = session;
    const { provider } = meeting;
    const plan = planOf(session, generation, options);
    const ref = refOf(meeting);
    const told = planDigest(session);
    const record = (made: MeetingRef) =>
      sessions.apply(sessionId, (current, now) => meetings.created(current, generation, made, told, now));
    const close = () =>
      sessions.apply(sessionId, (current, now) => meetings.closed(current, generation, now));
    switch (kind) {
      case 'create':
        return record(
          await providers.call(provider, (adapter, signal) =>
            adapter.create(plan, meeting.attempts > 1, signal),
          ),
        );
      case 'update':
        return record(await providers.call(provider, (adapter, signal) => adapter.update(ref, plan, signal)));
      case 'end':
      case 'cancel':
        // Participants stay until they leave; the window in their links keeps them from returning later.
        if (kind === 'end' && !providers.canEnd(provider)) return close();
        await providers.call(provider, (adapter, signal) => adapter[kind](ref, plan, signal));
        return close();
      case 'discard':
        await providers.call(provider, async (adapter, signal) => {
          const found = await adapter.find?.(plan, signal);
          if (found) await adapter.cancel(found, plan, signal);
        });
        return close();
      case 'ask':
        return this.#ask(session, meeting, plan);
    }
  }

  async #ask(session: Session, meeting: Meeting, plan: MeetingPlan): Promise<Session> {
    const { sessions, providers, store, onEvents } = this.#options;
    const { sessionId } = session;
    const { provider, generation } = meeting;
    const ref = refOf(meeting);
    const records = await providers.call(provider, (adapter, signal) =>
      adapter.attendance(ref, plan, signal),
    );
    const events = (records ?? []).flatMap((one) => eventsOfRecord(ref.meetingId, one));
    if (events.length > 0) {
      await store.meetingEvents.add(sessionId, generation, events);
      onEvents();
    }
    return sessions.apply(sessionId, (current, now) => meetings.askedProvider(current, generation, now));
  }

  /** Records a failure, or gives the session to the next provider. */
  async #fail(session: Session, meeting: Meeting, step: Step, error: ProviderError): Promise<Session> {
    const { sessions, logger, clock } = this.#options;
    const { sessionId } = session;
    const { provider, generation, attempts } = meeting;
    const { kind } = step;
    const bound = { sessionId, provider, generation, step: kind, code: error.code, err: error };
    logger.warn(bound, 'failed to call a meeting provider');
    if (error.kind === 'missing' && kind === 'update') {
      return sessions.apply(sessionId, (current, now) => meetings.lost(current, generation, now));
    }
    if (attempts >= LAST_ATTEMPT && kind !== 'create' && kind !== 'update') {
      return sessions.apply(sessionId, (current, now) => meetings.closed(current, generation, now));
    }
    // Until the window opens there is time to wait for the preferred provider.
    const isMeeting = generation !== CALENDAR;
    if (isMeeting && kind === 'create' && (!error.isTemporary || clock.now() >= session.opensAt)) {
      const moved = await this.fallBack(session, provider, reasonOf(provider, error));
      if (moved) return moved;
    }
    return sessions.apply(sessionId, (current, now) =>
      meetings.failed(current, step, reasonOf(provider, error), error.retryAfterMs, now),
    );
  }

  /**
   * Gives a session to the next available provider.
   * @param from the provider that failed
   * @returns null if there is none, or people are in the meeting
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  async fallBack(session: Session, from: ProviderId, reason: string): Promise<Session | null> {
    const { sessions, providers, logger } = this.#options;
    const { sessionId } = session;
    if (isOver(session)) return null;
    const to = await providers.firstAvailable(session.fallbacks);
    if (to === undefined) return null;
    const traits = providers.traits(to);
    const next = await sessions.apply(sessionId, (current, now) =>
      meetings.changeProvider(current, from, traits, reason, now),
    );
    if (next.provider === from) return null;
    logger.warn({ sessionId, from, to: next.provider, reason }, 'changed the meeting provider of a session');
    return next;
  }
}

/** Returns the step for which a person waits; undefined if the meeting exists. */
function urgentStep(session: Session): Step | undefined {
  const meeting = currentMeeting(session);
  if (meeting?.state !== 'planned' && meeting?.state !== 'creating') return undefined;
  return { kind: 'create', generation: meeting.generation, at: meeting.lease?.until ?? 0 };
}

/** Returns a meeting as adapters know it. */
export function refOf({ meetingId, hostId, data }: Meeting): MeetingRef {
  return { meetingId: meetingId ?? '', hostId, data };
}

/** Returns the reason on the session: the provider, and the kind or code of its failure. */
export function reasonOf(provider: ProviderId, { kind, code }: ProviderError): string {
  return code === null ? `${provider}_${kind}` : `${provider}_${kind}_${code}`;
}

/** Returns the error for a person whose meeting cannot be opened now. */
export function unavailableFor(error: ProviderError): TelevisitError {
  const retryAfter = Math.min(60, Math.ceil((error.retryAfterMs ?? 10_000) / 1000));
  return new TelevisitError('provider_unavailable', { retryAfter, cause: error });
}
