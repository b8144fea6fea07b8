import { describe, expect, it } from 'vitest';
import { handOrder, raisedHands } from './index.tsx';

const people = [
  { userId: 'ana', handRaisedAt: '2026-01-01T10:05:00.000Z' },
  { userId: 'ben', handRaisedAt: null },
  { userId: 'eva', handRaisedAt: '2026-01-01T10:02:00.000Z' },
];

describe('raisedHands', () => {
  it('returns raised hands in the order in which they were raised', () => {
    expect(raisedHands(people).map(({ userId }) => userId)).toEqual(['eva', 'ana']);
  });
});

describe('handOrder', () => {
  it('counts from 1, and returns null while the hand is down', () => {
    expect(handOrder(people, 'eva')).toBe(1);
    expect(handOrder(people, 'ana')).toBe(2);
    expect(handOrder(people, 'ben')).toBeNull();
    expect(handOrder(people, 'gone')).toBeNull();
  });
});
