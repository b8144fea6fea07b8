import { describe, expect, it } from 'vitest';
import { FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';
import { SessionStorageValue } from './session-storage-value.ts';

describe('SessionStorageValue', () => {
  it('get() returns the stored value after a reload of the tab', () => {
    const storage = new FakeStorage();
    new SessionStorageValue('token', 'sess_1', storage).set('abc');
    expect(new SessionStorageValue('token', 'sess_1', storage).get()).toBe('abc');
  });

  it.each([
    ['token', 'sess_2'],
    ['feedback', 'sess_1'],
  ] as const)('get() of the %s of %s returns null where another was kept', (name, sessionId) => {
    const storage = new FakeStorage();
    new SessionStorageValue('token', 'sess_1', storage).set('abc');
    expect(new SessionStorageValue(name, sessionId, storage).get()).toBeNull();
  });

  it('set() a second time replaces the value in memory and in the storage', () => {
    const storage = new FakeStorage();
    const kept = new SessionStorageValue('token', 'sess_1', storage);
    kept.set('old');
    kept.set('new');
    expect(kept.get()).toBe('new');
    expect([...storage.entries.values()]).toEqual(['new']);
  });

  it('clear() forgets the value everywhere', () => {
    const storage = new FakeStorage();
    const kept = new SessionStorageValue('token', 'sess_1', storage);
    kept.set('abc');
    kept.clear();
    expect(kept.get()).toBeNull();
    expect(storage.entries.size).toBe(0);
  });

  it.each([
    ['none', null],
    ['one that throws', FORBIDDEN_STORAGE],
  ])('keeps the value in memory when the storage is %s', (_name, storage) => {
    const kept = new SessionStorageValue('token', 'sess_1', storage);
    expect(kept.get()).toBeNull();
    kept.set('abc');
    expect(kept.get()).toBe('abc');
    kept.clear();
    expect(kept.get()).toBeNull();
  });
});
