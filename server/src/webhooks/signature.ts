import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { WebhookEndpoint, WebhookSecret } from '../domain/webhook-store.ts';

/** The headers of a signed webhook (Standard Webhooks). */
export const SIGNATURE_HEADERS = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

/** The maximum difference between the time of a signature and our clock, in seconds. */
export const TOLERANCE_SECONDS = 5 * 60;

const PREFIX = 'whsec_';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const FRESH_SECRET_BYTES = 32;
/** The maximum number of signatures that are checked; a sender has only a few secrets at once. */
const MAX_SIGNATURES = 16;

/** Returns a secret: `whsec_` and the base64 of 32 random bytes. */
export function newSecret(): string {
  return PREFIX + randomBytes(FRESH_SECRET_BYTES).toString('base64');
}

/** Returns what is wrong with a secret, in words that follow its name; null if it is valid. */
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
 * Returns the value of `webhook-signature`: `v1,` and a base64 HMAC-SHA256 for each secret, separated by spaces.
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

/** Returns the headers of a webhook that is signed now. */
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

/** A webhook as received. */
export interface SignedWebhook {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}

/** `expired`: signed too long ago, or too far in the future. */
export type Verdict = 'valid' | 'missing' | 'invalid' | 'expired';

/**
 * Checks whether a webhook was signed recently with one of these secrets, in constant time. The signature covers the bytes of
 * the body as received.
 */
export function verify(secrets: readonly string[], webhook: SignedWebhook, now: number): Verdict {
  const { id, timestamp, signature, body } = webhook;
  if (!id || !timestamp || !signature) return 'missing';
  // Only the canonical form, because the text is what was signed.
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

/** The maximum number of valid secrets of an endpoint. More frequent rotations end the oldest one early. */
const MAX_SECRETS = 4;

/** Returns the secrets that sign the requests to an endpoint now, newest first. */
export function signingSecrets({ secrets }: Pick<WebhookEndpoint, 'secrets'>, now: number): string[] {
  return secrets.filter((one) => isValid(one, now)).map(({ secret }) => secret);
}

/** Returns an endpoint's secrets with a new one; the previous ones stay valid for `overlapMs` at most. */
export function withNewSecret(
  { secrets }: Pick<WebhookEndpoint, 'secrets'>,
  secret: string,
  now: number,
  overlapMs: number,
): readonly WebhookSecret[] {
  const previous = secrets
    .map((old) => ({ ...old, validUntil: Math.min(old.validUntil ?? Infinity, now + overlapMs) }))
    .filter((old) => isValid(old, now));
  return [{ secret, validUntil: null }, ...previous].slice(0, MAX_SECRETS);
}

/** Returns when the last previous secret expires; null if there is none. */
export function oldSecretUntil({ secrets }: Pick<WebhookEndpoint, 'secrets'>, now: number): number | null {
  const ends = secrets.flatMap(({ validUntil }) =>
    validUntil !== null && validUntil > now ? [validUntil] : [],
  );
  return ends.length > 0 ? Math.max(...ends) : null;
}

function isValid({ validUntil }: WebhookSecret, now: number): boolean {
  return validUntil === null || validUntil > now;
}
