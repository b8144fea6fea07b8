import { ERRORS, TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Ids } from '../domain/ids.ts';
import { COMMANDS, type Command, type CommandAnswer, type CommandPayload } from './commands.ts';

/** The way to the other processes: every message reaches each of them, once, more than once, or not at all. */
export interface Link {
  /** Whether messages go out and come in at the moment. */
  readonly up: boolean;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Idempotent. */
  close(): void;
}

export interface BusOptions {
  /** This process. */
  readonly processId: string;
  /** Null where this is the only process. */
  readonly link: Link | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

export type CommandHandler<C extends Command> = (
  payload: CommandPayload<C>,
) => CommandAnswer<C> | Promise<CommandAnswer<C>>;

/** Who has not answered after this long is not there, in milliseconds. */
const TIMEOUT_MS = 3000;
/** What is not answered is sent again, in milliseconds: connections come back at different moments. */
const REPEAT_MS = 1000;
/** What has come is known again for this long, in milliseconds; a link that holds messages back longer drops them. */
const REMEMBER_MS = 10_000;
/** A process that waits for so many answers asks no more. */
const MAX_PENDING = 1000;
/** When trying again makes sense, in seconds. */
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
  z.object({ kind: z.literal('request'), ...envelope, command: z.string(), payload: z.unknown() }),
  z.object({ kind: z.literal('answer'), ...envelope, outcome }),
]);

type Message = z.output<typeof message>;
type Outcome = z.output<typeof outcome>;

/**
 * Commands between the processes of a cluster, each addressed to one of them. Delivered more than once they are done once.
 * Nothing is kept for a process that is not there.
 */
export class Bus {
  readonly processId: string;
  readonly #options: BusOptions;
  readonly #handlers = new Map<string, (payload: unknown) => Promise<unknown>>();
  readonly #pending = new Map<string, (outcome: Outcome | null) => void>();
  /** By id: what became of commands that came in, for as long as they may come again. */
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  #closed = false;

  constructor(options: BusOptions) {
    this.#options = options;
    this.processId = options.processId;
    options.link?.onMessage((received) => this.#received(received));
  }

  /** Whether other processes can be reached at all. */
  get linked(): boolean {
    return this.#options.link !== null;
  }

  /** How many answers are waited for. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Says what this process does at a command. A TelevisitError that the handler throws reaches who asked. */
  handle<C extends Command>(command: C, handler: CommandHandler<C>): void {
    this.#handlers.set(command, async (payload) => handler(payload as CommandPayload<C>));
  }

  /**
   * Asks a process, this one or another, and waits for its answer, at most 3 s.
   * @throws TelevisitError `node_unreachable`, and what the handler throws
   */
  async request<C extends Command>(
    to: string,
    command: C,
    payload: CommandPayload<C>,
  ): Promise<CommandAnswer<C>> {
    if (to === this.processId && !this.#closed) return (await this.#do(command, payload)) as CommandAnswer<C>;
    const answered = await this.#ask(to, command, payload);
    if (!answered) throw new TelevisitError('node_unreachable', { retryAfter: RETRY_AFTER });
    if (!answered.ok) throw thrown(answered.failure);
    const parsed = COMMANDS[command].answer.safeParse(answered.answer);
    if (!parsed.success) throw new TelevisitError('internal_error', { cause: parsed.error });
    return parsed.data as CommandAnswer<C>;
  }

  /** Idempotent. Who waits hears that nobody can be reached. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.link?.close();
    for (const settle of this.#pending.values()) settle(null);
  }

  /** @returns null where no answer came */
  #ask(to: string, command: string, payload: unknown): Promise<Outcome | null> {
    const { link, clock, ids } = this.#options;
    if (this.#closed || !link?.up || this.#pending.size >= MAX_PENDING) return Promise.resolve(null);
    const id = ids.unique();
    const asked = this.#message(to, id, command, payload);
    return new Promise((resolve) => {
      let again: () => void = () => undefined;
      const send = () => {
        link.send(asked);
        again = clock.after(REPEAT_MS, send);
      };
      const settle = (answered: Outcome | null) => {
        again();
        giveUp();
        this.#pending.delete(id);
        resolve(answered);
      };
      const giveUp = clock.after(TIMEOUT_MS, () => settle(null));
      this.#pending.set(id, settle);
      send();
    });
  }

  #message(to: string, id: string, command: string, payload: unknown): Message {
    return { kind: 'request', from: this.processId, to, id, command, payload };
  }

  #received(received: unknown): void {
    if (this.#closed || (received as { to?: unknown } | null)?.to !== this.processId) return;
    const parsed = message.safeParse(received);
    if (!parsed.success) {
      this.#options.logger.warn({ issues: parsed.error.issues }, 'a message of another server can’t be read');
    } else if (parsed.data.kind === 'answer') {
      this.#pending.get(parsed.data.id)?.(parsed.data.outcome);
    } else {
      void this.#asked(parsed.data);
    }
  }

  async #asked(asked: Exclude<Message, { kind: 'answer' }>): Promise<void> {
    const { clock, link } = this.#options;
    const { id, command, payload, from } = asked;
    const known = this.#outcomes.get(id);
    const done = known ?? this.#outcomeOf(command, payload);
    if (!known) {
      this.#outcomes.set(id, done);
      clock.after(REMEMBER_MS, () => this.#outcomes.delete(id));
    }
    const answer = { kind: 'answer', from: this.processId, to: from, id, outcome: await done };
    if (!this.#closed) link?.send(answer);
  }

  /** Never rejects. */
  async #outcomeOf(command: string, payload: unknown): Promise<Outcome> {
    try {
      return { ok: true, answer: await this.#do(command, payload) };
    } catch (error) {
      const known =
        error instanceof TelevisitError ? error : new TelevisitError('internal_error', { cause: error });
      const level = known.code === 'internal_error' ? 'error' : 'debug';
      this.#options.logger[level]({ err: error, command }, 'a command of another server failed');
      const { code, message: detail, retryAfter, times } = known;
      return { ok: false, failure: { code, detail, retryAfter, times } };
    }
  }

  /** @throws TelevisitError `node_unreachable` for a command of another version of this server */
  async #do(command: string, payload: unknown): Promise<unknown> {
    const handler = this.#handlers.get(command);
    const parsed = handler && COMMANDS[command as Command].payload.safeParse(payload);
    if (!parsed?.success) throw new TelevisitError('node_unreachable', { cause: parsed?.error });
    return handler?.(parsed.data);
  }
}

function thrown({ code, detail, retryAfter, times }: z.output<typeof failure>): TelevisitError {
  const known = code in ERRORS ? (code as ErrorCode) : 'internal_error';
  const { opensAt, closedAt } = times;
  return new TelevisitError(known, {
    detail,
    times: { ...(opensAt === undefined ? {} : { opensAt }), ...(closedAt === undefined ? {} : { closedAt }) },
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}
