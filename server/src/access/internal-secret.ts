import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Answers which of our secrets a caller's is, in a time that says nothing about either.
 * @returns the secret's public name, or null where it is none of ours
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

/** A public name for a secret: the same on every server that holds it, and no help in guessing it. */
export function keyId(secret: string): string {
  return createHash('sha256').update(`televisit:kid:${secret}`).digest('hex').slice(0, 12);
}

// Digests have one length, which timingSafeEqual needs and a raw secret would give away.
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
