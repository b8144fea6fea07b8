import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { iceServers } from './turn-credentials.ts';

const TURN = { urls: ['turn:t:3478'], secret: 'north' };

function credentialsOf(userId: string, sessionId = 'sess_1') {
  const [server] = iceServers(TURN, { sessionId, userId }, 1_000_000);
  return { urls: server?.urls, username: server?.username ?? '', credential: server?.credential };
}

describe('iceServers', () => {
  it('returns an empty list without TURN', () =>
    expect(iceServers(null, { sessionId: 'sess_1', userId: 'doctor' }, 0)).toEqual([]));

  it('returns the credentials that coturn computes from the same secret', () => {
    const { urls, username, credential } = credentialsOf('doctor');
    expect(urls).toEqual(['turn:t:3478']);
    expect(username).toMatch(/^22600:[\da-f]{24}$/);
    expect(credential).toBe(createHmac('sha1', 'north').update(username).digest('base64'));
  });

  it('returns a user name for each participant, because TURN servers count their quota for each name', () => {
    const names = [
      credentialsOf('doctor').username,
      credentialsOf('patient').username,
      credentialsOf('doctor', 'sess_2').username,
    ];
    expect(new Set(names).size).toBe(3);
    expect(credentialsOf('doctor').username).toBe(names[0]);
    expect(names.join()).not.toMatch(/doctor|patient|sess/);
  });
});
