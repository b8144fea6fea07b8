import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VisitError } from '../core/errors.ts';
import { Store } from '../core/store.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { INITIAL_STATE } from '../state/visit-state.ts';
import { ClientUnderTest } from '../testing/client-under-test.ts';
import { loadedDevice } from '../testing/fakes.ts';
import { ConnectionCheck } from './connection-check.ts';

const nobody: Pick<SignalingClient, 'request' | 'send'> = {
  request: () => Promise.reject(new VisitError('unreachable')),
  send: () => undefined,
};

describe('ConnectionCheck', () => {
  it('run() throws and stops when the server does not answer', async () => {
    const store = new Store(INITIAL_STATE);
    const check = new ConnectionCheck({ store, signaling: nobody, iceServers: [], device: loadedDevice() });
    const first = check.run();
    expect(store.state.connectionTest.running).toBe(true);
    expect(check.run()).toBe(first);
    await expect(first).rejects.toMatchObject({ code: 'unreachable' });
    expect(store.state.connectionTest).toEqual({ running: false, udp: null, tcp: null, turn: 'unavailable' });
  });

  it('stop() prevents any later change of the state', async () => {
    const store = new Store(INITIAL_STATE);
    const check = new ConnectionCheck({ store, signaling: nobody, iceServers: [], device: loadedDevice() });
    const running = check.run();
    check.stop();
    store.update({ connectionTest: INITIAL_STATE.connectionTest });
    await expect(running).rejects.toMatchObject({ code: 'unreachable' });
    expect(store.state.connectionTest).toEqual(INITIAL_STATE.connectionTest);
  });
});

describe('VisitClient.testConnection', () => {
  let one: ClientUnderTest;
  beforeEach(async () => {
    one = await ClientUnderTest.start();
  });
  afterEach(() => one.close());

  it('tests each path and throws the code of the server’s refusal', async () => {
    await one.prepared();
    await expect(one.client.testConnection()).rejects.toMatchObject({ code: 'media_unavailable' });
    expect(one.server.messages('probe:open').map(({ path }) => path)).toEqual(['udp', 'tcp']);
    expect(one.state.connectionTest).toMatchObject({ running: false, turn: 'unavailable' });
  });

  it('throws not_prepared before the visit is loaded', async () => {
    await expect(one.client.testConnection()).rejects.toMatchObject({ code: 'not_prepared' });
  });
});
