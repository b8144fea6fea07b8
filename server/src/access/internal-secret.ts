import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Returns a check of callers' secrets, in constant time.
 * @returns a function that returns the public name of a valid secret, and null for others
 */
export function internalSecretCheck(
  secrets: readonly string[],
): (given: string | undefined) => string | null {
  const known = secrets.map((secret) => ({ digest: digest(secret), keyId: keyId(secret) }));
  return (given) => {
    if (given === undefined) return null;
    const candidate = digest(given);
    let found: string | null = null;
    for (const secret of known) if (timingSafeEqual(secret.digest, candidate)) found = secret.keyId;
    return found;
  };
}

/** Returns a public name of a secret: the same on every server, and useless for guessing the secret. */
export function keyId(secret: string): string {
  return createHash('sha256').update(`televisit:kid:${secret}`).digest('hex').slice(0, 12);
}

// Digests have equal lengths, which timingSafeEqual needs; the length of a secret would leak.
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
