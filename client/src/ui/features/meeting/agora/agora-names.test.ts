import { describe, expect, it } from 'vitest';
import { AGORA_START, type AgoraState } from './agora-channel.ts';
import { accountsMoved, namesOf } from './agora-names.ts';

const person = (userId: string, displayName: string | null) =>
  ({ userId, role: 'patient', displayName, present: true, hasLeft: false }) as const;
const inside = (...accounts: string[]): AgoraState => ({
  ...AGORA_START,
  phase: 'joined',
  others: accounts.map((account) => ({ account, audio: null, video: null })),
});

describe('namesOf', () => {
  const names = namesOf([person('p-1', 'Ana Pérez'), person('p-2', null)]);

  it('knows people by their user id', () => {
    expect(names('p-1')).toBe('Ana Pérez');
  });

  it('names people without a name by their role', () => {
    expect(names('p-2')).toBe('Patient');
  });

  it('knows people by the account that stands for a user id which Agora does not accept', () => {
    const zoe = { ...person('Zoë', 'Zoë Lang'), account: '~seat-9f2c' };
    expect(namesOf([zoe])('~seat-9f2c')).toBe('Zoë Lang');
  });

  it('shows no account of a stranger', () => {
    expect(names('~seat-41aa')).toBe('Participant');
  });
});

describe('accountsMoved', () => {
  it('returns who came and who left', () => {
    expect(accountsMoved(inside('a', 'b'), inside('b', 'c'))).toEqual({ came: ['c'], left: ['a'] });
  });

  it('returns no changes on entering or while reconnecting', () => {
    expect(accountsMoved(AGORA_START, inside('a'))).toEqual({ came: [], left: [] });
    expect(accountsMoved(inside('a'), { ...inside(), phase: 'reconnecting' })).toEqual({
      came: [],
      left: [],
    });
  });
});
