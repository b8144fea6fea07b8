import { describe, expect, it } from 'vitest';
import { initialsOf, nameOf } from './names.ts';

describe('nameOf', () => {
  it('returns the name, or the role of a person without a name', () => {
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
  ])('turns “%s” into “%s”', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});
