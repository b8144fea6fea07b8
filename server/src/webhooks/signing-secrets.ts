import type { WebhookEndpoint, WebhookSecret } from '../domain/webhook-store.ts';

/** So many secrets sign at once at most: whoever replaces them more often loses the oldest one early. */
const MAX_SECRETS = 4;

/** The secrets that sign what is sent to an endpoint now, the newest first. */
export function signingSecrets({ secrets }: Pick<WebhookEndpoint, 'secrets'>, now: number): string[] {
  return secrets.filter((one) => isValid(one, now)).map(({ secret }) => secret);
}

/** An endpoint's secrets once a new one has come; the others go on for `overlapMs` at most. */
export function withNewSecret(
  { secrets }: Pick<WebhookEndpoint, 'secrets'>,
  secret: string,
  now: number,
  overlapMs: number,
): readonly WebhookSecret[] {
  const before = secrets
    .map((old) => ({ ...old, validUntil: Math.min(old.validUntil ?? Infinity, now + overlapMs) }))
    .filter((old) => isValid(old, now));
  return [{ secret, validUntil: null }, ...before].slice(0, MAX_SECRETS);
}

/** When the last secret of before stops to sign; null where there is none. */
export function oldSecretUntil({ secrets }: Pick<WebhookEndpoint, 'secrets'>, now: number): number | null {
  const ends = secrets.flatMap(({ validUntil }) =>
    validUntil !== null && validUntil > now ? [validUntil] : [],
  );
  return ends.length > 0 ? Math.max(...ends) : null;
}

function isValid({ validUntil }: WebhookSecret, now: number): boolean {
  return validUntil === null || validUntil > now;
}
