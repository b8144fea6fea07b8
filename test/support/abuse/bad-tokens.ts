import type { ErrorCode } from '@televisit/shared/errors';
import jwt from 'jsonwebtoken';
import { TOKEN_SECRET } from '../infra/settings.ts';

/** A token that must not open anything, and the error that tells why. */
export interface BadToken {
  readonly name: string;
  readonly make: () => string;
  readonly code: ErrorCode;
}

const seconds = () => Math.floor(Date.now() / 1000);

/** Returns a valid token with other claims, another algorithm or another secret. */
export function forgedToken(
  token: string,
  changes: object,
  algorithm: jwt.Algorithm = 'HS256',
  secret = TOKEN_SECRET,
): string {
  const { header, payload } = jwt.decode(token, { complete: true })!;
  return jwt.sign({ ...(payload as object), ...changes }, secret, { algorithm, keyid: header.kid! });
}

/** Returns every kind of bad token that can be made of a valid one. */
export function badTokens(valid: () => string): BadToken[] {
  const forged = (...changes: [object, jwt.Algorithm?, string?]) => forgedToken(valid(), ...changes);
  const bad = (name: string, make: () => string, code: ErrorCode): BadToken => ({ name, make, code });
  return [
    bad('another algorithm', () => forged({}, 'HS384'), 'token_algorithm'),
    bad('the algorithm "none"', () => forged({}, 'none', ''), 'token_algorithm'),
    bad('another secret', () => forged({}, 'HS256', 'x'.repeat(40)), 'token_signature'),
    bad('a time that has passed', () => forged({ exp: seconds() - 5 }), 'token_expired'),
    bad('a time that has not come', () => forged({ nbf: seconds() + 60 }), 'token_not_yet_valid'),
    bad('another session', () => forged({ sid: 'sess_another0' }), 'token_wrong_session'),
    bad('another audience', () => forged({ aud: 'elsewhere' }), 'token_audience'),
    bad('another issuer', () => forged({ iss: 'elsewhere' }), 'token_issuer'),
    bad('a role changed in the payload', () => withRole(valid(), 'doctor'), 'token_signature'),
    bad('no token at all', () => '', 'token_missing'),
    bad('a text that is no token', () => 'hello', 'token_malformed'),
    bad('its signature cut off', () => valid().slice(0, valid().lastIndexOf('.') + 1), 'token_signature'),
    bad('half of its signature', () => valid().slice(0, -20), 'token_signature'),
  ];
}

function withRole(token: string, role: string): string {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
  return [header, Buffer.from(JSON.stringify({ ...claims, role })).toString('base64url'), signature].join(
    '.',
  );
}
