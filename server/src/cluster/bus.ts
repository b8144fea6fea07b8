import { ERRORS, TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import {
  currentRequestId,
  currentTraceparent,
  validRequestId,
  withRequestId,
} from '../core/request-context.ts';
import { NO_TRACER, traced, type Tracer } from '../core/tracer.ts';
import { every, withTimeout } from '../core/timing.ts';
import type { Ids } from '../domain/ids.ts';

interface CommandContract {
  readonly payload: z.ZodType;
  readonly answer: z.ZodType;
}

const sessionId = z.string().min(1).max(64);

/** The commands that one process sends to another. Each is idempotent. */
export const COMMANDS = {
  /** The stored session changed. The process that runs its room applies the change and answers when done. */
  'session:changed': { payload: z.strictObject({ sessionId }), answer: z.null() },
  /** A feature asks its parts of the session's rooms. Each answers with JSON of its own. */
  'session:ask': {
    payload: z.strictObject({
      sessionId,
      feature: z.string().max(64),
      request: z.record(z.string(), z.unknown()),
    }),
    answer: z.strictObject({ answers: z.array(z.unknown()) }),
  },
} as const satisfies Record<string, CommandContract>;

export type Command = keyof typeof COMMANDS;
export type CommandPayload<C extends Command> = z.output<(typeof COMMANDS)[C]['payload']>;
export type CommandAnswer<C extends Command> = z.output<(typeof COMMANDS)[C]['answer']>;

/** Carries messages to all other processes: each message arrives once, several times, or not at all. */
export interface BusTransport {
  /** Whether messages can be sent and received at the moment. */
  readonly up: boolean;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Idempotent. */
  close(): void;
}

export interface BusOptions {
  /** This process. */
  readonly processId: string;
  /** Null if this is the only process. */
  readonly transport: BusTransport | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
}

export type CommandHandler<C extends Command> = (
  payload: CommandPayload<C>,
) => CommandAnswer<C> | Promise<CommandAnswer<C>>;

/** A process that has not answered after this long counts as unreachable, in milliseconds. */
const TIMEOUT_MS = 3000;
/** The interval at which an unanswered request is repeated, in milliseconds, because connections return at different moments. */
const REPEAT_MS = 1000;
/** How long repetitions of a request are recognized, in milliseconds; a transport drops messages that it held for longer. */
const REMEMBER_MS = 10_000;
/** The maximum number of received requests that are remembered. */
const MAX_OUTCOMES = 10_000;
/** The number of unanswered requests at which further requests fail at once. */
const MAX_PENDING = 1000;
/** The `Retry-After` when a process can't be reached, in seconds. */
const RETRY_AFTER = 2;

const envelope = { from: z.string(), to: z.string(), id: z.string() };
const failure = z.object({
  code: z.string(),
  detail: z.string(),
  retryAfter: z.number().nullable(),
  times: z.object({ opensAt: z.string().optional(), closedAt: z.string().optional() }),
});
const outcome = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), answer: z.unknown() }),
  z.object({ ok: z.literal(false), failure }),
]);
const message = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('request'),
    ...envelope,
    command: z.string(),
    payload: z.unknown(),
    /** Of the HTTP request or connection that caused the command; absent from older processes. */
    requestId: z.string().optional(),
    /** The span that sends the command (W3C Trace Context); absent if nothing is traced. */
    traceparent: z.string().optional(),
  }),
  z.object({ kind: z.literal('answer'), ...envelope, outcome }),
]);

type Message = z.output<typeof message>;
type Request = Extract<Message, { kind: 'request' }>;
type Outcome = z.output<typeof outcome>;

/**
 * Sends commands to single processes of a cluster and returns their answers. A command that is delivered several times is
 * carried out once. Commands are not stored for a process that is away.
 */
export class Bus {
  readonly processId: string;
  readonly #options: BusOptions;
  readonly #handlers = new Map<string, (payload: unknown) => Promise<unknown>>();
  readonly #pending = new Map<string, (outcome: Outcome | null) => void>();
  /** The outcomes of received requests by request id, kept while repetitions may arrive. */
  readonly #outcomes: LRUCache<string, Promise<Outcome>>;
  readonly #tracer: Tracer;
  #closed = false;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#tracer = options.tracer ?? NO_TRACER;
    this.processId = options.processId;
    const perf = { now: () => options.clock.now() };
    this.#outcomes = new LRUCache({ max: MAX_OUTCOMES, ttl: REMEMBER_MS, ttlResolution: 0, perf });
    options.transport?.onMessage((received) => this.#received(received));
  }

  /** Whether there may be other processes. */
  get linked(): boolean {
    return this.#options.transport !== null;
  }

  /** The number of requests without an answer yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Sets what this process does on a command. A TelevisitError thrown by the handler is passed to the sender. */
  handle<C extends Command>(command: C, handler: CommandHandler<C>): void {
    this.#handlers.set(command, async (payload) => handler(payload as CommandPayload<C>));
  }

