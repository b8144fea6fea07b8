import type { MeetingEntryView, MeetingView } from '@televisit/shared/provider-operations';
import type { EndReason } from '@televisit/shared/vocabulary';
import { Emitter } from '../core/emitter.ts';
import { endsConnection, isFinal, VisitError } from '../core/errors.ts';
import type { StateStore } from '../core/store.ts';
import { Backoff, Timers } from '../core/timers.ts';
import { callVisit, type VisitRequest } from '../signaling/visit-request.ts';
import {
  entryOf,
  updated,
  type MeetingEntry,
  type MeetingOpening,
  type MeetingSlice,
} from './provider-meeting.ts';

/** Time between two polls of the meeting, in milliseconds; while the page is hidden they are fewer. */
const POLL_MS = 3_000;
const HIDDEN_POLL_MS = 12_000;
/** How long the server may take to answer, in milliseconds; opening may include a call to a slow provider. */
const POLL_TIMEOUT_MS = 10_000;
const OPEN_TIMEOUT_MS = 25_000;
/** Delays after failures for which the server names none, in milliseconds. */
const RETRIES = { delays: [1_000, 2_000, 4_000, 8_000], jitter: 0.25 };
/** The shortest and longest delay that a server may ask for, in milliseconds. */
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;

export interface MeetingSessionOptions {
  readonly store: StateStore<MeetingSlice>;
  /** The participant's own user id. */
  readonly ownId: string;
  /** Returns how to call the server's HTTP API. @throws {VisitError} if there is no token */
  readonly request: () => Omit<VisitRequest, 'signal'>;
  /** Called with a fresh join token before the previous one expires. */
  readonly onToken: (token: string) => void;
  /** Called when the participant has been let in, or is in already. */
  readonly onEntered: () => void;
}

interface MeetingSessionEvents {
  /** The visit is over for everyone; `closedAt` in milliseconds since 1970 by the server's clock. */
  ended: { readonly closedAt: number | null; readonly endReason: EndReason | null };
  /** This server's SFU carries the visit from now on. */
  moved: undefined;
  /** The participant may no longer enter. */
  refused: VisitError;
}

/** The commands for a visit that another provider carries. */
export interface MeetingCommands {
  /**
   * Asks for the way in, and asks again while the meeting is not ready or the provider cannot be reached.
   * @throws {VisitError} if the participant may not enter, or the client leaves the meeting in the meantime
   */
  open(): Promise<MeetingEntry>;
  /** Sets whether the page is hidden, which needs fewer polls. */
  setHidden(hidden: boolean): void;
}

/** A visit that another provider carries: polls what happens there, and brings the participant in. */
export class MeetingSession extends Emitter<MeetingSessionEvents> implements MeetingCommands {
  readonly #options: MeetingSessionOptions;
  readonly #timers = new Timers();
  readonly #pollRetries = new Backoff(RETRIES);
  readonly #closing = new AbortController();
  #cancelPoll: (() => void) | null = null;
  #polling = false;
  #hidden = false;
  #opening: Promise<MeetingEntry> | null = null;

  constructor(options: MeetingSessionOptions) {
    super();
    this.#options = options;
  }

  /** Polls until `close`. */
  start(): void {
    void this.#poll();
  }

  open(): Promise<MeetingEntry> {
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Ends the visit for everyone. @throws {VisitError} `forbidden` if the role may not */
  async end(): Promise<void> {
    this.#apply(await this.#ask<MeetingView>('/meeting/end', POLL_TIMEOUT_MS, {}));
  }

  setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    if (!hidden) void this.#poll();
  }

  /** Idempotent. */
  close(): void {
    this.removeAllListeners();
    this.#closing.abort();
    this.#timers.clear();
  }

  async #open(): Promise<MeetingEntry> {
    const retries = new Backoff(RETRIES);
    this.#show({ kind: 'asking', problem: null });
    for (;;) {
      try {
        return this.#opened(await this.#ask<MeetingEntryView>('/meeting/open', OPEN_TIMEOUT_MS, {}));
      } catch (error) {
        const failure = VisitError.from(error);
        if (this.#closing.signal.aborted) throw failure;
        if (endsConnection(failure.code)) {
          this.#show({ kind: 'closed' });
          this.emit('refused', failure);
          throw failure;
        }
        this.#show({ kind: 'asking', problem: failure.code });
        await this.#pause(delayOf(failure, retries));
      }
    }
  }

