import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The headers of a signed webhook (Standard Webhooks). */
export const SIGNATURE_HEADERS = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

/** How old a signature may be, or how far a clock ahead, in seconds. */
export const TOLERANCE_SECONDS = 5 * 60;

const PREFIX = 'whsec_';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const FRESH_SECRET_BYTES = 32;
/** A sender has few secrets at once; whoever sends more signatures wastes our time. */
const MAX_SIGNATURES = 16;

/** `whsec_` and the base64 of 32 random bytes. */
export function newSecret(): string {
  return PREFIX + randomBytes(FRESH_SECRET_BYTES).toString('base64');
}

/** What is wrong with a secret, in words that follow its name; null where it is a good one. */
export function secretObjection(secret: string): string | null {
  if (!secret.startsWith(PREFIX)) return `must begin with ${PREFIX}`;
  const encoded = secret.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return `must be base64 behind ${PREFIX}`;
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    return `must hold ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes`;
  }
  return null;
}

/**
 * The value of `webhook-signature`: `v1,` and a base64 HMAC-SHA256 for each secret, separated by spaces.
 * @param timestamp seconds since the Unix epoch
 */
export function sign(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string | Uint8Array,
): string {
  return secrets
    .map((secret) => `v1,${hmac(secret, id, String(timestamp), body).toString('base64')}`)
    .join(' ');
}

/** The headers of a webhook that is signed now. */
export function signedHeaders(
  secrets: readonly string[],
  id: string,
  now: number,
  body: string,
): Record<string, string> {
  const timestamp = Math.floor(now / 1000);
  return {
    [SIGNATURE_HEADERS.id]: id,
    [SIGNATURE_HEADERS.timestamp]: String(timestamp),
    [SIGNATURE_HEADERS.signature]: sign(secrets, id, timestamp, body),
  };
}

/** A webhook as it came. */
export interface SignedWebhook {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}

/** `expired`: signed too long ago, or too far ahead of our clock. */
export type Verdict = 'valid' | 'missing' | 'invalid' | 'expired';

/**
 * Whether a webhook was signed with one of these secrets, and lately. Takes a time that says nothing about the right
 * signature.
 */
export function verify(secrets: readonly string[], webhook: SignedWebhook, now: number): Verdict {
  const { id, timestamp, signature, body } = webhook;
  if (!id || !timestamp || !signature) return 'missing';
  // Only the one way to write a number: what was signed is text.
  if (!/^\d{1,12}$/.test(timestamp)) return 'invalid';
  const given = signature
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .flatMap((part) => (part.startsWith('v1,') ? [Buffer.from(part.slice('v1,'.length), 'base64')] : []));
  let valid = false;
  for (const secret of secrets) {
    const right = hmac(secret, id, timestamp, body);
    for (const one of given) if (one.length === right.length && timingSafeEqual(one, right)) valid = true;
  }
  if (!valid) return 'invalid';
  return Math.abs(Math.floor(now / 1000) - Number(timestamp)) > TOLERANCE_SECONDS ? 'expired' : 'valid';
}

function hmac(secret: string, id: string, timestamp: string, body: string | Uint8Array): Buffer {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}