  /**
   * Sends a command to a process, which may be this one, and waits up to 3 s for its answer.
   * @throws {TelevisitError} `node_unreachable`, and what the handler throws
   */
  async request<C extends Command>(
    to: string,
    command: C,
    payload: CommandPayload<C>,
  ): Promise<CommandAnswer<C>> {
    if (to === this.processId && !this.#closed) return (await this.#do(command, payload)) as CommandAnswer<C>;
    const attributes = { 'televisit.command': command, 'televisit.session.id': payload.sessionId };
    const answered = await traced(
      this.#tracer,
      `bus ${command}`,
      { kind: 'client', attributes },
      async (span) => {
        const outcome = await this.#ask(to, command, payload);
        if (!outcome?.ok) span.fail(outcome?.failure.code ?? 'node_unreachable');
        return outcome;
      },
    );
    if (!answered) throw new TelevisitError('node_unreachable', { retryAfter: RETRY_AFTER });
    if (!answered.ok) throw errorOf(answered.failure);
    const parsed = COMMANDS[command].answer.safeParse(answered.answer);
    if (!parsed.success) throw new TelevisitError('internal_error', { cause: parsed.error });
    return parsed.data as CommandAnswer<C>;
  }

  /** Fails all pending requests. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.transport?.close();
    for (const settle of this.#pending.values()) settle(null);
  }

  /** @returns null if there was no answer */
  async #ask(to: string, command: string, payload: unknown): Promise<Outcome | null> {
    const { transport, clock, ids, logger } = this.#options;
    if (this.#closed || !transport?.up || this.#pending.size >= MAX_PENDING) return null;
    const id = ids.unique();
    const requestId = currentRequestId();
    const traceparent = currentTraceparent();
    const request: Request = {
      kind: 'request',
      from: this.processId,
      to,
      id,
      command,
      payload,
      ...(requestId === undefined ? {} : { requestId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    const answer = Promise.withResolvers<Outcome | null>();
    this.#pending.set(id, answer.resolve);
    const onError = (error: unknown) => logger.warn({ err: error }, 'failed to send to another process');
    const repeats = every(clock, REPEAT_MS, () => transport.send(request), onError, { immediately: true });
    try {
      return await withTimeout(clock, TIMEOUT_MS, answer.promise, () => null);
    } finally {
      this.#pending.delete(id);
      await repeats.stop();
    }
  }

  #received(received: unknown): void {
    if (this.#closed || (received as { to?: unknown } | null)?.to !== this.processId) return;
    const parsed = message.safeParse(received);
    if (!parsed.success) {
      this.#options.logger.warn(
        { issues: parsed.error.issues },
        'failed to parse a message of another process',
      );
    } else if (parsed.data.kind === 'answer') {
      this.#pending.get(parsed.data.id)?.(parsed.data.outcome);
    } else {
      void this.#requested(parsed.data);
    }
  }

  async #requested({ id, command, payload, from, requestId, traceparent }: Request): Promise<void> {
    const { transport } = this.#options;
    const known = this.#outcomes.get(id);
    const attributes = { 'televisit.command': command };
    const options = { kind: 'server', parent: traceparent ?? null, attributes } as const;
    const perform = () =>
      traced(this.#tracer, `bus ${command}`, options, async (span) => {
        const outcome = await this.#outcomeOf(command, payload);
        if (!outcome.ok) span.fail(outcome.failure.code);
        return outcome;
      });
    const cause = validRequestId(requestId);
    const pending = known ?? (cause === null ? perform() : withRequestId(cause, perform));
    if (!known) this.#outcomes.set(id, pending);
    const answer = { kind: 'answer', from: this.processId, to: from, id, outcome: await pending };
    if (!this.#closed) transport?.send(answer);
  }

  /** Never rejects. */
  async #outcomeOf(command: string, payload: unknown): Promise<Outcome> {
    try {
      return { ok: true, answer: await this.#do(command, payload) };
    } catch (error) {
      const known =
        error instanceof TelevisitError ? error : new TelevisitError('internal_error', { cause: error });
      const level = known.code === 'internal_error' ? 'error' : 'debug';
      this.#options.logger[level](
        { err: error, command },
        'failed to carry out a command of another process',
      );
      const { code, message: detail, retryAfter, times } = known;
      return { ok: false, failure: { code, detail, retryAfter, times } };
    }
  }

  /** @throws {TelevisitError} `node_unreachable` if the command belongs to another version of this server */
  async #do(command: string, payload: unknown): Promise<unknown> {
    const handler = this.#handlers.get(command);
    const parsed = handler && COMMANDS[command as Command].payload.safeParse(payload);
    if (!parsed?.success) throw new TelevisitError('node_unreachable', { cause: parsed?.error });
    return handler?.(parsed.data);
  }
}

function errorOf({ code, detail, retryAfter, times }: z.output<typeof failure>): TelevisitError {
  const known = code in ERRORS ? (code as ErrorCode) : 'internal_error';
  const { opensAt, closedAt } = times;
  return new TelevisitError(known, {
    detail,
    times: { ...(opensAt === undefined ? {} : { opensAt }), ...(closedAt === undefined ? {} : { closedAt }) },
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}
