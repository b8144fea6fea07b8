import { describe, expect, it } from 'vitest';
import { skew } from './services.ts';
import { turnAddressOf } from './turn.ts';

describe('turnAddressOf()', () => {
  it.each([
    ['turn:turn.example.org', 'turn.example.org', 3478, 'udp'],
    ['turns:turn.example.org', 'turn.example.org', 5349, 'tls'],
    ['turns:turn.example.org:443?transport=tcp', 'turn.example.org', 443, 'tls'],
    ['TURN:192.0.2.7:80?transport=TCP', '192.0.2.7', 80, 'tcp'],
    ['turn:[2001:db8::7]:3479?transport=udp', '2001:db8::7', 3479, 'udp'],
  ])('%s', (url, host, port, transport) => {
    expect(turnAddressOf(url)).toEqual({ host, port, transport });
  });
});

describe('skew()', () => {
  it('accepts an answer that can have been given while it was on the way', () => {
    expect(skew(15_000, 10_000, 20_000)).toBe('agrees within 2 s');
    expect(skew(8_500, 10_000, 20_000)).toBe('agrees within 2 s');
  });

  it('fails for a clock that cannot be right, and says by how much', () => {
    expect(() => skew(100_000, 10_000, 20_000)).toThrow('is 80 s ahead of this machine');
    expect(() => skew(0, 10_000, 20_000)).toThrow('is 10 s behind this machine');
  });
});
