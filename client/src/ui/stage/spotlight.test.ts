import { describe, expect, it } from 'vitest';
import { NO_SPOTLIGHT, spotlight, SPEAKER_MS } from './spotlight.ts';

const others = ['ana', 'ben'];

describe('spotlight', () => {
  it('shows the speaker at once if no participant is shown yet, else the first participant', () => {
    expect(spotlight(NO_SPOTLIGHT, 'ben', others, 0).shown).toBe('ben');
    expect(spotlight(NO_SPOTLIGHT, null, others, 0).shown).toBe('ana');
    expect(spotlight(NO_SPOTLIGHT, null, [], 0).shown).toBeNull();
  });

  it('stays until another participant has spoken for two seconds', () => {
    const first = spotlight(NO_SPOTLIGHT, 'ana', others, 0);
    const second = spotlight(first, 'ben', others, 1000);
    expect(second.shown).toBe('ana');
    expect(spotlight(second, 'ben', others, 1000 + SPEAKER_MS - 1).shown).toBe('ana');
    expect(spotlight(second, 'ben', others, 1000 + SPEAKER_MS).shown).toBe('ben');
  });

  it('restarts the two seconds if the shown participant speaks in between', () => {
    let light = spotlight(NO_SPOTLIGHT, 'ana', others, 0);
    light = spotlight(light, 'ben', others, 1000);
    light = spotlight(light, 'ana', others, 2000);
    light = spotlight(light, 'ben', others, 2500);
    expect(spotlight(light, 'ben', others, 3500).shown).toBe('ana');
  });

  it('never shows this person', () => {
    const light = spotlight(NO_SPOTLIGHT, 'ana', others, 0);
    expect(spotlight(light, 'me', others, 9000)).toBe(light);
  });

  it('changes at once when the shown participant has left', () => {
    const light = spotlight(NO_SPOTLIGHT, 'ana', others, 0);
    expect(spotlight(light, null, ['ben'], 10).shown).toBe('ben');
  });
});
