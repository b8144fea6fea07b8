import { isFinal, type VisitError } from '../core/errors.ts';
import { nextCheckDelay } from './not-before.ts';
import type { CallFeatures } from './call-features.ts';
import { JoinAttempt } from './join-attempt.ts';
import { INITIAL_STATE, stopped, type VisitPhase, type VisitState, type Why } from '../state/visit-state.ts';

/** How long after a failed start the next is tried, in milliseconds. */
const RETRY_MS = 3_000;
/** The least and the most of what a server may ask for instead, in milliseconds. */
const LEAST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 60_000;
/** How long the server may take to answer before it is asked anew: a sleeping device never hears the answer. */
const ANSWER_PATIENCE_MS = 20_000;

/** Starts and stops runs: one at a time, again by itself where that can help, and when the visit opens. */
export class CallSession {
  readonly #parts: CallFeatures;
  readonly #onDevices: () => void;
  #run: JoinAttempt | null = null;
  #startTimer: ReturnType<typeof setTimeout> | null = null;

  /** @param onDevices is called when a camera or microphone was opened or closed */
  constructor(parts: CallFeatures, onDevices: () => void) {
    this.#parts = parts;
    this.#onDevices = onDevices;
  }

  get run(): JoinAttempt | null {
    return this.#run;
  }

  /** The state before anything is known. */
  initialState(): VisitState {
    const { devices, feedback, store } = this.#parts;
    const { saveData } = store.state;
    return { ...INITIAL_STATE, choice: devices.choice, feedback: feedback.standing, saveData };
  }

  start(): void {
    const { store } = this.#parts;
    this.stop();
    // What a person waits in front of stays until the outcome is known.
    const { phase } = store.state;
    if (phase !== 'failed' && phase !== 'early') store.update(this.initialState());
    const run = new JoinAttempt(this.#parts);
    this.#run = run;
    run.on('loaded', () => this.#cancelStart());
    run.on('refused', (error) => this.#refused(error));
    run.on('devices', this.#onDevices);
    run.on('over', ({ phase: end, why }) => {
      if (end === 'failed' && why?.error) this.#fail(why.error);
      else this.finish(end, why);
    });
    this.#startLater(ANSWER_PATIENCE_MS);
    void run.load();
  }

  /** Stops everything and says why. */
  finish(phase: VisitPhase, why: Why = {}): void {
    this.stop();
    this.#parts.store.update((state) => stopped(state, phase, why));
  }

  /** Stops everything. Idempotent. */
  stop(): void {
    this.#cancelStart();
    const run = this.#run;
    this.#run = null;
    run?.close();
  }

  /** The current time by the server's clock, in milliseconds since 1970. */
  serverTime(): number {
    return Date.now() + this.#parts.store.state.clockOffset;
  }

  #refused(error: VisitError): void {
    const { code, opensAt, closedAt, clockOffset } = error;
    const known = this.#parts.store.state.opensAt;
    if (code === 'session_over') this.finish('ended', { closedAt, clockOffset });
    else if (code === 'not_open_yet' && opensAt !== null) this.#wait(opensAt, clockOffset);
    // Until the visit opens it does no harm that the server can't be reached now.
    else if (known !== null && known > this.serverTime() && !isFinal(code)) this.#wait(known);
    else this.#fail(error);
  }

  /** The visit isn't open yet: the client starts again when it is, and looks now and then whether it was moved. */
  #wait(opensAt: number, clockOffset = this.#parts.store.state.clockOffset): void {
    this.finish('early', { opensAt, clockOffset });
    this.#startLater(nextCheckDelay(opensAt, this.serverTime()));
  }

  /** Says that there is no visit, and tries again where that can help. */
  #fail(error: VisitError): void {
    this.finish('failed', { error });
    if (!isFinal(error.code)) this.#startLater(retryDelay(error));
  }

  #startLater(delay: number): void {
    this.#cancelStart();
    this.#startTimer = setTimeout(() => this.start(), delay);
  }

  #cancelStart(): void {
    if (this.#startTimer !== null) clearTimeout(this.#startTimer);
    this.#startTimer = null;
  }
}

function retryDelay({ retryAfter }: VisitError): number {
  if (retryAfter === null) return RETRY_MS;
  return Math.min(Math.max(retryAfter * 1000, LEAST_RETRY_MS), MOST_RETRY_MS);
}
