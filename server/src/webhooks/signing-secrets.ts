import type { WebhookEndpoint, WebhookSecret } from '../domain/webhook-store.ts';

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
