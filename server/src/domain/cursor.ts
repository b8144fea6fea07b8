import { TelevisitError } from '@televisit/shared/errors';
import { NEWEST_FIRST, type ListOrder, type Position } from './session-store.ts';
import type { FailurePosition } from './observation-store.ts';
import type { DeliveryPosition } from './webhook-store.ts';

/** Encodes a position in a list of sessions as an opaque cursor, which is valid for the order of that list. */
export function encodeCursor({ at, sessionId }: Position, order: ListOrder): string {
  return Buffer.from(`${prefixOf(order)}${at}:${sessionId}`).toString('base64url');
}

/** Decodes a cursor. @throws {TelevisitError} `validation_failed` if `encodeCursor` did not create it for this order */
export function decodeCursor(cursor: string, order: ListOrder): Position {
  const text = Buffer.from(cursor, 'base64url').toString();
  const prefix = prefixOf(order);
  if (!text.startsWith(prefix)) throw foreign();
  const [, at, sessionId] = /^(\d{1,15}):(sess_[0-9a-z]{8,64})$/.exec(text.slice(prefix.length)) ?? [];
  if (at === undefined || sessionId === undefined) throw foreign();
  return { at: Number(at), sessionId };
}

/** Cursors of the default order are those of releases that had no other. */
function prefixOf({ by, direction }: ListOrder): string {
  const isDefault = by === NEWEST_FIRST.by && direction === NEWEST_FIRST.direction;
  return isDefault ? '' : `${by}.${direction}:`;
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

/** Encodes a position in a list of refused attempts to join. */
export function encodeFailureCursor({ at, failureId }: FailurePosition): string {
  return Buffer.from(`${at}:${failureId}`).toString('base64url');
}

/** Decodes it again. @throws {TelevisitError} `validation_failed` if it was not created by `encodeFailureCursor` */
export function decodeFailureCursor(cursor: string): FailurePosition {
  const [, at, failureId] =
    /^(\d{1,15}):([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || failureId === undefined) throw foreign();
  return { at: Number(at), failureId };
}

/** Encodes the number of entries of a history before a page. */
export function encodeHistoryCursor(entries: number): string {
  return Buffer.from(`history:${entries}`).toString('base64url');
}

/** Decodes it again. @throws {TelevisitError} `validation_failed` if it was not created by `encodeHistoryCursor` */
export function decodeHistoryCursor(cursor: string): number {
  const [, entries] = /^history:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (entries === undefined) throw foreign();
  return Number(entries);
}

function foreign(): TelevisitError {
  const issue = { path: 'cursor', message: 'must be the nextCursor of the previous page' };
  return new TelevisitError('validation_failed', {
    detail: `${issue.path}: ${issue.message}`,
    issues: [issue],
  });
}
