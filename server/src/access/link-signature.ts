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

  /** Returns the signatures that count as valid. */
  all(...what: readonly string[]): readonly string[] {
    return this.#keys.map((key) => signature(key, what).toString('base64url'));
  }

  verify(given: string | undefined, ...what: readonly string[]): boolean {
    const candidate = Buffer.from(given ?? '', 'base64url');
    return this.#keys.some((key) => {
      const expected = signature(key, what);
      return expected.length === candidate.length && timingSafeEqual(expected, candidate);
    });
  }
}

/** A session id as this release makes them: a UUID without hyphens. */
const SESSION_ID = /^sess_([0-9a-f]{32})$/;
/** The length of 128 bits in base64url. */
const CODE_PART = 22;
const CODE = /^[\w-]{44}(0|[1-9]\d{0,3})$/;

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

  /**
   * Issues the code of a short link, for text messages: session, signature and seat in 45 characters or a few more. The signature
   * is cut to 128 bits (RFC 2104, 5). Null if the id of the session is not one of this release.
   */
  issueCode(session: Session, seat: number): string | null {
    const [, hex] = SESSION_ID.exec(session.sessionId) ?? [];
    if (hex === undefined) return null;
    const id = Buffer.from(hex, 'hex').toString('base64url');
    return id + this.#signatures.sign(...partsOf(session, seat)).slice(0, CODE_PART) + String(seat);
  }

  /** Returns the session id of a short link's code; null if it is malformed. */
  sessionOf(code: string): string | null {
    if (!CODE.test(code)) return null;
    return `sess_${Buffer.from(code.slice(0, CODE_PART), 'base64url').toString('hex')}`;
  }

  /** Returns the index of the seat of a short link; null if the code is not, or no longer, valid for this session. */
  seatOfCode(session: Session, code: string): number | null {
    if (!CODE.test(code)) return null;
    const seat = Number(code.slice(2 * CODE_PART));
    const given = Buffer.from(code);
    return this.#signatures.all(...partsOf(session, seat)).some((signature) => {
      const id = code.slice(0, CODE_PART);
      const expected = Buffer.from(id + signature.slice(0, CODE_PART) + String(seat));
      return expected.length === given.length && timingSafeEqual(expected, given);
    })
      ? seat
      : null;
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