  #opened(answer: MeetingEntryView): MeetingEntry {
    const entry = entryOf(answer);
    if (entry.kind === 'own') {
      this.emit('moved', undefined);
      return entry;
    }
    this.#options.store.update((state) => {
      const { meeting } = state;
      const opening = { kind: 'open', entry } as const;
      return meeting ? { ...state, meeting: { ...meeting, provider: answer.provider, opening } } : state;
    });
    this.#options.onEntered();
    return entry;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#closing;
    if (this.#polling || signal.aborted) return;
    this.#cancelPoll?.();
    this.#polling = true;
    const delay = await this.#look();
    this.#polling = false;
    if (this.#closing.signal.aborted || delay === null) return;
    this.#cancelPoll = this.#timers.after(delay, () => void this.#poll());
  }

  /** Reads the meeting once. @returns when to do so again, in milliseconds; null for never */
  async #look(): Promise<number | null> {
    try {
      this.#apply(await this.#ask<MeetingView>('/meeting', POLL_TIMEOUT_MS));
      this.#pollRetries.reset();
      return this.#hidden ? HIDDEN_POLL_MS : POLL_MS;
    } catch (error) {
      const failure = VisitError.from(error);
      if (this.#closing.signal.aborted) return null;
      if (isFinal(failure.code)) {
        this.emit('refused', failure);
        return null;
      }
      this.#options.store.update({ connection: 'reconnecting' });
      return delayOf(failure, this.#pollRetries);
    }
  }

  #apply(view: MeetingView): void {
    if (this.#closing.signal.aborted) return;
    if (view.status === 'ended' || view.status === 'cancelled') {
      const closedAt = view.endedAt === null ? null : Date.parse(view.endedAt);
      this.emit('ended', { closedAt, endReason: view.endReason as EndReason | null });
      return;
    }
    if (view.provider === 'sfu') {
      this.emit('moved', undefined);
      return;
    }
    const { store, ownId, onEntered, onToken } = this.#options;
    if (view.token !== null) onToken(view.token);
    store.update((state) => updated(state, view, ownId));
    if (store.state.meeting?.stay === 'in') onEntered();
  }

  #show(opening: MeetingOpening): void {
    this.#options.store.update((state) =>
      state.meeting ? { ...state, meeting: { ...state.meeting, opening } } : state,
    );
  }

  /** Asks the server. @throws {VisitError} also `unreachable` after `timeoutMs` milliseconds, and `closed` */
  async #ask<T extends object>(
    path: '/meeting' | '/meeting/open' | '/meeting/end',
    timeoutMs: number,
    request?: object,
  ): Promise<T> {
    const call = new AbortController();
    const { signal } = this.#closing;
    const stop = () => call.abort();
    signal.addEventListener('abort', stop, { once: true });
    const cancel = this.#timers.after(timeoutMs, () => call.abort(new DOMException('', 'TimeoutError')));
    try {
      if (signal.aborted) throw new VisitError('closed');
      const { body } = await callVisit({ ...this.#options.request(), signal: call.signal }, path, request);
      if (typeof body !== 'object' || body === null || !('provider' in body)) {
        throw new VisitError('internal_error', { detail: 'the answer is not about a meeting' });
      }
      return body as T;
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Resolves after a delay in milliseconds. @throws {VisitError} `closed` */
  #pause(delay: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#timers.after(delay, resolve);
      this.#closing.signal.addEventListener('abort', () => reject(new VisitError('closed')), { once: true });
    });
  }
}

function delayOf({ retryAfter }: VisitError, retries: Backoff): number {
  const own = retries.next();
  return retryAfter === null ? own : Math.min(Math.max(retryAfter * 1000, MIN_RETRY_MS), MAX_RETRY_MS);
}
