import { TelevisitError } from '@televisit/shared/errors';
import type { Position } from './session-store.ts';

/** A position as callers carry it: opaque to them, and nothing to learn from. */
export function encodeCursor({ createdAt, sessionId }: Position): string {
  return Buffer.from(`${createdAt}:${sessionId}`).toString('base64url');
}

/** @throws TelevisitError `validation_failed` where it is not one of ours */
export function decodeCursor(cursor: string): Position {
  const [, createdAt, sessionId] =
    /^(\d{1,15}):(sess_[0-9a-z]{8,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || sessionId === undefined) {
    const issue = { path: 'cursor', message: 'must be the nextCursor of the page before' };
    throw new TelevisitError('validation_failed', {
      detail: `${issue.path}: ${issue.message}`,
      issues: [issue],
    });
  }
  return { createdAt: Number(createdAt), sessionId };
}
