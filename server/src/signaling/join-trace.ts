import type { Clock } from '../core/clock.ts';
import { traced, type Span, type Tracer } from '../core/tracer.ts';

export interface JoinTraceOptions {
  readonly tracer: Tracer;
  readonly clock: Clock;
  /** The span that it continues; null for none. */
  readonly parent: string | null;
}

/** A page that has not joined by then waits for a host, or for its user. In milliseconds. */
const LONGEST_MS = 60_000;
/** Messages that a page sends again and again. */
const FREQUENT: ReadonlySet<string> = new Set([
  'network:report',
  'consumer:prefer',
  'consumer:ready',
  'presence:set',
]);

/**
 * The spans of one connection: a join from the handshake to the first packet of the page's own media, with its steps, and
 * from then on each message by itself.
 */
export class JoinTrace {
  readonly #tracer: Tracer;
  readonly #span: Span;
  /** The transports that the page is connecting. */
  readonly #connecting: Span[] = [];
  #awaitingMedia: Span | undefined;
  #cancel: () => void = () => undefined;
  #over = false;

  constructor({ tracer, clock, parent }: JoinTraceOptions) {
    this.#tracer = tracer;
    this.#span = tracer.start('join', { kind: 'server', parent });
    if (tracer.enabled) this.#cancel = clock.after(LONGEST_MS, () => this.end());
  }

  /** The session is known. */
  entered(sessionId: string): void {
    this.#span.set({ 'televisit.session.id': sessionId });
  }

  /** Runs a step of the join. */
  step<T>(name: string, work: () => Promise<T>): Promise<T> {
    return traced(this.#tracer, name, { parent: this.#span.traceparent ?? null }, work);
  }

  /** Runs the handler of a message of the contract. */
  message<T>(type: string, sessionId: string, work: () => Promise<T>): Promise<T> {
    if (this.#over && FREQUENT.has(type)) return work();
    if (type === 'transport:connect' && !this.#over) this.#connecting.push(this.#child('media connect'));
    const parent = this.#over ? null : (this.#span.traceparent ?? null);
    const attributes = { 'televisit.session.id': sessionId };
    return traced(this.#tracer, `signaling ${type}`, { kind: 'server', parent, attributes }, work);
  }

  /** A transport of the page is connected (ICE and DTLS). */
  mediaConnected(direction: 'send' | 'receive'): void {
    const span = this.#connecting.shift();
    span?.set({ 'televisit.media.direction': direction });
    span?.end();
    if (direction === 'send' && !this.#over) this.#awaitingMedia ??= this.#child('media first packet');
  }

  /** The first packets of a stream of the page have arrived. */
  mediaReceived(): void {
    this.#awaitingMedia?.end();
    this.#awaitingMedia = undefined;
    this.end();
  }

  /** The connection was refused. */
  refused(code: string): void {
    this.#span.fail(code);
    this.end();
  }

  /** Idempotent. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
    for (const span of [...this.#connecting, ...(this.#awaitingMedia ? [this.#awaitingMedia] : [])]) {
      span.fail('no_media');
      span.end();
    }
    this.#span.end();
  }

  #child(name: string): Span {
    return this.#tracer.start(name, { parent: this.#span.traceparent ?? null });
  }
}
