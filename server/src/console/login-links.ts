import { randomBytes } from 'node:crypto';
import type { LinkSignatures } from '../access/link-signature.ts';

/** How long a login link is valid, in milliseconds. */
export const LOGIN_LINK_MS = 5 * 60_000;

/** A login link whose signature is right. */
export interface LoginLink {
  readonly linkId: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/**
 * Signs the codes of one-time login links, `<expiry>.<id>.<signature>`. Any process that knows the secret of join tokens can issue
 * one, without the server or its store; the server remembers which were used.
 */
export class LoginLinks {
  readonly #signatures: LinkSignatures;

  constructor(signatures: LinkSignatures) {
    this.#signatures = signatures;
  }

  issue(now: number): string {
    const expiresAt = String(now + LOGIN_LINK_MS);
    const linkId = randomBytes(16).toString('base64url');
    return [expiresAt, linkId, this.#signatures.sign('console-login', expiresAt, linkId)].join('.');
  }

  /** Returns the link of a code; null if it was not issued here, or has expired. */
  check(code: string, now: number): LoginLink | null {
    const [, expiresAt, linkId, signature] = /^(\d{1,15})\.([\w-]{22})\.([\w-]{43})$/.exec(code) ?? [];
    if (expiresAt === undefined || linkId === undefined) return null;
    if (!this.#signatures.verify(signature, 'console-login', expiresAt, linkId)) return null;
    return Number(expiresAt) > now ? { linkId, expiresAt: Number(expiresAt) } : null;
  }
}
