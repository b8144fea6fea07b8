import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signs links that are opened without a header: HMAC-SHA256 (RFC 2104) with keys derived from the token secrets. */
export class LinkSignatures {
  readonly #keys: readonly Buffer[];

  /** @param secrets the first one signs, all of them verify */
  constructor(secrets: readonly [string, ...string[]]) {
    // A separate key, so that a signature can't be mistaken for that of a token.
    this.#keys = secrets.map((secret) => createHmac('sha256', secret).update('televisit:link').digest());
  }

  /** @param what all parts of the link, in a fixed order */
  sign(...what: readonly string[]): string {
    return signature(this.#keys[0] as Buffer, what).toString('base64url');
  }

  verify(given: string | undefined, ...what: readonly string[]): boolean {
    const candidate = Buffer.from(given ?? '', 'base64url');
    return this.#keys.some((key) => {
      const expected = signature(key, what);
      return expected.length === candidate.length && timingSafeEqual(expected, candidate);
    });
  }
}

function signature(key: Buffer, what: readonly string[]): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(what)).digest();
}
