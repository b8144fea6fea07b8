import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgoraUsers, type RemotePerson } from './agora-users.ts';
import { FakeAgora, type FakeAgoraClient } from './testing/fake-agora.ts';

let client: FakeAgoraClient;
let users: AgoraUsers;
let others: readonly RemotePerson[];

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeAgora().createClient();
  others = [];
  users = new AgoraUsers(client, (now) => (others = now));
});
afterEach(() => void vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('AgoraUsers', () => {
  it('lists the others in the order in which they came, before they send anything', () => {
    client.come('b');
    client.come('a');
    expect(others).toEqual([
      { account: 'b', audio: null, video: null },
      { account: 'a', audio: null, video: null },
    ]);
  });

  it('subscribes to sound and picture, and shows them until they are switched off', async () => {
    client.come('p-1');
    client.send('p-1', 'audio');
    client.send('p-1', 'video');
    await settle();
    expect(client.subscribed).toEqual(['p-1:audio', 'p-1:video']);
    expect(others).toMatchObject([{ audio: { source: 'audio' }, video: { source: 'video' } }]);
    client.send('p-1', 'video', false);
    expect(others).toMatchObject([{ audio: { source: 'audio' }, video: null }]);
  });

  it('removes a person who leaves', async () => {
    client.come('p-1');
    client.come('p-2');
    client.go('p-1');
    await settle();
    expect(others.map(({ account }) => account)).toEqual(['p-2']);
  });

  it('subscribes again after a failure', async () => {
    client.subscribeErrors.push('ICE_FAILED', 'ICE_FAILED');
    client.come('p-1');
    client.send('p-1', 'audio');
    await settle();
    expect(others).toMatchObject([{ audio: null }]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(others).toMatchObject([{ audio: { source: 'audio' } }]);
  });

  it('gives up a failed subscription if the person no longer sends', async () => {
    client.subscribeErrors.push('ICE_FAILED');
    client.come('p-1');
    client.send('p-1', 'video');
    await settle();
    client.send('p-1', 'video', false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.subscribed).toEqual([]);
  });

  it('reports nothing after close()', () => {
    client.come('p-1');
    users.close();
    client.come('p-2');
    expect(others.map(({ account }) => account)).toEqual(['p-1']);
  });
});
