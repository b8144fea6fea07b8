import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../core/store.ts';
import { INITIAL_STATE } from '../../state/visit-state.ts';
import { REACTION_MS, Reactions } from './reactions.ts';

describe('Reactions', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('show() shows each reaction for five seconds, also two of a kind', () => {
    const store = new Store(INITIAL_STATE);
    const reactions = new Reactions(store);
    reactions.show({ userId: 'pat1', reaction: 'heart' });
    vi.advanceTimersByTime(2_000);
    reactions.show({ userId: 'pat1', reaction: 'heart' });
    const [first, second] = store.state.reactions;
    expect(first).toMatchObject({ userId: 'pat1', reaction: 'heart' });
    expect(first?.id).not.toBe(second?.id);
    vi.advanceTimersByTime(REACTION_MS - 2_000);
    expect(store.state.reactions).toEqual([second]);
    vi.advanceTimersByTime(2_000);
    expect(store.state.reactions).toEqual([]);
  });

  it('stop() leaves no timer', () => {
    const reactions = new Reactions(new Store(INITIAL_STATE));
    reactions.show({ userId: 'pat1', reaction: 'clap' });
    reactions.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
