import type { types } from 'mediasoup-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import { IceRestart } from './ice-restart.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';

/** A transport that remembers with which credentials it was restarted. */
class Transport extends Emitter<{ connectionstatechange: types.ConnectionState }> {
  readonly id = 't1';
  readonly restarts: unknown[] = [];
  connectionState: types.ConnectionState = 'connected';

  restartIce({ iceParameters }: { iceParameters: unknown }): Promise<void> {
    this.restarts.push(iceParameters);
    return Promise.resolve();
  }

  becomes(state: types.ConnectionState): void {
    this.connectionState = state;
    this.emit('connectionstatechange', state);
  }
}

let transport: Transport;
let restart: IceRestart;
/** What the server answers, or refuses with. */
let answer: object | VisitError;
const asked = vi.fn();
const givenUp = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  asked.mockClear();
  givenUp.mockClear();
  answer = { iceParameters: 'fresh' };
  transport = new Transport();
  const request = (message: string, payload: unknown) => {
    asked(message, payload);
    return answer instanceof VisitError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  restart = new IceRestart(
    transport as unknown as types.Transport,
    { request } as unknown as SignalingClient,
    givenUp,
  );
});
afterEach(() => {
  restart.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('IceRestart', () => {
  it('run() asks the server once at a time, and restarts with what it answers', async () => {
    await expect(Promise.all([restart.run(), restart.run()])).resolves.toEqual([true, true]);
    expect(asked.mock.calls).toEqual([['transport:restart-ice', { transportId: 't1' }]]);
    expect(transport.restarts).toEqual(['fresh']);
  });

  it('run() of a transport that has not begun to connect asks nothing', async () => {
    transport.connectionState = 'new';
    await expect(restart.run()).resolves.toBe(true);
    expect(asked).not.toHaveBeenCalled();
  });

  it('run() that nobody answers is false, and retry() makes up for it once', async () => {
    answer = new VisitError('unreachable');
    await expect(restart.run()).resolves.toBe(false);
    answer = { iceParameters: 'later' };
    restart.retry();
    await vi.waitFor(() => expect(transport.restarts).toEqual(['later']));
    restart.retry();
    await vi.runAllTimersAsync();
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('run() that the server refuses is answered, and retry() makes up for it', async () => {
    answer = new VisitError('not_prepared');
    await expect(restart.run()).resolves.toBe(true);
    answer = { iceParameters: 'later' };
    restart.retry();
    await vi.waitFor(() => expect(transport.restarts).toEqual(['later']));
  });

  it('retry() restarts a transport that is broken still', async () => {
    transport.connectionState = 'disconnected';
    restart.retry();
    await vi.waitFor(() => expect(transport.restarts).toEqual(['fresh']));
  });

  it('a failed transport that does not come back is given up after 5 s', async () => {
    transport.becomes('failed');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(givenUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(givenUp).toHaveBeenCalledOnce();
  });

  it('a failed transport whose restarts fail too is given up after 5 s', async () => {
    transport.becomes('failed');
    await vi.advanceTimersByTimeAsync(3_000);
    transport.becomes('connecting');
    transport.becomes('failed');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(givenUp).toHaveBeenCalledOnce();
  });

  it('a failed transport that comes back is not given up', async () => {
    transport.becomes('failed');
    transport.becomes('connected');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(givenUp).not.toHaveBeenCalled();
  });

  it('after close() nothing happens', async () => {
    restart.close();
    transport.becomes('failed');
    await expect(restart.run()).resolves.toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).not.toHaveBeenCalled();
    expect(givenUp).not.toHaveBeenCalled();
  });
});
