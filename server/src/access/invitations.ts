import type { LinkSignatures } from './link-signature.ts';

/**
 * Issues and checks invitations, the last part of a mailed link: `<seat>.<signature>`, signed as calendar feeds are. An
 * invitation is valid for one seat as long as the session exists; opening the link issues a join token, which lives an hour.
 */
export class Invitations {
  readonly #signatures: LinkSignatures;

  constructor(signatures: LinkSignatures) {
    this.#signatures = signatures;
  }

  issue(sessionId: string, seat: number): string {
    return `${seat}.${this.#signatures.sign('invitation', sessionId, String(seat))}`;
  }

  /** Returns the index of the invited seat; null if the invitation is not valid for this session. */
  seatOf(sessionId: string, invitation: string): number | null {
    const [, seat, signature] = /^(0|[1-9]\d{0,3})\.([\w-]+)$/.exec(invitation) ?? [];
    if (seat === undefined) return null;
    return this.#signatures.verify(signature, 'invitation', sessionId, seat) ? Number(seat) : null;
  }
}
