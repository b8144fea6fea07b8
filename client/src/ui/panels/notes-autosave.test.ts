import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../../sdk/index.ts';
import { NotesAutosave } from './notes-autosave.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** As much of a client as notes need. */
function keeper() {
  const listeners = new Set<() => void>();
  const saved: string[] = [];
  const state = { connection: 'connected' as ConnectionState, hostNotes: 'kept' as string | null };
  const outcome = { fails: false };
  const client = {
    getState: () => state,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setNotes: (text: string) => {
      saved.push(text);
      return outcome.fails ? Promise.reject(new Error('offline')) : Promise.resolve();
    },
  };
  const connect = async (connection: ConnectionState) => {
    state.connection = connection;
    for (const listener of listeners) listener();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { client, saved, outcome, connect };
}

describe('NotesAutosave', () => {
  it('starts with the saved text, and is shared by callers with the same client', () => {
    const { client } = keeper();
    const draft = NotesAutosave.of(client);
    expect(draft.text).toBe('kept');
    draft.type('new words');
    expect(NotesAutosave.of(client).text).toBe('new words');
    expect(NotesAutosave.of(keeper().client).text).toBe('kept');
  });

  it('saves after a reconnect, without any listener, if saving has failed', async () => {
    const { client, saved, outcome, connect } = keeper();
    const draft = NotesAutosave.of(client);
    await connect('reconnecting');
    outcome.fails = true;
    draft.type('new words');
    draft.flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(draft.saving).toBe('failed');
    outcome.fails = false;
    await connect('connected');
    expect(saved).toEqual(['new words', 'new words']);
    expect(draft.saving).toBe('saved');
  });

  it('retries only once per reconnect if the server rejects the text', async () => {
    const { client, saved, outcome, connect } = keeper();
    outcome.fails = true;
    const draft = NotesAutosave.of(client);
    draft.type('new words');
    await vi.advanceTimersByTimeAsync(1000);
    expect(saved).toHaveLength(1);
    await connect('reconnecting');
    await connect('connected');
    await connect('connected');
    expect(saved).toHaveLength(2);
    expect(draft.saving).toBe('failed');
  });

  it('notifies listeners until they unsubscribe', () => {
    const { client } = keeper();
    const draft = NotesAutosave.of(client);
    const heard = vi.fn();
    const stop = draft.subscribe(heard);
    draft.type('a');
    expect(heard).toHaveBeenCalledTimes(1);
    stop();
    draft.type('ab');
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
