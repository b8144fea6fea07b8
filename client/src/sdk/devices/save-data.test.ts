import { describe, expect, it } from 'vitest';
import { FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';
import { SaveData } from './save-data.ts';

describe('SaveData', () => {
  it('keep() is remembered for the next visit until it is revoked', () => {
    const storage = new FakeStorage();
    expect(new SaveData(storage).on).toBe(false);
    new SaveData(storage).keep(true);
    expect(new SaveData(storage).on).toBe(true);
    new SaveData(storage).keep(false);
    expect(new SaveData(storage).on).toBe(false);
  });

  it.each([null, FORBIDDEN_STORAGE])('keep() does not throw without storage', (storage) => {
    const saveData = new SaveData(storage);
    saveData.keep(true);
    expect(saveData.on).toBe(false);
  });
});
