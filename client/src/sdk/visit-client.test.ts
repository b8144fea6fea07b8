import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer } from './testing/fake-server.ts';
import { consumerParameters, fakeDevice, FakeMediaDevices, FakeStorage, person } from './testing/fakes.ts';
import { VisitClient, type VisitClientOptions } from './visit-client.ts';
import type { VisitState } from './visit-state.ts';

let server: FakeServer;
let media: FakeMediaDevices;
let storage: FakeStorage;
let client: VisitClient;

const create = (change: Partial<VisitClientOptions> = {}) =>
  new VisitClient({
    sessionId: 'sess_1',
    token: 'abc',
    baseUrl: server.url,
    sessionStorage: storage,
    localStorage: storage,
    mediaDevices: media.asMediaDevices(),
    createDevice: fakeDevice,
    ...change,
  });

/** Resolves with the first state, now or later, that is as wished. */
const until = (wanted: (state: VisitState) => boolean) =>
  new Promise<VisitState>((resolve) => {
    const check = (state: VisitState) => {
      if (!wanted(state)) return;
      stop();
      resolve(state);
    };
    const stop = client.subscribe(check);
    check(client.getState());
  });
const phase = (wanted: VisitState['phase']) => until((state) => state.phase === wanted);

const prepared = async () => {
  client.start();
  await until(({ connection }) => connection === 'connected');
};
const inTheCall = async () => {
  await prepared();
  client.join();
  await phase('joined');
};

beforeEach(async () => {
  server = await FakeServer.start();
  media = new FakeMediaDevices();
  storage = new FakeStorage();
  client = create();
});
afterEach(async () => {
  client.close();
  await server.close();
});

describe('VisitClient before the join', () => {
  it('start() opens the devices and prepares everything, without joining', async () => {
    await prepared();
    const state = client.getState();
    expect(state).toMatchObject({ phase: 'ready', self: { userId: 'me' } });
    expect(state.local.camera.state).toBe('on');
    await server.until('producer:create', 2);
    expect(server.messages('producer:create')).toEqual([
      expect.objectContaining({ paused: true }),
      expect.objectContaining({ paused: true }),
    ]);
    expect(server.messages('join')).toHaveLength(0);
  });

  it('start() tells which consumers the browser has set up', async () => {
    const prepare = server.answers.prepare;
    server.answers.prepare = (payload) => {
      const answer = prepare(payload);
      return answer?.ok
        ? { ok: true, data: { ...answer.data, consumers: [consumerParameters('c0', null, null)] } }
        : answer;
    };
    await prepared();
    await server.until('consumer:ready');
    expect(server.messages('consumer:ready')).toEqual([{ consumerIds: ['c0'] }]);
    expect(client.getState().tracks).toEqual([]);
  });

  it('start() without any token fails with token_missing and asks nobody', async () => {
    client = create({ token: null, sessionStorage: null });
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe('token_missing');
    expect(media.requests).toHaveLength(0);
  });

  it('start() after a reload takes the token that the tab kept', async () => {
    client.close();
    client = create({ token: null });
    await prepared();
    expect(server.handshakes.at(-1)).toEqual({ token: 'abc', sessionId: 'sess_1' });
  });

  it.each([
    [401, 'token_expired'],
    [404, 'session_not_found'],
  ])('start() answered with %i %s fails with that code', async (status, code) => {
    server.problem = { status, code };
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe(code);
  });

  it('start() of a visit that is over ends', async () => {
    server.problem = { status: 410, code: 'session_over' };
    client.start();
    await phase('ended');
  });

  it('start() again, as from a button, recovers from a server that could not be reached', async () => {
    server.problem = { status: 503, code: 'shutting_down' };
    client.start();
    await phase('failed');
    server.problem = null;
    await prepared();
    expect(client.getState()).toMatchObject({ phase: 'ready', error: null });
  });

  it('a handshake refused for good fails with its code', async () => {
    server.refusal = { code: 'token_expired', message: 'expired' };
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe('token_expired');
  });

  it('a browser without WebRTC fails with unsupported_browser', async () => {
    client = create({ createDevice: () => Promise.reject(new Error('no handler')) });
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe('unsupported_browser');
  });

  it('an observer is not asked for devices and sends nothing', async () => {
    server.bootstrap = {
      ...server.bootstrap,
      self: { userId: 'me', role: 'observer', displayName: null, permissions: ['subscribe'] },
    };
    await inTheCall();
    expect(media.requests).toHaveLength(0);
    expect(server.messages('join')).toEqual([{ live: [] }]);
    expect(server.messages('producer:create')).toHaveLength(0);
  });
});

