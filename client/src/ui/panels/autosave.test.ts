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
  it('keeps the words once, after a pause in the typing', async () => {
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

  it('keeps what was typed during a save after it', async () => {
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

  it('says that it failed, and tries the same words again when asked', async () => {
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

  it('with nothing new keeps nothing', async () => {
    const { saver, saved, states } = desk();
    await saver.flush();
    expect(saved).toEqual([]);
    expect(states).toEqual([]);
  });
});
