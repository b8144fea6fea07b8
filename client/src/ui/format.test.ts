import { describe, expect, it } from 'vitest';
import { elapsed, initialsOf, nameOf } from './format.ts';

describe('elapsed', () => {
  it.each([
    [0, '0:00'],
    [9_999, '0:09'],
    [65_000, '1:05'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [36_061_000, '10:01:01'],
  ])('after %i ms is %s', (milliseconds, shown) => {
    expect(elapsed(1_000, 1_000 + milliseconds)).toBe(shown);
  });

  it('of a start that lies ahead, by clocks that differ, is 0:00', () => {
    expect(elapsed(5_000, 1_000)).toBe('0:00');
  });
});

describe('nameOf', () => {
  it('is the name, or the role where there is none', () => {
    expect(nameOf({ displayName: 'Ana Ruiz', role: 'patient' })).toBe('Ana Ruiz');
    expect(nameOf({ displayName: null, role: 'patient' })).toBe('Patient');
  });
});

describe('initialsOf', () => {
  it.each([
    ['Doctor', 'D'],
    ['Ana Ruiz', 'AR'],
    ['dr. Ana María de la Cruz', 'DC'],
    ['李 小龙', '李小'],
    ['  ', ''],
    ['42', ''],
  ])('of “%s” is “%s”', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});