describe('VisitClient.join', () => {
  it('after everything is prepared sends one awaited message with the sources that are on', async () => {
    server.others = [person('pat1')];
    await prepared();
    await server.until('producer:create', 2);
    const before = server.received.length;
    client.join();
    const state = await phase('joined');
    expect(server.received.slice(before)).toEqual([
      { message: 'join', payload: { live: ['microphone', 'camera'] } },
    ]);
    expect(state.participants.map(({ userId }) => userId)).toEqual(['pat1']);
    client.reportFirstFrame();
    expect(client.metrics.awaitedMessages).toBe(1);
  });

  it('pressed early waits for what is still being prepared', async () => {
    client.start();
    await phase('ready');
    client.join();
    expect(client.getState().phase).toBe('joining');
    await phase('joined');
    expect(server.messages('join')).toHaveLength(1);
  });

  it('with the camera switched off in the preview leaves it out', async () => {
    await prepared();
    await server.until('producer:create', 2);
    await client.setOn('camera', false);
    client.join();
    await phase('joined');
    expect(server.messages('join')).toEqual([{ live: ['microphone'] }]);
  });

  it('with both devices refused joins without them, and brings one in later', async () => {
    media.refuse = () => 'NotAllowedError';
    await inTheCall();
    expect(server.messages('join')).toEqual([{ live: [] }]);
    media.refuse = () => null;
    await client.setOn('microphone', true);
    await server.until('producer:create');
    expect(server.messages('producer:create')).toMatchObject([{ source: 'microphone', paused: false }]);
  });

  it('twice, as by a double click, joins once', async () => {
    await prepared();
    client.join();
    client.join();
    await phase('joined');
    expect(server.messages('join')).toHaveLength(1);
  });
});

describe('VisitClient in the call', () => {
  it('shows who comes, changes and goes, and their streams', async () => {
    await inTheCall();
    server.tell('participant:joined', person('pat1'));
    server.tell('consumer:new', consumerParameters('c1', 'pat1', 'camera'));
    await until(({ tracks }) => tracks.length === 1);
    server.tell('participant:updated', person('pat1', { media: { camera: 'off', microphone: 'on' } }));
    await until(({ participants }) => participants[0]?.media.camera === 'off');
    server.tell('consumer:closed', { consumerId: 'c1' });
    server.tell('participant:left', { userId: 'pat1', reason: 'left' });
    const gone = await until(({ participants }) => participants.length === 0);
    expect(gone.tracks).toEqual([]);
  });

  it('setOn() tells the server of a mute and its end', async () => {
    await inTheCall();
    await client.setOn('microphone', false);
    await server.until('producer:pause');
    await client.setOn('microphone', true);
    await server.until('producer:resume');
  });

  it('after a drop joins again by itself, with new transports and the same devices', async () => {
    await inTheCall();
    const { track } = client.getState().local.camera;
    server.cut();
    await until(({ connection }) => connection === 'reconnecting');
    expect(client.getState().phase).toBe('joined');
    await server.until('join', 2);
    await until(({ connection }) => connection === 'connected');
    expect(server.messages('prepare')).toHaveLength(2);
    expect(server.messages('join').at(-1)).toEqual({ live: ['microphone', 'camera'] });
    expect(client.getState().local.camera.track).toBe(track);
    expect(media.requests).toHaveLength(1);
  });

  it('after a drop keeps the old picture until the new one is there', async () => {
    server.others = [person('pat1')];
    await inTheCall();
    server.tell('consumer:new', consumerParameters('c1', 'pat1', 'camera'));
    await until(({ tracks }) => tracks.length === 1);
    const seen: string[][] = [];
    client.subscribe(({ tracks }) => seen.push(tracks.map(({ consumerId }) => consumerId)));
    const join = server.answers.join;
    server.answers.join = (payload) => {
      const answer = join(payload);
      const consumers = [consumerParameters('c2', 'pat1', 'camera')];
      return answer?.ok ? { ok: true, data: { ...answer.data, consumers } } : answer;
    };
    server.cut();
    await until(({ tracks }) => tracks[0]?.consumerId === 'c2');
    expect(seen).not.toContainEqual([]);
  });

  it('a fresh token is used by the next connection and kept for a reload', async () => {
    await inTheCall();
    server.tell('token:refreshed', { token: 'fresh', expiresIn: 3600 });
    await vi.waitFor(() => expect([...storage.entries.values()]).toContain('fresh'));
    server.cut();
    await server.until('join', 2);
    expect(server.handshakes.at(-1)).toMatchObject({ token: 'fresh' });
  });

  it('a reconnect into a visit that is over ends', async () => {
    await inTheCall();
    server.refusal = { code: 'session_over', message: 'over' };
    server.cut();
    await phase('ended');
  });

  it('a join that fails for now is tried again', async () => {
    const join = server.answers.join;
    server.answers.join = () => {
      server.answers.join = join;
      return { ok: false, error: { code: 'media_unavailable', message: 'restarting' } };
    };
    await inTheCall();
    expect(server.messages('join')).toHaveLength(2);
  });
});

