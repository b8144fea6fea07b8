import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer } from './testing/fake-server.ts';
import { consumerParameters, fakeDevice, FakeMediaDevices, FakeStorage, person } from './testing/fakes.ts';
import { VisitClient, type VisitClientOptions } from './visit-client.ts';
import type { VisitState } from './state/visit-state.ts';

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
    createDevice: () => fakeDevice(),
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

/** The secret that the page makes. */
const device = expect.stringMatching(/^[0-9a-f]{24}$/) as string;

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

  it('start() of a visit that is over tells since when, where the server does', async () => {
    server.problem = { status: 410, code: 'session_over', closedAt: '2026-01-01T11:00:00.000Z' };
    client.start();
    expect(await phase('ended')).toMatchObject({ closedAt: Date.UTC(2026, 0, 1, 11), error: null });
  });

  it.each(['removed', 'not_open_yet'] as const)(
    'a handshake refused with %s fails with that',
    async (code) => {
      server.refusal = { code, message: 'no' };
      client.start();
      const { error } = await phase('failed');
      expect(error?.code).toBe(code);
    },
  );

  it('a handshake refused because the visit was moved finds out when it opens', async () => {
    server.refusal = { code: 'not_open_yet', message: 'no' };
    client.start();
    await phase('failed');
    server.problem = { status: 409, code: 'not_open_yet', opensAt: '2090-01-01T10:00:00.000Z' };
    client.start();
    await phase('early');
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
    expect(server.messages('join')).toEqual([{ live: [], device }]);
    expect(server.messages('producer:create')).toHaveLength(0);
  });
});

