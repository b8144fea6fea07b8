import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REACTION_MS, Reactions } from './reactions.ts';
import { INITIAL_STATE } from '../../state/visit-state.ts';
import { VisitStore } from '../../state/visit-store.ts';

describe('Reactions', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('show() shows each for its own five seconds, two of a kind too', () => {
    const store = new VisitStore(INITIAL_STATE);
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

  it('stop() leaves no timer behind', () => {
    const reactions = new Reactions(new VisitStore(INITIAL_STATE));
    reactions.show({ userId: 'pat1', reaction: 'clap' });
    reactions.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
