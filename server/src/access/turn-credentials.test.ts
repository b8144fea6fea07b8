import { describe, expect, it } from 'vitest';
import { iceServers } from './turn-credentials.ts';

describe('iceServers', () => {
  it('returns an empty list without TURN', () => expect(iceServers(null, 'sess_1', 0)).toEqual([]));

  it('returns the credentials that coturn computes from the same secret', () => {
    const [server] = iceServers({ urls: ['turn:t:3478'], secret: 'north' }, 'sess_1', 1_000_000);
    // printf '22600:sess_1' | openssl dgst -sha1 -hmac north -binary | base64
    expect(server).toEqual({
      urls: ['turn:t:3478'],
      username: '22600:sess_1',
      credential: 'kBNR19WDtSRuMHzxJ9kmbQqe5hA=',
    });
  });
});
