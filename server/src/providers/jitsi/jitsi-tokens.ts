import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { MeetingPerson, MeetingPlan } from '../meeting-provider.ts';
import type { JitsiSettings } from './jitsi-settings.ts';
import { featureClaims, userClaims, validity } from './meet-link.ts';

/** How long a token for one request is valid, in seconds. */
const REQUEST_SECONDS = 60;

/** Returns the token by which a person enters a room (Jitsi, lib-jitsi-meet doc/tokens.md). */
export function jitsiToken(
  settings: JitsiSettings,
  room: string,
  plan: MeetingPlan,
  person: MeetingPerson,
  now: number,
): string {
  const user = { ...userClaims(person), affiliation: person.isHost ? 'owner' : 'member' };
  return signed(settings, {
    ...about(settings, room),
    ...validity(plan, now),
    context: { user, features: featureClaims(person) },
  });
}

/** Returns a token for a request about a room to the Jitsi server. */
export function requestToken(settings: JitsiSettings, room: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  return signed(settings, {
    ...about(settings, room),
    iat: seconds,
    nbf: seconds - REQUEST_SECONDS,
    exp: seconds + REQUEST_SECONDS,
  });
}

/** Returns the key set that Prosody's `cache_keys_url` reads (RFC 7517); empty if tokens are signed by a shared secret. */
export function jwksOf({ signer }: JitsiSettings): { readonly keys: readonly JsonWebKey[] } {
  if (signer.algorithm === 'HS256') return { keys: [] };
  const { kty, n, e } = publicKey(signer.key).export({ format: 'jwk' });
  return { keys: [{ kty, n, e, kid: signer.keyId, use: 'sig', alg: 'RS256' }] as JsonWebKey[] };
}

/**
 * Returns the public key under a name as Prosody's `asap_key_server` asks for it.
 * @param name the hexadecimal SHA-256 of the key's id, and `.pem`
 * @returns null if there is no such key
 */
export function pemOf({ signer }: JitsiSettings, name: string): string | null {
  if (signer.algorithm === 'HS256') return null;
  const known = `${createHash('sha256').update(signer.keyId).digest('hex')}.pem`;
  return name === known ? publicKey(signer.key).export({ type: 'spki', format: 'pem' }).toString() : null;
}

/** Prosody takes the audience as a string only, and fails without subject or room. */
function about({ appId, audience, subject }: JitsiSettings, room: string) {
  return { aud: audience, iss: appId, sub: subject, room };
}

function signed({ signer }: JitsiSettings, claims: object): string {
  if (signer.algorithm === 'HS256') return jwt.sign(claims, signer.secret, { algorithm: 'HS256' });
  return jwt.sign(claims, signer.key, { algorithm: 'RS256', keyid: signer.keyId });
}

function publicKey(key: KeyObject): KeyObject {
  return createPublicKey(key);
}
