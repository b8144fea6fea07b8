import { inflateSync } from 'node:zlib';
import { RtcRole, RtcTokenBuilder } from 'agora-token';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agoraToken, type AgoraGrant } from './agora-token.ts';
import { readToken } from './testing/read-token.ts';

const CERTIFICATE = '5cfd2fd1755d40ecb72977518be15d3b';
const GRANT: AgoraGrant = {
  appId: '970ca35de60c44645bbae8a215061b33',
  certificate: CERTIFICATE,
  channel: 'visit_7Kq',
  account: 'dr-1',
  canPublish: true,
  issuedAt: 1_770_000_000,
  expiresAt: 1_770_003_600,
};
const ALLOWED = 'abcXYZ019 !#$%&()+-:;<=.>?@[]^_{}|~,'.split('');

describe('agoraToken', () => {
  it('is read by the code of Agora', () => {
    expect(readToken(agoraToken(GRANT, 42), CERTIFICATE)).toEqual({
      appId: GRANT.appId,
      issuedAt: GRANT.issuedAt,
      expire: 3600,
      salt: 42,
      channel: 'visit_7Kq',
      account: 'dr-1',
      privileges: { 1: 3600, 2: 3600, 3: 3600, 4: 3600 },
    });
  });

  it('lets a person who may not publish join only', () => {
    const token = readToken(agoraToken({ ...GRANT, canPublish: false }), CERTIFICATE);
    expect(token?.privileges).toEqual({ 1: 3600 });
  });

  it('is signed with the certificate', () => {
    expect(readToken(agoraToken(GRANT), CERTIFICATE.replace('5', '6'))).toBeNull();
  });

  it('has another salt each time', () => {
    const salts = [0, 1].map(() => readToken(agoraToken(GRANT), CERTIFICATE)?.salt);
    expect(salts[0]).not.toBe(salts[1]);
  });

  it('has the very bytes of a token that Agora’s code builds from the same fields', () => {
    const { appId, channel, account } = GRANT;
    const theirs = RtcTokenBuilder.buildTokenWithUserAccount(
      appId,
      CERTIFICATE,
      channel,
      account,
      RtcRole.PUBLISHER,
      3600,
      3600,
    );
    const read = readToken(theirs, CERTIFICATE);
    if (!read) throw new Error('Agora cannot read its own token.');
    // It takes fractions of seconds, and writes whole ones.
    const issuedAt = read.issuedAt;
    const ours = agoraToken({ ...GRANT, issuedAt, expiresAt: issuedAt + 3600 }, read.salt);
    const bytesOf = (token: string) => inflateSync(Buffer.from(token.slice(3), 'base64')).toString('hex');
    expect(ours.slice(0, 3)).toBe('007');
    expect(bytesOf(ours)).toBe(bytesOf(theirs));
  });

  it('is read by the code of Agora for every channel, account and time', () => {
    const name = (maxLength: number) =>
      fc.string({ unit: fc.constantFrom(...ALLOWED), minLength: 1, maxLength });
    fc.assert(
      fc.property(
        name(63),
        name(255),
        fc.boolean(),
        fc.integer({ min: 1, max: 4_000_000_000 }),
        fc.integer({ min: 1, max: 86_400 }),
        (channel, account, canPublish, issuedAt, seconds) => {
          const grant = { ...GRANT, channel, account, canPublish, issuedAt, expiresAt: issuedAt + seconds };
          const read = readToken(agoraToken(grant), CERTIFICATE);
          expect(read).toMatchObject({ channel, account, issuedAt, expire: seconds });
          expect(Object.keys(read?.privileges ?? {})).toHaveLength(canPublish ? 4 : 1);
        },
      ),
    );
  });
});
