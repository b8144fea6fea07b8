import type { LinkSignatures } from './link-signature.ts';

/**
 * Invitations: the last part of a mailed link, good for one seat of one session for as long as that is there. A join token
 * lives an hour, so whoever opens the link is given a fresh one. `<seat>.<signature>`, signed as calendar feeds are.
 */
export class Invitations {
  readonly #signatures: LinkSignatures;

  constructor(signatures: LinkSignatures) {
    this.#signatures = signatures;
  }

  issue(sessionId: string, seat: number): string {
    return `${seat}.${this.#signatures.sign('invitation', sessionId, String(seat))}`;
  }

  /** The place of the seat that an invitation is for; null where it is none of ours for this session. */
  seatOf(sessionId: string, invitation: string): number | null {
    const [, seat, signature] = /^(0|[1-9]\d{0,3})\.([\w-]+)$/.exec(invitation) ?? [];
    if (seat === undefined) return null;
    return this.#signatures.verify(signature, 'invitation', sessionId, seat) ? Number(seat) : null;
  }
}
