import { describe, expect, it, vi } from 'vitest';
import { INITIAL_STATE } from './visit-state.ts';
import { VisitStore } from './visit-store.ts';

describe('VisitStore', () => {
  it('update() with fields or a transition replaces the state and tells everybody', () => {
    const store = new VisitStore(INITIAL_STATE);
    const heard = vi.fn();
    store.subscribe(heard);
    store.update({ phase: 'ready' });
    store.update((state) => ({ ...state, startedAt: 7 }));
    expect(store.state).toMatchObject({ phase: 'ready', startedAt: 7 });
    expect(heard).toHaveBeenCalledTimes(2);
    expect(INITIAL_STATE.phase).toBe('loading');
  });

  it('update() with a transition that changes nothing tells nobody', () => {
    const store = new VisitStore(INITIAL_STATE);
    const heard = vi.fn();
    store.subscribe(heard);
    store.update((state) => state);
    expect(heard).not.toHaveBeenCalled();
  });

  it('subscribe() returns what ends it, and close() ends everything', () => {
    const store = new VisitStore(INITIAL_STATE);
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
