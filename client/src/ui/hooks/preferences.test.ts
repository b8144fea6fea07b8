import { describe, expect, it } from 'vitest';
import { FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';
import { DEFAULT_PREFERENCES, keepPreferences, readPreferences } from './preferences.ts';

describe('preferences', () => {
  it('come back as they were kept', () => {
    const store = new FakeStorage();
    const mine = {
      ...DEFAULT_PREFERENCES,
      layout: 'speaker',
      sounds: false,
      corner: { block: 'start', inline: 'end' },
    } as const;
    keepPreferences(store, mine);
    expect(readPreferences(store)).toEqual(mine);
  });

  it('are the defaults where nothing was kept, or the browser forbids it', () => {
    expect(readPreferences(new FakeStorage())).toEqual(DEFAULT_PREFERENCES);
    expect(readPreferences(null)).toEqual(DEFAULT_PREFERENCES);
    expect(readPreferences(FORBIDDEN_STORAGE)).toEqual(DEFAULT_PREFERENCES);
    expect(() => keepPreferences(FORBIDDEN_STORAGE, DEFAULT_PREFERENCES)).not.toThrow();
  });

  it.each(['not json', '3', 'null', '{"layout":"tower","corner":{"block":"up"},"sounds":"yes","extra":1}'])(
    'ignore what makes no sense: %s',
    (kept) => {
      const store = new FakeStorage();
      store.setItem('televisit.call', kept);
      expect(readPreferences(store)).toEqual(DEFAULT_PREFERENCES);
    },
  );
});
