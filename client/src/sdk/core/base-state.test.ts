import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '../state/visit-state.ts';
import { can, noticed } from './base-state.ts';

const inCall = { ...INITIAL_STATE, phase: 'joined' as const };

describe('noticed()', () => {
  it('gives each notice its own number, so that the same notice shows twice', () => {
    const once = noticed(inCall, 'muted', 'Dr. Okafor');
    expect(once.notice).toEqual({ id: 1, kind: 'muted', by: 'Dr. Okafor' });
    expect(noticed(once, 'muted').notice).toEqual({ id: 2, kind: 'muted', by: null });
  });
});

describe('can()', () => {
  it('returns whether a participant has the permission', () => {
    expect(can({ permissions: ['publish'] }, 'publish')).toBe(true);
    expect(can({ permissions: ['publish'] }, 'moderate')).toBe(false);
  });

  it('returns false before the participant is known', () => {
    expect(can(null, 'publish')).toBe(false);
  });
});
