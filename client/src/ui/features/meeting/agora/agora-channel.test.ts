import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgoraChannel, canRetry, type AgoraState } from './agora-channel.ts';
import type { AgoraSdk } from './agora-sdk.ts';
import { agoraError, FakeAgora } from './testing/fake-agora.ts';

const CREDENTIALS = { appId: 'app', channel: 'visit_1', account: 'dr-1', token: '007x', role: 'publisher' };

let agora: FakeAgora;
let states: AgoraState[];

beforeEach(() => {
  vi.useFakeTimers();
  agora = new FakeAgora();
  states = [];
});
afterEach(() => void vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

function newChannel(role = 'publisher', loadSdk: () => Promise<AgoraSdk> = agora.load): AgoraChannel {
  return new AgoraChannel({
    credentials: { ...CREDENTIALS, role },
    loadSdk,
    onChange: (state) => states.push(state),
  });
}

async function joined(role?: string): Promise<AgoraChannel> {
  const channel = newChannel(role);
  await channel.join();
  await settle();
  return channel;
}

describe('AgoraChannel', () => {
  it('joins with the credentials, and publishes microphone and camera once', async () => {
    const channel = await joined();
    expect(agora.client.joinedWith).toEqual(['app', 'visit_1', '007x', 'dr-1']);
    expect(channel.state).toMatchObject({
      phase: 'joined',
      problem: null,
      devices: { microphone: { on: true, busy: false }, camera: { on: true, busy: false } },
    });
    expect(agora.client.published).toEqual([agora.track('microphone'), agora.track('camera')]);
    expect(agora.prompts).toBe(1);
    expect(states[0]?.phase).toBe('joining');
  });

  it('opens no device and publishes nothing if the person may only watch', async () => {
    const channel = await joined('subscriber');
    expect(channel.publishes).toBe(false);
    agora.client.come('p-1');
    agora.client.send('p-1', 'audio');
    await settle();
    expect(channel.state.others).toMatchObject([{ account: 'p-1', audio: { source: 'audio' } }]);
    expect(agora.tracks).toEqual([]);
    expect(agora.client.published).toEqual([]);
  });

  it('publishes a device that opens after the person is in', async () => {
    let open: () => void = () => undefined;
    const openBoth = agora.openBoth.bind(agora);
    agora.openBoth = async () => {
      await new Promise<void>((resolve) => (open = resolve));
      return openBoth();
    };
    await joined();
    expect(agora.client.published).toEqual([]);
    open();
    await settle();
    expect(agora.client.published).toHaveLength(2);
  });

  it('has the problem sdk_missing if the SDK cannot be loaded, and loads it again at the next try', async () => {
    const load = vi.fn<() => Promise<AgoraSdk>>().mockRejectedValueOnce(new Error('offline'));
    load.mockImplementation(agora.load);
    const channel = newChannel('publisher', load);
    await channel.join();
    expect(channel.state).toMatchObject({ phase: 'failed', problem: 'sdk_missing' });
    await channel.join();
    expect(channel.state).toMatchObject({ phase: 'joined', problem: null });
  });

  it.each([
    ['UID_CONFLICT', 'replaced'],
    ['CAN_NOT_GET_GATEWAY_SERVER', 'refused'],
    ['UNEXPECTED_RESPONSE', 'refused'],
    ['INVALID_PARAMS', 'refused'],
    ['TOKEN_EXPIRE', 'refused'],
    ['WS_ERR', 'unreachable'],
  ])('explains that joining fails with %s by the problem %s', async (code, problem) => {
    agora.answers.push(Promise.reject(agoraError(code)));
    const channel = await joined();
    expect(channel.state).toMatchObject({ phase: 'failed', problem });
    expect(agora.client.left).toBe(true);
  });

  it('gives up joining after a while, because the SDK tries forever', async () => {
    agora.answers.push(new Promise(() => undefined));
    const channel = newChannel();
    void channel.join();
    await vi.advanceTimersByTimeAsync(24_000);
    expect(channel.state.phase).toBe('joining');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(channel.state).toMatchObject({ phase: 'failed', problem: 'unreachable' });
    expect(agora.client.left).toBe(true);
  });

  it('joins again after a failure with a new client and the devices that are open', async () => {
    agora.answers.push(Promise.reject(agoraError('WS_ERR')));
    const channel = await joined();
    await channel.join();
    await settle();
    expect(channel.state.phase).toBe('joined');
    expect(agora.clients).toHaveLength(2);
    expect(agora.prompts).toBe(1);
    expect(agora.client.published).toHaveLength(2);
  });

  it('ignores the previous client after joining again', async () => {
    const channel = await joined();
    const [first] = agora.clients;
    first?.connection('DISCONNECTED', 'NETWORK_ERROR');
    expect(channel.state).toMatchObject({ phase: 'failed', problem: 'unreachable' });
    await channel.join();
    first?.come('p-1');
    first?.connection('DISCONNECTED', 'CHANNEL_BANNED');
    expect(channel.state).toMatchObject({ phase: 'joined', others: [] });
  });

  it('says that it reconnects, and keeps the others', async () => {
    const channel = await joined();
    agora.client.come('p-1');
    agora.client.connection('RECONNECTING', 'NETWORK_ERROR');
    expect(channel.state).toMatchObject({ phase: 'reconnecting', others: [{ account: 'p-1' }] });
    agora.client.connection('CONNECTED');
    expect(channel.state).toMatchObject({ phase: 'joined', others: [{ account: 'p-1' }] });
    await settle();
    // The SDK itself publishes again.
    expect(agora.client.published).toHaveLength(2);
  });

  it('publishes after the reconnection what was switched on during it', async () => {
    agora.broken.camera = 'NOT_READABLE';
    const channel = await joined();
    agora.client.connection('RECONNECTING');
    agora.broken.camera = null;
    await channel.setOn('camera', true);
    await settle();
    expect(agora.client.published).toHaveLength(1);
    agora.client.connection('CONNECTED');
    await settle();
    expect(agora.client.published).toEqual([agora.track('microphone'), agora.track('camera')]);
  });

  it.each(['UID_BANNED', 'IP_BANNED', 'CHANNEL_BANNED'])(
    'leaves for good and closes the devices if the channel is closed for the person (%s)',
    async (reason) => {
      const channel = await joined();
      agora.client.connection('DISCONNECTED', reason);
      expect(channel.state.phase).toBe('left');
      expect(agora.tracks.every(({ closed }) => closed)).toBe(true);
      await channel.join();
      expect(agora.clients).toHaveLength(1);
    },
  );

  it.each([
    ['UID_CONFLICT', 'replaced', true],
    ['TOKEN_EXPIRE', 'refused', false],
    ['SERVER_ERROR', 'unreachable', true],
  ] as const)('explains the disconnection %s by the problem %s', async (reason, problem, retry) => {
    const channel = await joined();
    agora.client.connection('DISCONNECTED', reason);
    expect(channel.state).toMatchObject({ phase: 'failed', problem });
    expect(canRetry(problem)).toBe(retry);
  });

  it('leave() while joining gives up, and closes a device that opens afterwards', async () => {
    agora.answers.push(new Promise(() => undefined));
    const channel = newChannel();
    const joining = channel.join();
    await Promise.resolve();
    channel.leave();
    await joining;
    await settle();
    expect(channel.state).toMatchObject({ phase: 'left', problem: null });
    expect(agora.clients.every(({ left }) => left)).toBe(true);
    expect(agora.tracks.every(({ closed }) => closed)).toBe(true);
    const count = states.length;
    channel.leave();
    expect(states).toHaveLength(count);
  });

  it('joins once if it is asked twice', async () => {
    const channel = newChannel();
    await Promise.all([channel.join(), channel.join()]);
    await channel.join();
    expect(agora.clients).toHaveLength(1);
  });

  it('joins nowhere if the person leaves while the SDK loads', async () => {
    const channel = newChannel();
    const joining = channel.join();
    channel.leave();
    await joining;
    expect(agora.clients).toEqual([]);
    expect(channel.state.phase).toBe('left');
  });

  it('publishes again after a failure', async () => {
    const createClient = agora.createClient.bind(agora);
    agora.createClient = () => {
      const client = createClient();
      client.publishErrors.push('ICE_FAILED', 'ICE_FAILED');
      return client;
    };
    const channel = await joined();
    expect(agora.client.published).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(agora.client.published).toHaveLength(2);
    expect(channel.state.devices.camera.problem).toBeNull();
  });

  it('closes a device that can never be published, and says so', async () => {
    const createClient = agora.createClient.bind(agora);
    agora.createClient = () => {
      const client = createClient();
      client.publish = () => Promise.reject(agoraError('INVALID_OPERATION'));
      return client;
    };
    const channel = await joined();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(channel.state.devices).toMatchObject({
      microphone: { on: false, track: null, problem: 'media_unsupported' },
      camera: { on: false, track: null, problem: 'media_unsupported' },
    });
    expect(agora.track('camera').closed).toBe(true);
  });
});
