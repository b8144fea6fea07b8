import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Autosave, type SaveState } from './autosave.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function desk() {
  const saved: string[] = [];
  const states: SaveState[] = [];
  const outcome = { fails: false, gate: Promise.resolve() };
  const saver = new Autosave(
    async (text) => {
      await outcome.gate;
      if (outcome.fails) throw new Error('offline');
      saved.push(text);
    },
    (state) => states.push(state),
  );
  return { saver, saved, states, outcome };
}

describe('Autosave', () => {
  it('saves once, after a pause in typing', async () => {
    const { saver, saved, states } = desk();
    saver.type('a');
    await vi.advanceTimersByTimeAsync(500);
    saver.type('ab');
    await vi.advanceTimersByTimeAsync(500);
    expect(saved).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(saved).toEqual(['ab']);
    expect(states.at(-1)).toBe('saved');
  });

  it('saves text that was typed during a save afterwards', async () => {
    const { saver, saved, outcome } = desk();
    let open: () => void = () => undefined;
    outcome.gate = new Promise((resolve) => (open = resolve));
    saver.type('a');
    await vi.advanceTimersByTimeAsync(1000);
    saver.type('ab');
    await vi.advanceTimersByTimeAsync(1000);
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(saved).toEqual(['a', 'ab']);
  });

  it('reports a failure, and saves the same text again on flush', async () => {
    const { saver, saved, states, outcome } = desk();
    outcome.fails = true;
    saver.type('a');
    await vi.advanceTimersByTimeAsync(1000);
    expect(states.at(-1)).toBe('failed');
    outcome.fails = false;
    await saver.flush();
    expect(saved).toEqual(['a']);
    expect(states.at(-1)).toBe('saved');
  });

  it('saves nothing if there is no new text', async () => {
    const { saver, saved, states } = desk();
    await saver.flush();
    expect(saved).toEqual([]);
    expect(states).toEqual([]);
  });
});
