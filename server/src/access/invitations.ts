import type { Session } from '../domain/session.ts';
import type { LinkSignatures } from './link-signature.ts';

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
