import { describe, expect, it } from 'vitest';
import { SaveData } from './save-data.ts';
import { FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';

describe('SaveData', () => {
  it('keep() is remembered by the next visit, until it is taken back', () => {
    const storage = new FakeStorage();
    expect(new SaveData(storage).on).toBe(false);
    new SaveData(storage).keep(true);
    expect(new SaveData(storage).on).toBe(true);
    new SaveData(storage).keep(false);
    expect(new SaveData(storage).on).toBe(false);
  });

  it.each([null, FORBIDDEN_STORAGE])('keep() without storage is silent', (storage) => {
    const saveData = new SaveData(storage);
    saveData.keep(true);
    expect(saveData.on).toBe(false);
  });
});
