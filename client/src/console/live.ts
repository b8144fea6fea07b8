import type { ConsoleEvents } from '@televisit/shared/console';

/** `connecting` at first; `lost` until the stream is open again. */
export type LiveState = 'connecting' | 'live' | 'lost';

/** What may have changed: the nodes, the list of sessions, one session, or refused attempts to join. */
export type Topic = 'nodes' | 'sessions' | `session:${string}` | 'failures' | `failures:${string}`;

type Bye = ConsoleEvents['bye']['reason'];

/** The part of an EventSource (HTML, 9.2) that this file uses. */
export interface EventStream {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

const CLOSED = 2;
/** Time before each attempt to open the stream again, in milliseconds; the last one repeats. */
const AGAIN_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** How often everything that is shown is read again while there is no stream, in milliseconds. */
const POLL_MS = 15_000;

export interface LiveOptions {
  readonly open: () => EventStream;
  /** Called when the server refuses the stream, perhaps because the login is over. */
  readonly onRefused: () => void;
  /** Called when the server ends the stream because the login is over. */
  readonly onLoggedOut: (reason: Exclude<Bye, 'restart'>) => void;
}

/** The event stream of the server, which opens again after every interruption. */
export class Live {
  readonly #options: LiveOptions;
  readonly #states = new Set<(state: LiveState) => void>();
  readonly #listeners = new Map<() => void, ReadonlySet<Topic>>();
  #stream: EventStream | null = null;
  #state: LiveState = 'connecting';
  #failures = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Calls `listener` after every change of the state, until the returned function is called. */
  onState(listener: (state: LiveState) => void): () => void {
    this.#states.add(listener);
    return () => void this.#states.delete(listener);
  }

  /** Calls `listener` when one of the topics may have changed, until the returned function is called. */
  on(topics: readonly Topic[], listener: () => void): () => void {
    this.#listeners.set(listener, new Set(topics));
    return () => void this.#listeners.delete(listener);
  }

  /** Opens the stream. */
  start(): void {
    this.close();
    const stream = this.#options.open();
    this.#stream = stream;
    const on = (type: string, listener: (data: string) => void) =>
      stream.addEventListener(type, ({ data }) => {
        if (this.#stream === stream) listener(typeof data === 'string' ? data : '{}');
      });
    on('hello', () => this.#opened());
    on('nodes', () => this.#changed('nodes'));
    on('sessions', () => this.#changed('sessions'));
    on('session', (data) => this.#changed(`session:${idIn(data)}`));
    on('failures', (data) => this.#changed('failures', `failures:${idIn(data)}`));
    on('bye', (data) => this.#bye((JSON.parse(data) as ConsoleEvents['bye']).reason));
    on('error', () => this.#failed());
  }

  /** Closes the stream for good, unless `start` is called again. */
  close(): void {
    this.#stream?.close();
    this.#stream = null;
    clearTimeout(this.#again);
    clearInterval(this.#poll);
    this.#poll = undefined;
  }

  #opened(): void {
    this.#failures = 0;
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#setState('live');
    this.#readAll();
  }

  #failed(): void {
    this.#setState('lost');
    this.#poll ??= setInterval(() => this.#readAll(), POLL_MS);
    // The browser itself opens a stream again whose connection was lost, but not one that was refused.
    if (this.#stream?.readyState !== CLOSED) return;
    this.#openAgain();
    this.#options.onRefused();
  }

  #bye(reason: Bye): void {
    if (reason === 'restart') {
      this.#setState('lost');
      this.#openAgain();
      return;
    }
    this.close();
    this.#options.onLoggedOut(reason);
  }

  #openAgain(): void {
    this.#stream?.close();
    clearTimeout(this.#again);
    const delay = AGAIN_MS[Math.min(this.#failures, AGAIN_MS.length - 1)];
    this.#failures += 1;
    this.#again = setTimeout(() => this.start(), delay);
  }

  #changed(...changed: Topic[]): void {
    for (const [listener, topics] of [...this.#listeners]) {
      if (changed.some((topic) => topics.has(topic))) listener();
    }
  }

  /** Changes during an interruption were not reported. */
  #readAll(): void {
    for (const listener of [...this.#listeners.keys()]) listener();
  }

  #setState(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#states]) listener(state);
  }
}

const idIn = (data: string) => (JSON.parse(data) as ConsoleEvents['session']).sessionId;
