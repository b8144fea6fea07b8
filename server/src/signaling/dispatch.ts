import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import {
  CLIENT_MESSAGES,
  type Ack,
  type AckData,
  type AckError,
  type ClientMessage,
  type MessagePhase,
} from '@televisit/shared/signaling';
import { MAX_MESSAGE_BYTES } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import { personActed } from '../core/turns.ts';
import type { Member } from '../room/member.ts';
import type { Room } from '../room/room.ts';
import type { Connection } from './connection.ts';

/** The room and member of a connection. */
export interface Attachment {
  readonly room: Room;
  readonly member: Member;
}

/** Returns the room and member of a connection; undefined if it could not enter a room. */
export type FindAttachment = () => Attachment | undefined;

/** Is told of each message, to measure it. */
export interface MessageObserver {
  /**
   * @param code of the error; null if the message succeeded
   * @param status of the data that was answered, if it has one
   */
  message(type: string, code: ErrorCode | null, status: string | null, seconds: number): void;
}

export interface DispatchOptions {
  readonly logger: Logger;
  readonly observer?: MessageObserver | undefined;
  /** Called if the message "join" is refused. */
  readonly onRefused?: ((stage: 'join', person: Connection['claims'], error: unknown) => void) | undefined;
}

type AckFunction = (answer: Ack<unknown>) => void;

/** A client that queues more messages than this is cut off. */
const MAX_WAITING_MESSAGES = 256;

/** Checks a message against the contract, runs its handler in turn, and answers. It never throws. */
export async function dispatch(
  connection: Connection,
  findAttachment: FindAttachment,
  event: string,
  args: readonly unknown[],
  { logger, observer, onRefused }: DispatchOptions,
): Promise<void> {
  personActed();
  const from = performance.now();
  const last = args.at(-1);
  const reply: AckFunction = typeof last === 'function' ? (last as AckFunction) : () => undefined;
  const ack: AckFunction = (answer) => {
    observer?.message(event, codeOf(answer), statusOf(answer), (performance.now() - from) / 1000);
    reply(answer);
  };
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
    const data = await connection.queue.push(() => run(connection, findAttachment, event, payload), event);
    ack({ ok: true, data });
  } catch (error) {
    if (event === 'join' && !connection.closed) onRefused?.('join', connection.claims, error);
    ack({ ok: false, error: ackError(error, event, connection, logger) });
  }
}

async function run(
  connection: Connection,
  findAttachment: FindAttachment,
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
  const attachment = findAttachment();
  requirePhase(contract.phase, connection, attachment);
  connection.requirePermission(contract.permission);
  if (!attachment || attachment.room.closed) throw new TelevisitError('media_unavailable');
  const { room, member } = attachment;
  const handle = room.handler(event);
  if (!handle) throw new TelevisitError('unknown_event');
  return connection.trace.message(event, connection.claims.sid, async () =>
    handle({ connection, room, member }, parsed.data),
  );
}

/** @throws {TelevisitError} `not_prepared`, `not_joined` */
function requirePhase(phase: MessagePhase, connection: Connection, attachment: Attachment | undefined): void {
  if (phase === 'prepared' && !connection.media) throw new TelevisitError('not_prepared');
  if (phase === 'joined' && !attachment?.member.isInBy(connection)) throw new TelevisitError('not_joined');
}

function codeOf(answer: Ack<unknown>): ErrorCode | null {
  return answer.ok ? null : answer.error.code;
}

function statusOf(answer: Ack<unknown>): string | null {
  const { status } = ((answer.ok ? answer.data : null) ?? {}) as { status?: unknown };
  return typeof status === 'string' ? status : null;
}

function isClientMessage(event: string): event is ClientMessage {
  return Object.hasOwn(CLIENT_MESSAGES, event);
}

/** Returns the size as JSON, in bytes; infinite if the payload is nested more deeply than JSON.stringify can follow. */
function sizeOf(payload: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(payload));
  } catch {
    return Infinity;
  }
}

function ackError(error: unknown, event: string, connection: Connection, logger: Logger): AckError {
  if (error instanceof TelevisitError) {
    if (error.cause !== undefined) logger.warn({ err: error.cause, event }, 'message refused');
    return refusalOf(error);
  }
  // A queue that stopped because its connection is gone is expected.
  if (!connection.closed) logger.error({ err: error, event }, 'failed to handle a message');
  return refusalOf(new TelevisitError('internal_error'));
}

/** Returns what a client is answered whose message or connection is refused. */
export function refusalOf({ code, message, retryAfter }: TelevisitError): AckError {
  return { code, message, ...(retryAfter === null ? {} : { retryAfter }) };
}
