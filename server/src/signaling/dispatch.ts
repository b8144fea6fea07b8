import { TelevisitError } from '@televisit/shared/errors';
import {
  CLIENT_MESSAGES,
  type Ack,
  type AckData,
  type AckError,
  type ClientMessage,
} from '@televisit/shared/signaling';
import { MAX_MESSAGE_BYTES } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Connection } from './connection.ts';
import { handlers, type Handler } from './handlers/registry.ts';
import { refusalOf } from './refusal.ts';

type AckFunction = (answer: Ack<unknown>) => void;

/** A client that piles up more than this many messages is cut off. */
const MAX_WAITING_MESSAGES = 256;

/** Checks a message against the contract, runs its handler in turn, and answers. It never throws. */
export async function dispatch(
  connection: Connection,
  event: string,
  args: readonly unknown[],
  logger: Logger,
): Promise<void> {
  const last = args.at(-1);
  const ack: AckFunction = typeof last === 'function' ? (last as AckFunction) : () => undefined;
  const payload = typeof last === 'function' ? args.slice(0, -1) : args;
  if (!connection.limits.allow(event)) {
    ack({ ok: false, error: refusalOf(new TelevisitError('too_many_messages')) });
    return;
  }
  if (connection.queue.size >= MAX_WAITING_MESSAGES) {
    connection.drop();
    return;
  }
  try {
    const data = await connection.queue.push(() => run(connection, event, payload), event);
    ack({ ok: true, data });
  } catch (error) {
    ack({ ok: false, error: ackError(error, event, connection, logger) });
  }
}

async function run(
  connection: Connection,
  event: string,
  args: readonly unknown[],
): Promise<AckData[ClientMessage]> {
  if (!isClientMessage(event)) throw new TelevisitError('unknown_event');
  const contract = CLIENT_MESSAGES[event];
  const [given = {}, ...rest] = args;
  if (sizeOf(given) > MAX_MESSAGE_BYTES) throw new TelevisitError('message_too_large');
  const parsed = contract.payload.safeParse(given);
  if (rest.length > 0 || !parsed.success) {
    throw new TelevisitError('validation_failed', {
      detail: `The payload of "${event}" does not match the contract.`,
    });
  }
  connection.requirePhase(contract.phase);
  if (contract.permission && !connection.claims.permissions.includes(contract.permission)) {
    throw new TelevisitError('forbidden');
  }
  // The registry ties schema and handler by the message's name, which the compiler can't follow through a lookup.
  return (handlers[event] as Handler<ClientMessage>)(connection, parsed.data);
}

function isClientMessage(event: string): event is ClientMessage {
  return Object.hasOwn(CLIENT_MESSAGES, event);
}

function sizeOf(payload: unknown): number {
  return Buffer.byteLength(JSON.stringify(payload));
}

function ackError(error: unknown, event: string, connection: Connection, logger: Logger): AckError {
  if (error instanceof TelevisitError) {
    if (error.cause !== undefined) logger.warn({ err: error.cause, event }, 'message refused');
    return refusalOf(error);
  }
  // A queue that stopped because its connection is gone is no news.
  if (!connection.closed) logger.error({ err: error, event }, 'message failed');
  return refusalOf(new TelevisitError('internal_error'));
}
