import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Live, type EventStream } from './live.ts';

/** A stream whose events the test sends. */
class ScriptedStream implements EventStream {
  readyState = 1;
  isClosed = false;
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();

  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.isClosed = true;
  }

  send(type: string, data: object = {}): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data) });
  }

  /** Reports an interruption, or a refusal, after which the browser does not try again. */
  fail(isRefused: boolean): void {
    this.readyState = isRefused ? 2 : 0;
    this.#listeners.get('error')?.({});
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function open() {
  const streams: ScriptedStream[] = [];
  const onRefused = vi.fn();
  const onLoggedOut = vi.fn();
  const live = new Live({
    open: () => {
      streams.push(new ScriptedStream());
      return streams.at(-1)!;
    },
    onRefused,
    onLoggedOut,
  });
  const read = vi.fn();
  live.on(['nodes', 'session:a', 'failures:a'], read);
  live.start();
  return { live, streams, read, onRefused, onLoggedOut };
}

describe('Live', () => {
  it('has everything read once the stream is open, because earlier changes were not reported', () => {
    const { live, streams, read } = open();
    expect(live.state).toBe('connecting');
    streams[0]!.send('hello');
    expect(live.state).toBe('live');
    expect(read).toHaveBeenCalledOnce();
  });

  it.each([
    ['nodes', {}, 1],
    ['sessions', {}, 0],
    ['session', { sessionId: 'a' }, 1],
    ['session', { sessionId: 'b' }, 0],
    ['failures', { sessionId: 'a' }, 1],
    ['failures', { sessionId: 'b' }, 0],
  ] as const)('on “%s” with %j calls a listener of its topics %d times', (type, data, times) => {
    const { streams, read } = open();
    streams[0]!.send(type, data);
    expect(read).toHaveBeenCalledTimes(times);
  });

  it('does not call a listener that has unsubscribed', () => {
    const { live, streams } = open();
    const other = vi.fn();
    live.on(['nodes'], other)();
    streams[0]!.send('nodes');
    expect(other).not.toHaveBeenCalled();
  });

  it('reports an interruption as lost, reads everything every 15 s, and lets the browser reconnect', () => {
    const { live, streams, read } = open();
    streams[0]!.send('hello');
    streams[0]!.fail(false);
    expect(live.state).toBe('lost');
    vi.advanceTimersByTime(30_000);
    expect(read).toHaveBeenCalledTimes(3);
    expect(streams).toHaveLength(1);
    streams[0]!.send('hello');
    vi.advanceTimersByTime(60_000);
    expect([live.state, read.mock.calls.length]).toEqual(['live', 4]);
  });

  it('opens a refused stream again, later each time, and asks whether the login is over', () => {
    const { live, streams, onRefused } = open();
    streams[0]!.fail(true);
    expect(onRefused).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1_000);
    expect(streams).toHaveLength(2);
    streams[1]!.fail(true);
    vi.advanceTimersByTime(1_999);
    expect(streams).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(streams).toHaveLength(3);
    streams[2]!.send('hello');
    expect(live.state).toBe('live');
  });

  it('opens the stream again when the server restarts', () => {
    const { live, streams, onLoggedOut } = open();
    streams[0]!.send('bye', { reason: 'restart' });
    expect([live.state, streams[0]!.isClosed]).toEqual(['lost', true]);
    vi.advanceTimersByTime(1_000);
    expect(streams).toHaveLength(2);
    expect(onLoggedOut).not.toHaveBeenCalled();
  });

  it('opens no stream again when the login is over', () => {
    const { streams, onLoggedOut } = open();
    streams[0]!.send('bye', { reason: 'expired' });
    expect(onLoggedOut).toHaveBeenCalledExactlyOnceWith('expired');
    vi.advanceTimersByTime(120_000);
    expect(streams).toHaveLength(1);
    expect(streams[0]!.isClosed).toBe(true);
  });

  it('does nothing after it was closed', () => {
    const { live, streams, read } = open();
    streams[0]!.fail(true);
    live.close();
    vi.advanceTimersByTime(120_000);
    streams[0]!.send('nodes');
    expect([streams.length, read.mock.calls.length]).toEqual([1, 0]);
  });
});
