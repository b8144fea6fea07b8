import { describe, expect, it } from 'vitest';
import { FakeStorage, FORBIDDEN_STORAGE } from './testing/fakes.ts';
import { TokenStore } from './token-store.ts';

describe('TokenStore', () => {
  it('get() after a reload of the tab returns the token that set() kept', () => {
    const storage = new FakeStorage();
    new TokenStore('sess_1', storage).set('abc');
    expect(new TokenStore('sess_1', storage).get()).toBe('abc');
  });

  it('get() for another session returns null', () => {
    const storage = new FakeStorage();
    new TokenStore('sess_1', storage).set('abc');
    expect(new TokenStore('sess_2', storage).get()).toBeNull();
  });

  it('set() a second time replaces the token in memory and in the storage', () => {
    const storage = new FakeStorage();
    const store = new TokenStore('sess_1', storage);
    store.set('old');
    store.set('new');
    expect(store.get()).toBe('new');
    expect([...storage.entries.values()]).toEqual(['new']);
  });

  it('clear() forgets the token everywhere', () => {
    const storage = new FakeStorage();
    const store = new TokenStore('sess_1', storage);
    store.set('abc');
    store.clear();
    expect(store.get()).toBeNull();
    expect(storage.entries.size).toBe(0);
  });

  it.each([
    ['none', null],
    ['one that throws', FORBIDDEN_STORAGE],
  ])('with storage: %s, the token lives in memory', (_name, storage) => {
    const store = new TokenStore('sess_1', storage);
    expect(store.get()).toBeNull();
    store.set('abc');
    expect(store.get()).toBe('abc');
    store.clear();
    expect(store.get()).toBeNull();
  });
});
