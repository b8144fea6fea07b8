import { createHash, timingSafeEqual } from 'node:crypto';

/** Answers whether a caller's secret is one of ours, in a time that says nothing about either. */
export function internalSecretCheck(secrets: readonly string[]): (given: string | undefined) => boolean {
  const known = secrets.map(digest);
  return (given) => {
    if (given === undefined) return false;
    const candidate = digest(given);
    return known.map((secret) => timingSafeEqual(secret, candidate)).includes(true);
  };
}

// Digests have one length, which timingSafeEqual needs and a raw secret would give away.
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
