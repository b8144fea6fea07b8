import { describe, expect, it, vi } from 'vitest';
import { INITIAL_STATE } from '../state/visit-state.ts';
import { Store } from './store.ts';

describe('Store', () => {
  it('update() replaces the state and calls every listener, with fields or a function', () => {
    const store = new Store(INITIAL_STATE);
    const heard = vi.fn();
    store.subscribe(heard);
    store.update({ phase: 'ready' });
    store.update((state) => ({ ...state, startedAt: 7 }));
    expect(store.state).toMatchObject({ phase: 'ready', startedAt: 7 });
    expect(heard).toHaveBeenCalledTimes(2);
    expect(INITIAL_STATE.phase).toBe('loading');
  });

  it('update() calls no listener when the function returns the same state', () => {
    const store = new Store(INITIAL_STATE);
    const heard = vi.fn();
    store.subscribe(heard);
    store.update((state) => state);
    expect(heard).not.toHaveBeenCalled();
  });

  it('subscribe() returns a function that unsubscribes, and close() ends all updates', () => {
    const store = new Store(INITIAL_STATE);
    const [stopped, closed] = [vi.fn(), vi.fn()];
    store.subscribe(stopped)();
    store.subscribe(closed);
    store.close();
    store.update({ phase: 'ready' });
    expect(stopped).not.toHaveBeenCalled();
    expect(closed).not.toHaveBeenCalled();
    expect(store.state.phase).toBe('loading');
  });
});
