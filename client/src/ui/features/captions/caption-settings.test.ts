import { describe, expect, it } from 'vitest';
import { FakeStorage, FORBIDDEN_STORAGE } from '../../testing/fakes.ts';
import { DEFAULT_SETTINGS, readSettings, storeSettings } from './caption-settings.ts';

describe('readSettings', () => {
  it('returns what was stored', () => {
    const store = new FakeStorage();
    const settings = {
      on: true,
      translated: true,
      size: 200,
      colors: 'yellow-on-black',
      position: 'top',
    } as const;
    storeSettings(store, settings);
    expect(readSettings(store)).toEqual(settings);
  });

  it('returns defaults for what is missing, unknown or unreadable', () => {
    const store = new FakeStorage();
    expect(readSettings(store)).toEqual(DEFAULT_SETTINGS);
    store.setItem('televisit.captions', '{"size":900,"colors":"pink","position":3,"on":"yes"}');
    expect(readSettings(store)).toEqual(DEFAULT_SETTINGS);
    store.setItem('televisit.captions', '{');
    expect(readSettings(store)).toEqual(DEFAULT_SETTINGS);
    store.setItem('televisit.captions', 'null');
    expect(readSettings(store)).toEqual(DEFAULT_SETTINGS);
    expect(readSettings(FORBIDDEN_STORAGE)).toEqual(DEFAULT_SETTINGS);
    expect(readSettings(null)).toEqual(DEFAULT_SETTINGS);
    expect(() => storeSettings(FORBIDDEN_STORAGE, DEFAULT_SETTINGS)).not.toThrow();
  });
});
