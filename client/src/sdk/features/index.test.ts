import { FEATURES } from '@televisit/shared/features/index';
import { describe, expect, it } from 'vitest';
import { CLIENT_FEATURES, initialSlices } from './index.ts';

const names: readonly string[] = CLIENT_FEATURES.map(({ name }) => name);

describe('CLIENT_FEATURES', () => {
  it('lists every feature of the contract with signaling once', () => {
    const signaling = FEATURES.filter((one) => 'messages' in one || 'events' in one || 'snapshot' in one);
    expect(names).toEqual(expect.arrayContaining(signaling.map(({ name }) => name)));
    expect(new Set(names).size).toBe(names.length);
  });

  it('has no field of the state in two features', () => {
    const fields = CLIENT_FEATURES.flatMap(({ initial }) => Object.keys(initial));
    expect(new Set(fields).size).toBe(fields.length);
    expect(Object.keys(initialSlices()).sort()).toEqual(fields.sort());
  });
});

describe('initialSlices()', () => {
  it('keeps the slices that survive the end of a call out of the reset', () => {
    expect(Object.keys(initialSlices('resetting'))).not.toContain('feedback');
    expect(Object.keys(initialSlices('resetting'))).toContain('chat');
  });
});
