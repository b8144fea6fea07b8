import { describe, expect, it } from 'vitest';
import { DARK, spotlight, SPEAKER_MS } from './spotlight.ts';

const others = ['ana', 'ben'];

describe('spotlight', () => {
  it('falls on the speaker at once where nobody is shown yet, else on the first person', () => {
    expect(spotlight(DARK, 'ben', others, 0).shown).toBe('ben');
    expect(spotlight(DARK, null, others, 0).shown).toBe('ana');
    expect(spotlight(DARK, null, [], 0).shown).toBeNull();
  });

  it('stays until somebody else has spoken for two seconds', () => {
    const first = spotlight(DARK, 'ana', others, 0);
    const second = spotlight(first, 'ben', others, 1000);
    expect(second.shown).toBe('ana');
    expect(spotlight(second, 'ben', others, 1000 + SPEAKER_MS - 1).shown).toBe('ana');
    expect(spotlight(second, 'ben', others, 1000 + SPEAKER_MS).shown).toBe('ben');
  });

  it('starts to count anew where the shown one speaks in between', () => {
    let light = spotlight(DARK, 'ana', others, 0);
    light = spotlight(light, 'ben', others, 1000);
    light = spotlight(light, 'ana', others, 2000);
    light = spotlight(light, 'ben', others, 2500);
    expect(spotlight(light, 'ben', others, 3500).shown).toBe('ana');
  });

  it('never falls on oneself', () => {
    const light = spotlight(DARK, 'ana', others, 0);
    expect(spotlight(light, 'me', others, 9000)).toBe(light);
  });

  it('moves on at once when the shown person has left', () => {
    const light = spotlight(DARK, 'ana', others, 0);
    expect(spotlight(light, null, ['ben'], 10).shown).toBe('ben');
  });
});
