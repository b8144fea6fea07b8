import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { randomIds } from '../domain/ids.ts';
import { newSeat } from '../domain/session.ts';
import { JoinTokens } from './join-token.ts';

const SECRET = 'a-secret-of-more-than-thirty-two-characters';
const NOW = Date.UTC(2026, 0, 5, 9);
const seat = newSeat({ userId: 'patient-7', role: 'patient', displayName: null, email: null });

function clockAt(ms: number): Clock {
  return { now: () => ms, after: () => () => undefined };
}

const tokensAt = (ms: number, secrets: [string, ...string[]] = [SECRET]) =>
  new JoinTokens(secrets, clockAt(ms), randomIds);
const tokens = tokensAt(NOW);
const { token } = tokens.issue('sess_1', seat);
const parts = jwt.decode(token, { complete: true })!;
const payload = parts.payload as jwt.JwtPayload;
const { kid } = parts.header as { kid: string };

function forged(
  changes: object,
  options: { secret?: string; algorithm?: jwt.Algorithm; kid?: string } = {},
): string {
  const { secret = SECRET, algorithm = 'HS256', kid: keyid = kid } = options;
  return jwt.sign({ ...payload, ...changes }, secret, { algorithm, keyid });
}

/** Returns the token with a changed payload under the original signature. */
function tampered(changes: object): string {
  const [header, , signature] = token.split('.');
  return [
    header,
    Buffer.from(JSON.stringify({ ...payload, ...changes })).toString('base64url'),
    signature,
  ].join('.');
}

describe('JoinTokens.issue', () => {
  it('binds the token to session, seat and role for an hour', () => {
    const claims = tokens.verify(token, 'sess_1');
    expect(claims).toMatchObject({ sub: 'patient-7', sid: 'sess_1', role: 'patient', name: null });
    expect(claims.permissions).toEqual(['publish', 'subscribe']);
    expect(claims.exp - claims.iat).toBe(3600);
  });
});

describe('JoinTokens.verify', () => {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const unsigned = jwt.sign(payload, '', { algorithm: 'none', keyid: kid });

  it.each([
    ['no token', undefined, 'token_missing'],
    ['an empty token', '', 'token_missing'],
    ['a text that is not a JWT', 'hello', 'token_malformed'],
    ['another algorithm', forged({}, { algorithm: 'HS512' }), 'token_algorithm'],
    [
      'an asymmetric algorithm',
      forged({}, { algorithm: 'RS256', secret: rsa.privateKey }),
      'token_algorithm',
    ],
    ['the algorithm "none"', unsigned, 'token_algorithm'],
    ['another secret', forged({}, { secret: 'b'.repeat(40) }), 'token_signature'],
    ['an unknown key', forged({}, { kid: 'unknown' }), 'token_signature'],
    ['a role changed in the payload', tampered({ role: 'doctor' }), 'token_signature'],
    ['permissions changed in the payload', tampered({ permissions: ['moderate'] }), 'token_signature'],
    ['a time in the past', forged({ exp: NOW / 1000 - 1 }), 'token_expired'],
    ['a time in the future', forged({ nbf: NOW / 1000 + 60 }), 'token_not_yet_valid'],
    ['another issuer', forged({ iss: 'somebody' }), 'token_issuer'],
    ['another audience', forged({ aud: 'somebody' }), 'token_audience'],
    ['another session', forged({ sid: 'sess_2' }), 'token_wrong_session'],
    ['no session', forged({ sid: undefined }), 'token_malformed'],
    ['an unknown role', forged({ role: 'emperor' }), 'token_malformed'],
  ])('rejects %s', (_, given, code) => {
    expect(() => tokens.verify(given, 'sess_1')).toThrow(expect.objectContaining({ code }));
  });

  it('rejects its own token an hour later', () => {
    expect(() => tokensAt(NOW + 3_600_000).verify(token, 'sess_1')).toThrow(
      expect.objectContaining({ code: 'token_expired' }),
    );
  });

  it('accepts a token signed with the previous secret after a rotation', () => {
    expect(tokensAt(NOW, ['c'.repeat(40), SECRET]).verify(token, 'sess_1').sub).toBe('patient-7');
  });

  it('accepts a token from a server whose clock is slightly ahead', () => {
    expect(tokensAt(NOW - 5000).verify(token, 'sess_1').sub).toBe('patient-7');
  });
});
