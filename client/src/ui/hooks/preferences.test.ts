import { describe, expect, it } from 'vitest';
import { FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';
import { DEFAULT_PREFERENCES, storePreferences, readPreferences } from './preferences.ts';

describe('readPreferences', () => {
  it('returns stored preferences', () => {
    const store = new FakeStorage();
    const mine = {
      ...DEFAULT_PREFERENCES,
      layout: 'speaker',
      sounds: false,
      corner: { block: 'start', inline: 'end' },
    } as const;
    storePreferences(store, mine);
    expect(readPreferences(store)).toEqual(mine);
  });

  it('returns the defaults if nothing is stored or the browser forbids storage', () => {
    expect(readPreferences(new FakeStorage())).toEqual(DEFAULT_PREFERENCES);
    expect(readPreferences(null)).toEqual(DEFAULT_PREFERENCES);
    expect(readPreferences(FORBIDDEN_STORAGE)).toEqual(DEFAULT_PREFERENCES);
    expect(() => storePreferences(FORBIDDEN_STORAGE, DEFAULT_PREFERENCES)).not.toThrow();
  });

  it.each(['not json', '3', 'null', '{"layout":"tower","corner":{"block":"up"},"sounds":"yes","extra":1}'])(
    'ignores malformed stored preferences: %s',
    (kept) => {
      const store = new FakeStorage();
      store.setItem('televisit.call', kept);
      expect(readPreferences(store)).toEqual(DEFAULT_PREFERENCES);
    },
  );
});
