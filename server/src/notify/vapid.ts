import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** The identity of this server at push services (RFC 8292): a key pair of P-256 in base64url, and a contact. */
export interface VapidIdentity {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`. */
  readonly subject: string;
}

/** How long a token is valid, in seconds; at most 24 hours (RFC 8292, 2). */
const TOKEN_SECONDS = 12 * 60 * 60;

/** Makes the `Authorization` header for requests to a push service. */
export class VapidSigner {
  readonly #identity: VapidIdentity;
  readonly #key: KeyObject;

  /** @throws {Error} if the private key is not one of P-256 */
  constructor(identity: VapidIdentity) {
    const point = Buffer.from(identity.publicKey, 'base64url');
    this.#identity = identity;
    this.#key = createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
        d: identity.privateKey,
      },
    });
  }

  /** @param endpoint the URL of the subscription, whose origin the token is for */
  authorization(endpoint: URL, now: number): string {
    const { publicKey, subject } = this.#identity;
    const exp = Math.floor(now / 1000) + TOKEN_SECONDS;
    const token = jwt.sign({ aud: endpoint.origin, exp, sub: subject }, this.#key, {
      algorithm: 'ES256',
      noTimestamp: true,
    });
    return `vapid t=${token}, k=${publicKey}`;
  }
}

/** Returns the public key of a private one; null if that is not a key of P-256 in base64url. */
export function publicKeyOf(privateKey: string): string | null {
  if (!/^[\w-]{43}$/.test(privateKey)) return null;
  try {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
    return pair.getPublicKey().toString('base64url');
  } catch {
    return null;
  }
}