describe('VisitClient at the end', () => {
  const devicesStopped = () => media.tracks.every(({ readyState }) => readyState === 'ended');

  it('leave() tells the server, stops the devices at once, and start() comes back', async () => {
    await inTheCall();
    const left = client.leave();
    expect(client.getState()).toMatchObject({ phase: 'left', participants: [] });
    expect(devicesStopped()).toBe(true);
    await left;
    expect(server.messages('leave')).toHaveLength(1);
    await inTheCall();
    expect(server.messages('join')).toHaveLength(2);
  });

  it('session:ended from the server ends and stops the devices', async () => {
    await inTheCall();
    server.tell('session:ended', { reason: 'host_ended' });
    await phase('ended');
    expect(devicesStopped()).toBe(true);
  });

  it('endVisit() asks the server and ends', async () => {
    await inTheCall();
    await client.endVisit();
    expect(client.getState().phase).toBe('ended');
    expect(server.messages('session:end')).toEqual([{}]);
  });

  it('endVisit() that the role may not throws forbidden, and the call goes on', async () => {
    await inTheCall();
    server.answers['session:end'] = () => ({ ok: false, error: { code: 'forbidden', message: 'no' } });
    await expect(client.endVisit()).rejects.toMatchObject({ code: 'forbidden' });
    expect(client.getState().phase).toBe('joined');
  });

  it('replaced by another tab stops, and does not fight back', async () => {
    await inTheCall();
    server.tell('replaced');
    await phase('replaced');
    expect(devicesStopped()).toBe(true);
    expect(server.messages('join')).toHaveLength(1);
  });

  it('close() disconnects at once, stops the devices, and is silent afterwards', async () => {
    await inTheCall();
    const gone = new Promise<string>((resolve) => server.sockets[0]?.on('disconnect', resolve));
    const heard = vi.fn();
    client.subscribe(heard);
    client.close();
    client.close();
    client.start();
    await expect(gone).resolves.toBe('client namespace disconnect');
    expect(devicesStopped()).toBe(true);
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('VisitClient devices', () => {
  it('chooseDevice() takes the device at once and remembers it', async () => {
    await prepared();
    await client.chooseDevice('camera', 'cam-2');
    expect(media.requests.at(-1)).toMatchObject({ video: { deviceId: { ideal: 'cam-2' } } });
    expect(client.getState().choice.camera).toBe('cam-2');
    expect(create().getState().choice.camera).toBe('cam-2');
  });

  it('chooseDevice() of a speaker opens nothing', async () => {
    await prepared();
    const before = media.requests.length;
    await client.chooseDevice('speaker', 'headset');
    expect(media.requests).toHaveLength(before);
    expect(client.getState().choice.speaker).toBe('headset');
  });

  it('a device that is plugged in shows in the lists', async () => {
    media.plugged = ['audioinput'];
    await prepared();
    media.plugged = ['audioinput', 'videoinput'];
    media.dispatchEvent(new Event('devicechange'));
    await until(({ devices }) => devices.camera.length === 1);
  });

  it('retryMedia() after the person allowed the devices switches them on', async () => {
    media.refuse = () => 'NotAllowedError';
    await prepared();
    await until(({ local }) => local.camera.problem !== null);
    media.refuse = () => null;
    await client.retryMedia();
    expect(client.getState().local).toMatchObject({ camera: { state: 'on' }, microphone: { state: 'on' } });
  });
});
