import { TelevisitError } from '@televisit/shared/errors';
import type { Position } from './session-store.ts';
import type { DeliveryPosition } from './webhook-store.ts';

/** Encodes a position as an opaque cursor. */
export function encodeCursor({ createdAt, sessionId }: Position): string {
  return Buffer.from(`${createdAt}:${sessionId}`).toString('base64url');
}

/** Decodes a cursor. @throws {TelevisitError} `validation_failed` if it was not created by `encodeCursor` */
export function decodeCursor(cursor: string): Position {
  const [, createdAt, sessionId] =
    /^(\d{1,15}):(sess_[0-9a-z]{8,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || sessionId === undefined) throw foreign();
  return { createdAt: Number(createdAt), sessionId };
}

/** Encodes a position in a list of deliveries. */
export function encodeDeliveryCursor({ at, deliveryId }: DeliveryPosition): string {
  return Buffer.from(`${at}:${deliveryId}`).toString('base64url');
}

/** Decodes it again. @throws {TelevisitError} `validation_failed` if it was not created by `encodeDeliveryCursor` */
export function decodeDeliveryCursor(cursor: string): DeliveryPosition {
  const [, at, deliveryId] =
    /^(\d{1,15}):(evt_[\w.]{1,160})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || deliveryId === undefined) throw foreign();
  return { at: Number(at), deliveryId };
}

function foreign(): TelevisitError {
  const issue = { path: 'cursor', message: 'must be the nextCursor of the previous page' };
  return new TelevisitError('validation_failed', {
    detail: `${issue.path}: ${issue.message}`,
    issues: [issue],
  });
}
