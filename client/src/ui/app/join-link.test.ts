import { describe, expect, it } from 'vitest';
import { parseJoinLink } from './join-link.ts';

describe('parseJoinLink', () => {
  it('returns session, token, and an address without the token', () => {
    expect(parseJoinLink('https://v.example/join/sess_abc12345?token=a.b.c')).toEqual({
      sessionId: 'sess_abc12345',
      token: 'a.b.c',
      baseUrl: 'https://v.example',
      cleanPath: '/join/sess_abc12345',
    });
  });

  it.each([
    'https://v.example/join/sess_1',
    'https://v.example/join/sess_1/',
    'https://v.example/join/sess_1?token=',
  ])('returns no token for %s', (address) =>
    expect(parseJoinLink(address)).toMatchObject({ sessionId: 'sess_1', token: null }),
  );

  it('drops other parameters from the address', () => {
    expect(parseJoinLink('https://v.example/join/sess_1?token=a&x=1#token=b')?.cleanPath).toBe(
      '/join/sess_1',
    );
  });

  it('returns the path of the server', () => {
    expect(parseJoinLink('https://v.example/a/join/join/sess_1?token=x')).toMatchObject({
      sessionId: 'sess_1',
      baseUrl: 'https://v.example/a/join',
      cleanPath: '/a/join/join/sess_1',
    });
  });

  it.each([
    'https://v.example/',
    'https://v.example/join/',
    'https://v.example/join/a/b',
    'https://v.example/join/%E0%A4%A',
  ])('returns null for %s', (address) => expect(parseJoinLink(address)).toBeNull());
});