describe('VisitClient of a visit that is not open yet', () => {
  /** The server's clock is an hour ahead of ours; the visit opens `ahead` milliseconds from now by either clock. */
  const opensIn = (ahead: number) => {
    server.clockOffset = 3_600_000;
    const opensAt = Date.now() + server.clockOffset + ahead;
    server.problem = { status: 409, code: 'not_open_yet', opensAt: new Date(opensAt).toISOString() };
    return opensAt;
  };
  afterEach(() => void vi.useRealTimers());

  it('start() waits, tells when it opens, and opens no device', async () => {
    const opensAt = opensIn(600_000);
    client.start();
    const state = await phase('early');
    expect(state).toMatchObject({ opensAt, error: null });
    expect(Math.round(state.clockOffset / 60_000)).toBe(60);
    expect(media.requests).toHaveLength(0);
    expect(server.handshakes).toHaveLength(0);
  });

  it('goes on by itself when it opens by the server’s clock', async () => {
    opensIn(200);
    client.start();
    await phase('early');
    server.problem = null;
    const state = await until(({ connection }) => connection === 'connected');
    expect(state).toMatchObject({ phase: 'ready', opensAt: null });
  });

  it('does not show anything else while it looks again', async () => {
    opensIn(1);
    client.start();
    await phase('early');
    const phases: string[] = [];
    client.subscribe((state) => phases.push(state.phase));
    const moved = opensIn(600_000);
    await until(({ opensAt }) => opensAt === moved);
    expect(new Set(phases)).toEqual(new Set(['early']));
  });

  it('looks every minute whether it was moved', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    opensIn(86_400_000);
    client.start();
    await phase('early');
    const moved = opensIn(3_600_000);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await until(({ opensAt }) => opensAt === moved);
  });

  it('start() again, as when the person returns to the page, looks at once', async () => {
    opensIn(86_400_000);
    client.start();
    await phase('early');
    server.problem = null;
    await prepared();
    expect(client.getState().phase).toBe('ready');
  });

  it('waits on while the server can’t be reached before it opens', async () => {
    const opensAt = opensIn(86_400_000);
    client.start();
    await phase('early');
    server.problem = { status: 503, code: null };
    let changes = 0;
    client.subscribe(() => (changes += 1));
    client.start();
    await until(() => changes > 0);
    expect(client.getState()).toMatchObject({ phase: 'early', opensAt });
  });

  it('says so where the server can’t be reached when it should be open', async () => {
    opensIn(1);
    client.start();
    await phase('early');
    server.problem = { status: 503, code: null };
    const { error } = await phase('failed');
    expect(error?.code).toBe('unreachable');
  });

  it('ends where it is cancelled meanwhile', async () => {
    opensIn(86_400_000);
    client.start();
    await phase('early');
    server.problem = { status: 410, code: 'session_over' };
    client.start();
    expect(await phase('ended')).toMatchObject({ opensAt: null, closedAt: null });
  });

  it('close() stops the waiting', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    opensIn(86_400_000);
    client.start();
    await phase('early');
    const waiting = vi.getTimerCount();
    client.close();
    expect(vi.getTimerCount()).toBe(waiting - 1);
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
      { message: 'join', payload: { live: ['microphone', 'camera'], device } },
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

  it('called by whoever hears that the visit is there joins', async () => {
    client.subscribe((state) => {
      if (state.phase === 'ready') client.join();
    });
    client.start();
    await phase('joined');
    expect(server.messages('join')).toHaveLength(1);
  });

  it('with the camera switched off in the preview leaves it out', async () => {
    await prepared();
    await server.until('producer:create', 2);
    await client.setOn('camera', false);
    client.join();
    await phase('joined');
    expect(server.messages('join')).toEqual([{ live: ['microphone'], device }]);
  });

  it('with both devices refused joins without them, and brings one in later', async () => {
    media.refuse = () => 'NotAllowedError';
    await inTheCall();
    expect(server.messages('join')).toEqual([{ live: [], device }]);
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
    const { media: all } = person('pat1');
    server.tell('participant:updated', person('pat1', { media: { ...all, camera: 'off' } }));
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
    expect(server.messages('join').at(-1)).toEqual({ live: ['microphone', 'camera'], device });
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
    server.letIn({ consumers: [consumerParameters('c2', 'pat1', 'camera')] });
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

  it('session:ended from the server ends, tells when, and stops the devices', async () => {
    server.clockOffset = 3_600_000;
    await inTheCall();
    server.tell('session:ended', { reason: 'host_ended' });
    const { closedAt, clockOffset } = await phase('ended');
    expect(devicesStopped()).toBe(true);
    expect(Math.abs((closedAt ?? 0) - Date.now() - clockOffset)).toBeLessThan(10_000);
  });

  it('dismissed for good fails with removed, stops the devices and does not come back', async () => {
    await inTheCall();
    server.tell('dismissed', { reason: 'removed' });
    const { error } = await phase('failed');
    expect(error?.code).toBe('removed');
    expect(devicesStopped()).toBe(true);
    expect(server.messages('join')).toHaveLength(1);
  });

  it('dismissed for now has left, and start() comes back', async () => {
    await inTheCall();
    server.tell('dismissed', { reason: 'dismissed' });
    expect(await phase('left')).toMatchObject({ error: null });
    expect(devicesStopped()).toBe(true);
    await inTheCall();
    expect(server.messages('join')).toHaveLength(2);
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

  it('close() called by whoever hears that the visit is there opens no device and keeps no connection', async () => {
    const done = new Promise<void>((resolve) => {
      client.subscribe((state) => {
        if (state.phase !== 'ready') return;
        client.close();
        resolve();
      });
    });
    client.start();
    await done;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(media.requests).toEqual([]);
    expect(server.sockets).toEqual([]);
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

describe('VisitClient.sendFeedback', () => {
  it('is possible once the person was in the visit, and given when it was sent', async () => {
    await prepared();
    expect(client.getState().feedback).toBe('none');
    client.join();
    expect(await phase('joined')).toMatchObject({ feedback: 'open' });
    await client.leave();
    await client.sendFeedback({ rating: 4, comment: 'Good.' });
    expect(client.getState()).toMatchObject({ phase: 'left', feedback: 'given' });
    expect(server.feedback).toEqual([{ rating: 4, comment: 'Good.' }]);
  });

  it('stays given through a rejoin and a reload of the tab', async () => {
    await inTheCall();
    await client.sendFeedback({ rating: 4 });
    await client.leave();
    await inTheCall();
    expect(client.getState().feedback).toBe('given');
    client.close();
    client = create({ token: null });
    expect(client.getState().feedback).toBe('given');
  });

  it('stays possible through a reload into a visit that is over', async () => {
    await inTheCall();
    client.close();
    server.problem = { status: 410, code: 'session_over' };
    client = create();
    client.start();
    expect(await phase('ended')).toMatchObject({ feedback: 'open' });
  });

  it('is not asked of whoever opens another link in the same tab', async () => {
    await inTheCall();
    client.close();
    client = create({ token: 'somebody else’s' });
    expect(client.getState().feedback).toBe('none');
  });

  it('given before throws feedback_given and is given', async () => {
    await inTheCall();
    server.feedbackProblem = { status: 409, code: 'feedback_given' };
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'feedback_given' });
    expect(client.getState().feedback).toBe('given');
  });

  it('refused for now throws the code, and stays possible', async () => {
    await inTheCall();
    server.feedbackProblem = { status: 429, code: 'too_many_requests' };
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(client.getState().feedback).toBe('open');
  });

  it('without a token throws token_missing, after close() closed', async () => {
    client = create({ token: null, sessionStorage: null });
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'token_missing' });
    client.close();
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('VisitClient devices', () => {
  it('chooseDevice() takes the device at once and remembers it', async () => {
    await prepared();
    await client.chooseDevice('camera', 'cam-2');
    expect(media.requests.at(-1)).toMatchObject({ video: { deviceId: { exact: 'cam-2' } } });
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
