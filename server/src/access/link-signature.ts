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

/** What an invitation identifies. */
export interface Invited {
  /** The index of the seat. */
  readonly seat: number;
  /** The calendar feed that contained the link; null for a link of an e-mail. */
  readonly feedId: string | null;
}

/**
 * What a short link is for: opening the visit, or the page on which a person chooses their messages. A link for one purpose is
 * of no use for the other.
 */
export type LinkPurpose = 'visit' | 'messages';

/** A session id as this release makes them: a UUID without hyphens. */
const SESSION_ID = /^sess_([0-9a-f]{32})$/;
/** The length of 128 bits in base64url. */
const CODE_PART = 22;
const CODE = /^[\w-]{44}(0|[1-9]\d{0,3})$/;

/**
 * Issues and checks invitations, the last part of the personal links in e-mails, `<seat>.<signature>`, and in calendar feeds,
 * `<seat>.<feed id>.<signature>`. An invitation is valid for one version of a seat's links as long as the session exists, and
 * that of a feed only for the same person; opening the link issues a join token, which lives an hour.
 */
export class Invitations {
  readonly #signatures: LinkSignatures;

  constructor(signatures: LinkSignatures) {
    this.#signatures = signatures;
  }

  /** @param feedId the calendar feed for which the invitation is */
  issue(session: Session, seat: number, feedId: string | null = null): string {
    const signature = this.#signatures.sign(...partsOf(session, { seat, feedId }));
    return [seat, ...(feedId === null ? [] : [feedId]), signature].join('.');
  }

  /**
   * Issues the code of a short link: session, signature and seat in 45 characters or a few more. The signature
   * is cut to 128 bits (RFC 2104, 5). Null if the id of the session is not one of this release.
   */
  issueCode(session: Session, seat: number, purpose: LinkPurpose = 'visit'): string | null {
    const [, hex] = SESSION_ID.exec(session.sessionId) ?? [];
    if (hex === undefined) return null;
    const id = Buffer.from(hex, 'hex').toString('base64url');
    return (
      id +
      this.#signatures.sign(...partsOf(session, { seat, feedId: null }, purpose)).slice(0, CODE_PART) +
      String(seat)
    );
  }

  /** Returns the session id of a short link's code; null if it is malformed. */
  sessionOf(code: string): string | null {
    if (!CODE.test(code)) return null;
    return `sess_${Buffer.from(code.slice(0, CODE_PART), 'base64url').toString('hex')}`;
  }

  /** Returns what a short link identifies; null if the code is not, or no longer, valid for this session. */
  invitedByCode(session: Session, code: string, purpose: LinkPurpose = 'visit'): Invited | null {
    if (!CODE.test(code)) return null;
    const seat = Number(code.slice(2 * CODE_PART));
    const given = Buffer.from(code);
    return this.#signatures.all(...partsOf(session, { seat, feedId: null }, purpose)).some((signature) => {
      const id = code.slice(0, CODE_PART);
      const expected = Buffer.from(id + signature.slice(0, CODE_PART) + String(seat));
      return expected.length === given.length && timingSafeEqual(expected, given);
    })
      ? { seat, feedId: null }
      : null;
  }

  /** Returns what an invitation identifies; null if it is not, or no longer, valid for this session. */
  invited(session: Session, invitation: string): Invited | null {
    const [, seat, feedId = null, signature] =
      /^(0|[1-9]\d{0,3})\.(?:([\w-]{1,64})\.)?([\w-]+)$/.exec(invitation) ?? [];
    if (seat === undefined) return null;
    const invited = { seat: Number(seat), feedId };
    return this.#signatures.verify(signature, ...partsOf(session, invited)) ? invited : null;
  }
}

/** Links of e-mails are signed without the first version, as earlier releases did. */
function partsOf(
  { sessionId, seats }: Session,
  { seat, feedId }: Invited,
  purpose: LinkPurpose = 'visit',
): string[] {
  const { linkVersion: version = 0, userId = '' } = seats[seat] ?? {};
  if (purpose === 'messages') return ['messages', sessionId, String(seat), String(version)];
  // An erased person has another id, so that links of their feed are void.
  if (feedId !== null)
    return ['calendar-invitation', sessionId, String(seat), String(version), userId, feedId];
  return ['invitation', sessionId, String(seat), ...(version === 0 ? [] : [String(version)])];
}

function signature(key: Buffer, what: readonly string[]): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(what)).digest();
}
