import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VisitState } from './state/visit-state.ts';
import { FakeServer } from './testing/fake-server.ts';
import { consumerParameters, fakeDevice, FakeMediaDevices, FakeStorage, person } from './testing/fakes.ts';
import { VisitClient, type VisitClientOptions } from './visit-client.ts';

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

/** Resolves with the first state, now or later, that satisfies the predicate. */
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

/** The secret that the page creates. */
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

  it('start() reports which consumers the browser has set up', async () => {
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

  it('start() fails with token_missing without a token, and sends no request', async () => {
    client = create({ token: null, sessionStorage: null });
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe('token_missing');
    expect(media.requests).toHaveLength(0);
  });

  it('start() uses the token that the tab kept after a reload', async () => {
    client.close();
    client = create({ token: null });
    await prepared();
    expect(server.handshakes.at(-1)).toEqual({ token: 'abc', sessionId: 'sess_1' });
  });

  it.each([
    [401, 'token_expired'],
    [404, 'session_not_found'],
  ])('start() answered with %i fails with %s', async (status, code) => {
    server.problem = { status, code };
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe(code);
  });

  it('start() ends when the visit is over', async () => {
    server.problem = { status: 410, code: 'session_over' };
    client.start();
    await phase('ended');
  });

  it('start() shows since when the visit is over, if the server says so', async () => {
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

  it('finds out when the visit opens when the handshake is refused because it was rescheduled', async () => {
    server.refusal = { code: 'not_open_yet', message: 'no' };
    client.start();
    await phase('failed');
    server.problem = { status: 409, code: 'not_open_yet', opensAt: '2090-01-01T10:00:00.000Z' };
    client.start();
    await phase('early');
  });

  it('start() again, as from a button, recovers from an unreachable server', async () => {
    server.problem = { status: 503, code: 'shutting_down' };
    client.start();
    await phase('failed');
    server.problem = null;
    await prepared();
    expect(client.getState()).toMatchObject({ phase: 'ready', error: null });
  });

  it('fails with the code of a handshake that is refused for good', async () => {
    server.refusal = { code: 'token_expired', message: 'expired' };
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe('token_expired');
  });

  it('fails with unsupported_browser without WebRTC', async () => {
    client = create({ createDevice: () => Promise.reject(new Error('no handler')) });
    client.start();
    const { error } = await phase('failed');
    expect(error?.code).toBe('unsupported_browser');
  });

  it('opens no devices and sends nothing for an observer', async () => {
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

describe('VisitClient before the visit opens', () => {
  /** Sets the server's clock an hour ahead; the visit opens `ahead` milliseconds from now by either clock. */
  const opensIn = (ahead: number) => {
    server.clockOffset = 3_600_000;
    const opensAt = Date.now() + server.clockOffset + ahead;
    server.problem = { status: 409, code: 'not_open_yet', opensAt: new Date(opensAt).toISOString() };
    return opensAt;
  };
  afterEach(() => void vi.useRealTimers());

  it('start() waits, shows when the visit opens, and opens no device', async () => {
    const opensAt = opensIn(600_000);
    client.start();
    const state = await phase('early');
    expect(state).toMatchObject({ opensAt, error: null });
    expect(Math.round(state.clockOffset / 60_000)).toBe(60);
    expect(media.requests).toHaveLength(0);
    expect(server.handshakes).toHaveLength(0);
  });

  it('starts by itself when the visit opens by the server’s clock', async () => {
    opensIn(200);
    client.start();
    await phase('early');
    server.problem = null;
    const state = await until(({ connection }) => connection === 'connected');
    expect(state).toMatchObject({ phase: 'ready', opensAt: null });
  });

  it('shows nothing else while it checks again', async () => {
    opensIn(1);
    client.start();
    await phase('early');
    const phases: string[] = [];
    client.subscribe((state) => phases.push(state.phase));
    const moved = opensIn(600_000);
    await until(({ opensAt }) => opensAt === moved);
    expect(new Set(phases)).toEqual(new Set(['early']));
  });

  it('checks every minute whether the visit was rescheduled', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    opensIn(86_400_000);
    client.start();
    await phase('early');
    const moved = opensIn(3_600_000);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await until(({ opensAt }) => opensAt === moved);
  });

  it('start() again, as when the participant returns to the page, checks at once', async () => {
    opensIn(86_400_000);
    client.start();
    await phase('early');
    server.problem = null;
    await prepared();
    expect(client.getState().phase).toBe('ready');
  });

  it('keeps waiting when the server is unreachable before the visit opens', async () => {
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

  it('fails when the server is unreachable once the visit should be open', async () => {
    opensIn(1);
    client.start();
    await phase('early');
    server.problem = { status: 503, code: null };
    const { error } = await phase('failed');
    expect(error?.code).toBe('unreachable');
  });

  it('ends when the visit is cancelled meanwhile', async () => {
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

describe('VisitClient.join()', () => {
  it('sends one awaited message with the sources that are on once everything is prepared', async () => {
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

  it('waits for the preparation when called early', async () => {
    client.start();
    await phase('ready');
    client.join();
    expect(client.getState().phase).toBe('joining');
    await phase('joined');
    expect(server.messages('join')).toHaveLength(1);
  });

  it('joins when called by a listener of the loaded state', async () => {
    client.subscribe((state) => {
      if (state.phase === 'ready') client.join();
    });
    client.start();
    await phase('joined');
    expect(server.messages('join')).toHaveLength(1);
  });

  it('does not name a camera that was switched off in the preview', async () => {
    await prepared();
    await server.until('producer:create', 2);
    await client.setOn('camera', false);
    client.join();
    await phase('joined');
    expect(server.messages('join')).toEqual([{ live: ['microphone'], device }]);
  });

  it('joins without devices when both are refused, and adds one later', async () => {
    media.refuse = () => 'NotAllowedError';
    await inTheCall();
    expect(server.messages('join')).toEqual([{ live: [], device }]);
    media.refuse = () => null;
    await client.setOn('microphone', true);
    await server.until('producer:create');
    expect(server.messages('producer:create')).toMatchObject([{ source: 'microphone', paused: false }]);
  });

  it('joins once when called twice, as by a double click', async () => {
    await prepared();
    client.join();
    client.join();
    await phase('joined');
    expect(server.messages('join')).toHaveLength(1);
  });
});

describe('VisitClient in the call', () => {
  it('shows participants who come, change and go, and their streams', async () => {
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

  it('joins again by itself after a drop, with new transports and the same devices', async () => {
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

  it('keeps the old picture after a drop until the new one arrives', async () => {
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

  it('uses a fresh token for the next connection and keeps it for a reload', async () => {
    await inTheCall();
    server.tell('token:refreshed', { token: 'fresh', expiresIn: 3600 });
    await vi.waitFor(() => expect([...storage.entries.values()]).toContain('fresh'));
    server.cut();
    await server.until('join', 2);
    expect(server.handshakes.at(-1)).toMatchObject({ token: 'fresh' });
  });

  it('ends when it reconnects to a visit that is over', async () => {
    await inTheCall();
    server.refusal = { code: 'session_over', message: 'over' };
    server.cut();
    await phase('ended');
  });

  it('repeats a join that fails for now', async () => {
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

  it('leave() tells the server, stops the devices at once, and start() returns', async () => {
    await inTheCall();
    const left = client.leave();
    expect(client.getState()).toMatchObject({ phase: 'left', participants: [] });
    expect(devicesStopped()).toBe(true);
    await left;
    expect(server.messages('leave')).toHaveLength(1);
    await inTheCall();
    expect(server.messages('join')).toHaveLength(2);
  });

  it('ends with session:ended, shows when, and stops the devices', async () => {
    server.clockOffset = 3_600_000;
    await inTheCall();
    server.tell('session:ended', { reason: 'host_ended' });
    const { closedAt, clockOffset } = await phase('ended');
    expect(devicesStopped()).toBe(true);
    expect(Math.abs((closedAt ?? 0) - Date.now() - clockOffset)).toBeLessThan(10_000);
  });

  it('fails with removed when dismissed for good, stops the devices and does not return', async () => {
    await inTheCall();
    server.tell('dismissed', { reason: 'removed' });
    const { error } = await phase('failed');
    expect(error?.code).toBe('removed');
    expect(devicesStopped()).toBe(true);
    expect(server.messages('join')).toHaveLength(1);
  });

  it('is left when dismissed for now, and start() returns', async () => {
    await inTheCall();
    server.tell('dismissed', { reason: 'dismissed' });
    expect(await phase('left')).toMatchObject({ error: null });
    expect(devicesStopped()).toBe(true);
    await inTheCall();
    expect(server.messages('join')).toHaveLength(2);
  });

  it('endVisit() tells the server and ends', async () => {
    await inTheCall();
    await client.endVisit();
    expect(client.getState().phase).toBe('ended');
    expect(server.messages('session:end')).toEqual([{}]);
  });

  it('endVisit() throws forbidden when the role may not, and the call continues', async () => {
    await inTheCall();
    server.answers['session:end'] = () => ({ ok: false, error: { code: 'forbidden', message: 'no' } });
    await expect(client.endVisit()).rejects.toMatchObject({ code: 'forbidden' });
    expect(client.getState().phase).toBe('joined');
  });

  it('stops when replaced by another tab, and does not reconnect', async () => {
    await inTheCall();
    server.tell('replaced');
    await phase('replaced');
    expect(devicesStopped()).toBe(true);
    expect(server.messages('join')).toHaveLength(1);
  });

  it('close() called by a listener of the loaded state opens no device and keeps no connection', async () => {
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

  it('close() disconnects at once, stops the devices, and changes no state afterwards', async () => {
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

describe('VisitClient.sendFeedback()', () => {
  it('is open once the participant was in the call, and given once sent', async () => {
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

  it('stays open through a reload after the visit is over', async () => {
    await inTheCall();
    client.close();
    server.problem = { status: 410, code: 'session_over' };
    client = create();
    client.start();
    expect(await phase('ended')).toMatchObject({ feedback: 'open' });
  });

  it('is none for another link in the same tab', async () => {
    await inTheCall();
    client.close();
    client = create({ token: 'somebody else’s' });
    expect(client.getState().feedback).toBe('none');
  });

  it('throws feedback_given when given before, and is given', async () => {
    await inTheCall();
    server.feedbackProblem = { status: 409, code: 'feedback_given' };
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'feedback_given' });
    expect(client.getState().feedback).toBe('given');
  });

  it('throws the code when refused for now, and stays open', async () => {
    await inTheCall();
    server.feedbackProblem = { status: 429, code: 'too_many_requests' };
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(client.getState().feedback).toBe('open');
  });

  it('throws token_missing without a token, and closed after close()', async () => {
    client = create({ token: null, sessionStorage: null });
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'token_missing' });
    client.close();
    await expect(client.sendFeedback({ rating: 4 })).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('VisitClient devices', () => {
  it('chooseDevice() uses the device at once and remembers it', async () => {
    await prepared();
    await client.chooseDevice('camera', 'cam-2');
    expect(media.requests.at(-1)).toMatchObject({ video: { deviceId: { exact: 'cam-2' } } });
    expect(client.getState().choice.camera).toBe('cam-2');
    expect(create().getState().choice.camera).toBe('cam-2');
  });

  it('chooseDevice() opens nothing for a speaker', async () => {
    await prepared();
    const before = media.requests.length;
    await client.chooseDevice('speaker', 'headset');
    expect(media.requests).toHaveLength(before);
    expect(client.getState().choice.speaker).toBe('headset');
  });

  it('lists a device that is plugged in', async () => {
    media.plugged = ['audioinput'];
    await prepared();
    media.plugged = ['audioinput', 'videoinput'];
    media.dispatchEvent(new Event('devicechange'));
    await until(({ devices }) => devices.camera.length === 1);
  });

  it('retryMedia() switches the devices on after the participant has allowed them', async () => {
    media.refuse = () => 'NotAllowedError';
    await prepared();
    await until(({ local }) => local.camera.problem !== null);
    media.refuse = () => null;
    await client.retryMedia();
    expect(client.getState().local).toMatchObject({ camera: { state: 'on' }, microphone: { state: 'on' } });
  });
});
