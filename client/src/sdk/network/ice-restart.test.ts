import type { types } from 'mediasoup-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { IceRestart } from './ice-restart.ts';

/** A transport that records the credentials of its restarts. */
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
/** The server's answer, or the error that it refuses with. */
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
  it('run() sends one request at a time, and restarts with the answer', async () => {
    await expect(Promise.all([restart.run(), restart.run()])).resolves.toEqual([true, true]);
    expect(asked.mock.calls).toEqual([['transport:restart-ice', { transportId: 't1' }]]);
    expect(transport.restarts).toEqual(['fresh']);
  });

  it('run() sends nothing for a transport that has not begun to connect', async () => {
    transport.connectionState = 'new';
    await expect(restart.run()).resolves.toBe(true);
    expect(asked).not.toHaveBeenCalled();
  });

  it('run() returns false without an answer, and retry() repeats it once', async () => {
    answer = new VisitError('unreachable');
    await expect(restart.run()).resolves.toBe(false);
    answer = { iceParameters: 'later' };
    restart.retry();
    await vi.waitFor(() => expect(transport.restarts).toEqual(['later']));
    restart.retry();
    await vi.runAllTimersAsync();
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('run() returns true when the server refuses, and retry() repeats it', async () => {
    answer = new VisitError('not_prepared');
    await expect(restart.run()).resolves.toBe(true);
    answer = { iceParameters: 'later' };
    restart.retry();
    await vi.waitFor(() => expect(transport.restarts).toEqual(['later']));
  });

  it('retry() restarts a transport that is still disconnected', async () => {
    transport.connectionState = 'disconnected';
    restart.retry();
    await vi.waitFor(() => expect(transport.restarts).toEqual(['fresh']));
  });

  it('gives up a failed transport after 5 s', async () => {
    transport.becomes('failed');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(givenUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(givenUp).toHaveBeenCalledOnce();
  });

  it('gives up a failed transport after 5 s when its restarts fail too', async () => {
    transport.becomes('failed');
    await vi.advanceTimersByTimeAsync(3_000);
    transport.becomes('connecting');
    transport.becomes('failed');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(givenUp).toHaveBeenCalledOnce();
  });

  it('does not give up a failed transport that recovers', async () => {
    transport.becomes('failed');
    transport.becomes('connected');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(givenUp).not.toHaveBeenCalled();
  });

  it('does nothing after close()', async () => {
    restart.close();
    transport.becomes('failed');
    await expect(restart.run()).resolves.toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).not.toHaveBeenCalled();
    expect(givenUp).not.toHaveBeenCalled();
  });
});
