import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Session } from '../domain/session.ts';

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

/**
 * Issues and checks invitations, the last part of a mailed link: `<seat>.<signature>`, signed as calendar feeds are. An
 * invitation is valid for one version of a seat's links as long as the session exists; opening the link issues a join token,
 * which lives an hour.
 */
export class Invitations {
  readonly #signatures: LinkSignatures;

  constructor(signatures: LinkSignatures) {
    this.#signatures = signatures;
  }

  issue(session: Session, seat: number): string {
    return `${seat}.${this.#signatures.sign(...partsOf(session, seat))}`;
  }

  /** Returns the index of the invited seat; null if the invitation is not, or no longer, valid for this session. */
  seatOf(session: Session, invitation: string): number | null {
    const [, seat, signature] = /^(0|[1-9]\d{0,3})\.([\w-]+)$/.exec(invitation) ?? [];
    if (seat === undefined) return null;
    return this.#signatures.verify(signature, ...partsOf(session, Number(seat))) ? Number(seat) : null;
  }
}

/** Links of the first version are signed without it, as earlier releases did. */
function partsOf({ sessionId, seats }: Session, seat: number): string[] {
  const version = seats[seat]?.linkVersion ?? 0;
  return ['invitation', sessionId, String(seat), ...(version === 0 ? [] : [String(version)])];
}

function signature(key: Buffer, what: readonly string[]): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(what)).digest();
}
