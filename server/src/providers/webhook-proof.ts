import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { TelevisitError } from '@televisit/shared/errors';
import type { z } from 'zod';

/** Compares a header with fixed tokens in constant time, by digests: comparing texts would reveal their lengths. */
export function isOneOf(candidate: string, tokens: readonly string[]): boolean {
  return anyEqual([digest(candidate)], tokens.map(digest));
}

/**
 * Checks in constant time whether a signature is the HMAC-SHA256 of a message with one of the secrets.
 * @param parts the message in pieces
 */
export function isSigned(
  signatures: readonly Buffer[],
  secrets: readonly string[],
  ...parts: readonly (string | Uint8Array)[]
): boolean {
  const right = secrets.map((secret) => {
    const hmac = createHmac('sha256', secret);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  });
  return anyEqual(signatures, right);
}

/**
 * Returns the error for a webhook without a valid proof.
 * @param proof what the sender proves itself by
 * @param setting the variable with the secret
 */
export function forgedWebhook(proof: string, setting: string): TelevisitError {
  const detail = `${proof} is missing or wrong: compare ${setting} with the sender’s settings.`;
  return new TelevisitError('webhook_signature', { detail });
}

/**
 * Returns the error for a webhook that was signed too early or too late.
 * @param oldestMs the greatest age, in milliseconds
 * @param aheadMs how far the sender's clock may be ahead, in milliseconds
 */
export function expiredWebhook(sender: string, oldestMs: number, aheadMs = oldestMs): TelevisitError {
  const minutes = (ms: number) => `${ms / 60_000} minutes`;
  const detail = `${sender} signed the event more than ${minutes(oldestMs)} ago, or by a clock that is more than ${minutes(aheadMs)} ahead.`;
  return new TelevisitError('webhook_expired', { detail });
}

/**
 * Parses the body of a webhook.
 * @throws {TelevisitError} `bad_json` if it is not JSON, `validation_failed` if it does not match
 */
export function webhookBody<T extends z.ZodType>(rawBody: Uint8Array, schema: T): z.output<T> {
  const parsed = schema.safeParse(json(rawBody));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new TelevisitError('validation_failed', { issues });
}

/** Returns a key of an event that has no id: the same for the same fields. */
export function eventKey(...fields: readonly (string | number | null | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}

function json(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody)) as unknown;
  } catch {
    throw new TelevisitError('bad_json');
  }
}

function anyEqual(candidates: readonly Buffer[], right: readonly Buffer[]): boolean {
  let found = false;
  for (const candidate of candidates) {
    for (const one of right) {
      if (candidate.length === one.length && timingSafeEqual(candidate, one)) found = true;
    }
  }
  return found;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
