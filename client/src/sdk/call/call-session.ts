import type { VisitPhase } from '../core/base-state.ts';
import { isFinal, type VisitError } from '../core/errors.ts';
import { INITIAL_STATE, stopped, type VisitState, type Why } from '../state/visit-state.ts';
import type { CallContext } from './call-context.ts';
import { JoinAttempt } from './join-attempt.ts';

/** How long after a failed start the next one begins, in milliseconds. */
const RETRY_MS = 3_000;
/** Range of the delays that a server may ask for instead, in milliseconds. */
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** How long the server may take to answer before the start is repeated: a device that slept misses the answer. */
const LOAD_TIMEOUT_MS = 20_000;

/** Maximum time between two checks of a visit that is not open yet, in milliseconds: it may be rescheduled. */
const CHECK_MS = 60_000;
/** Minimum time between two checks if the visit should be open and the server does not say so yet. */
const MIN_CHECK_MS = 1_000;

/**
 * Returns how long to wait before checking again a visit that opens at `opensAt`; both times by the server's clock, all in
 * milliseconds. The `Date` header counts whole seconds, rounded down, so the check is up to a second late and never early.
 */
export function nextCheckDelay(opensAt: number, now: number): number {
  const ahead = opensAt - now;
  return ahead > 0 ? Math.min(ahead, CHECK_MS) : MIN_CHECK_MS;
}

/**
 * - `idle`: nothing runs: before the first start, and after an end that another start cannot change by itself.
 * - `loading`: the visit is being loaded; the start is repeated if there is no answer in time.
 * - `running`: the visit is loaded; preview, waiting room or call.
 * - `scheduled`: the next start is due after a delay.
 */
export type CallStage<Attempt> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly attempt: Attempt }
  | { readonly kind: 'running'; readonly attempt: Attempt }
  | { readonly kind: 'scheduled' };

export type CallStageEvent<Attempt> =
  | { readonly type: 'started'; readonly attempt: Attempt }
  | { readonly type: 'loaded' }
  | { readonly type: 'stopped' }
  | { readonly type: 'retry-scheduled' };

/** Returns the stage after an event; the same object if the event changes nothing. */
export function callTransition<Attempt>(
  stage: CallStage<Attempt>,
  event: CallStageEvent<Attempt>,
): CallStage<Attempt> {
  switch (event.type) {
    case 'started':
      return { kind: 'loading', attempt: event.attempt };
    case 'loaded':
      return stage.kind === 'loading' ? { kind: 'running', attempt: stage.attempt } : stage;
    case 'stopped':
      return stage.kind === 'idle' ? stage : { kind: 'idle' };
    case 'retry-scheduled':
      return stage.kind === 'idle' ? { kind: 'scheduled' } : stage;
  }
}

/** Returns the attempt that exists in a stage, if any. */
export function attemptOf<Attempt>(stage: CallStage<Attempt>): Attempt | null {
  return stage.kind === 'loading' || stage.kind === 'running' ? stage.attempt : null;
}

/** Starts and stops join attempts: one at a time, again if that can help, and when the visit opens. */
export class CallSession {
  readonly #context: CallContext;
  readonly #onDevices: () => void;
  #stage: CallStage<JoinAttempt> = { kind: 'idle' };
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onDevices called when a camera or microphone was opened or closed */
  constructor(context: CallContext, onDevices: () => void) {
    this.#context = context;
    this.#onDevices = onDevices;
  }

  get attempt(): JoinAttempt | null {
    return attemptOf(this.#stage);
  }

  /** Returns the state before the visit is loaded. */
  initialState(): VisitState {
    const { devices, features, store } = this.#context;
    const { saveData } = store.state;
    return { ...INITIAL_STATE, ...features.initial(), choice: devices.choice, saveData };
  }

  start(): void {
    const { store } = this.#context;
    this.stop();
    // A page that shows an error, or waits for the visit to open, keeps showing it until the outcome is known.
    const { phase } = store.state;
    if (phase !== 'failed' && phase !== 'early') store.update(this.initialState());
    const attempt = new JoinAttempt(this.#context);
    this.#dispatch({ type: 'started', attempt });
    attempt.on('loaded', () => this.#dispatch({ type: 'loaded' }));
    attempt.on('refused', (error) => this.#handleRefused(error));
    attempt.on('devices', this.#onDevices);
    attempt.on('moved', () => this.start());
    attempt.on('over', ({ phase: end, why }) => {
      if (end === 'failed' && why?.error) this.#fail(why.error);
      else this.finish(end, why);
    });
    this.#timer = setTimeout(() => this.start(), LOAD_TIMEOUT_MS);
    void attempt.load();
  }

  /** Stops everything and shows why. */
  finish(phase: VisitPhase, why: Why = {}): void {
    this.stop();
    this.#context.store.update((state) => stopped(state, phase, why));
  }

  /** Stops everything. Idempotent. */
  stop(): void {
    const { attempt } = this;
    this.#dispatch({ type: 'stopped' });
    attempt?.close();
  }

  /** Returns the current time by the server's clock, in milliseconds since 1970. */
  serverTime(): number {
    return Date.now() + this.#context.store.state.clockOffset;
  }

  /** Enters a stage; the timer of the previous one is cancelled. */
  #dispatch(event: CallStageEvent<JoinAttempt>): void {
    const stage = callTransition(this.#stage, event);
    if (stage === this.#stage) return;
    this.#stage = stage;
    clearTimeout(this.#timer);
  }

  #handleRefused(error: VisitError): void {
    const { code, opensAt, closedAt, clockOffset } = error;
    const known = this.#context.store.state.opensAt;
    if (code === 'session_over') this.finish('ended', { closedAt, clockOffset });
    else if (code === 'not_open_yet' && opensAt !== null) this.#waitForOpening(opensAt, clockOffset);
    // Until the visit opens it does no harm that the server is unreachable.
    else if (known !== null && known > this.serverTime() && !isFinal(code)) this.#waitForOpening(known);
    else this.#fail(error);
  }

  /** Shows that the visit is not open yet; starts again when it opens, and now and then in case it was rescheduled. */
  #waitForOpening(opensAt: number, clockOffset = this.#context.store.state.clockOffset): void {
    this.finish('early', { opensAt, clockOffset });
    this.#scheduleStart(nextCheckDelay(opensAt, this.serverTime()));
  }

  /** Shows an error, and schedules another start if that can help. */
  #fail(error: VisitError): void {
    if (error.code === 'meeting_elsewhere') {
      // The visit as loaded now says which provider carries it.
      this.finish('loading');
      this.#scheduleStart(MIN_RETRY_MS);
      return;
    }
    this.finish('failed', { error });
    if (!isFinal(error.code)) this.#scheduleStart(retryDelay(error));
  }

  #scheduleStart(delay: number): void {
    this.#dispatch({ type: 'retry-scheduled' });
    // A listener of the state may have started again already.
    if (this.#stage.kind !== 'scheduled') return;
    this.#timer = setTimeout(() => this.start(), delay);
  }
}

function retryDelay({ retryAfter }: VisitError): number {
  if (retryAfter === null) return RETRY_MS;
  return Math.min(Math.max(retryAfter * 1000, MIN_RETRY_MS), MAX_RETRY_MS);
}
