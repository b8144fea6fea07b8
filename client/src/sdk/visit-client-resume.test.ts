import type { JoinResult, ResumeOutcome } from '@televisit/shared/signaling';
import { FakeHandler, type types } from 'mediasoup-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientUnderTest } from './testing/client-under-test.ts';
import { chatMessage, consumerParameters, joinResult, person } from './testing/fakes.ts';

let one: ClientUnderTest;

beforeEach(async () => {
  one = await ClientUnderTest.start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await one.close();
});

/** Makes the server keep all media through a drop. */
function keepMedia(change: Partial<JoinResult> = {}): void {
  one.server.answers.resume = () => ({
    ok: true,
    data: { status: 'resumed', result: joinResult(change) },
  });
}

/** Cuts the connection; resolves when the next one has resumed. */
async function resumed(): Promise<void> {
  const before = one.server.messages('resume').length;
  one.server.cut();
  await one.until(({ connection }) => connection === 'reconnecting');
  await one.server.until('resume', before + 1);
  await one.until(({ connection }) => connection === 'connected');
}

describe('VisitClient after a dropped connection within the grace period', () => {
  it('resumes the same transports, streams and devices', async () => {
    await one.inTheCall();
    one.server.tell('consumer:new', consumerParameters('c1', 'pat1', 'camera'));
    const { tracks } = await one.until((state) => state.tracks.length === 1);
    keepMedia({ consumers: [consumerParameters('c1', 'pat1', 'camera')] });
    await resumed();
    expect(one.server.messages('resume')).toEqual([
      { device: expect.any(String) as string, live: ['microphone', 'camera'] },
    ]);
    expect(one.server.messages('prepare')).toHaveLength(1);
    expect(one.server.messages('join')).toHaveLength(1);
    expect(one.state.tracks).toEqual(tracks);
    expect(one.media.requests).toHaveLength(1);
  });

  it('shows the state that the server reports', async () => {
    await one.inTheCall();
    keepMedia({
      self: person('me', { handRaisedAt: '2026-01-01T10:05:00.000Z' }),
      participants: [person('pat2')],
      chat: [chatMessage(1, 'pat2')],
      room: { locked: true, screenShareAllowed: true, activeSpeaker: 'pat2' },
    });
    await resumed();
    expect(one.state).toMatchObject({
      phase: 'joined',
      me: { handRaisedAt: '2026-01-01T10:05:00.000Z' },
      participants: [{ userId: 'pat2' }],
      room: { locked: true, activeSpeaker: 'pat2' },
    });
    expect(one.state.chat.messages.map(({ seq }) => seq)).toEqual([1]);
  });

  it('adds streams that came meanwhile, removes others, and reports which are ready and shown', async () => {
    await one.inTheCall();
    one.server.tell('consumer:new', consumerParameters('gone', 'pat1', 'camera'));
    one.server.tell('consumer:new', consumerParameters('stays', 'pat2', 'camera'));
    await one.until(({ tracks }) => tracks.length === 2);
    one.client.setViews([{ userId: 'pat2', source: 'camera', width: 100 }]);
    await one.server.until('consumer:prefer');
    keepMedia({
      consumers: [consumerParameters('stays', 'pat2', 'camera'), consumerParameters('new', 'pat3', 'camera')],
    });
    one.server.received.length = 0;
    await resumed();
    const { tracks } = await one.until((state) =>
      state.tracks.some(({ consumerId }) => consumerId === 'new'),
    );
    expect(tracks.map(({ consumerId }) => consumerId)).toEqual(['stays', 'new']);
    await expect
      .poll(() => one.server.messages('consumer:ready').flatMap(({ consumerIds }) => consumerIds))
      .toEqual(expect.arrayContaining(['stays', 'new']));
    expect(one.server.messages('consumer:prefer').flatMap(({ consumers }) => consumers)).toContainEqual({
      consumerId: 'stays',
      visible: true,
      spatialLayer: 0,
    });
  });

  it('tells the server of a mute during the drop', async () => {
    await one.inTheCall();
    keepMedia();
    one.server.cut();
    await one.until(({ connection }) => connection === 'reconnecting');
    await one.client.setOn('microphone', false);
    await one.server.until('resume');
    await one.server.until('producer:pause');
    expect(one.server.messages('resume')).toMatchObject([{ live: ['camera'] }]);
  });

  it('does not name a share that ended during the drop', async () => {
    await one.inTheCall();
    await one.client.startShare();
    await one.server.until('producer:create', 3);
    keepMedia();
    one.server.cut();
    await one.until(({ connection }) => connection === 'reconnecting');
    one.client.stopShare();
    await one.server.until('resume');
    expect(one.server.messages('resume').at(-1)?.live).toEqual(['microphone', 'camera']);
  });

  it('stays muted when a host muted during the drop', async () => {
    await one.inTheCall();
    const { media } = person('me');
    one.server.answers.resume = () => {
      one.server.tell('muted', { source: 'microphone', by: 'Dr. Okafor' });
      const self = person('me', { media: { ...media, microphone: 'off' } });
      return { ok: true, data: { status: 'resumed', result: joinResult({ self }) } };
    };
    await resumed();
    await one.until(({ local }) => local.microphone.state === 'off');
    expect(one.server.messages('producer:resume')).toEqual([]);
  });

  it('prepares new transports when the grace period is over', async () => {
    await one.inTheCall();
    await one.reconnected();
    expect(one.server.messages('resume')).toHaveLength(1);
    expect(one.server.messages('prepare')).toHaveLength(2);
    await one.server.until('join', 2);
  });
});

describe('VisitClient connection state in the call', () => {
  const PATS = [consumerParameters('c1', 'pat1', 'camera'), consumerParameters('c2', 'pat1', 'microphone')];
  const becomes = (state: types.ConnectionState, ...which: number[]) => {
    for (const index of which) one.transports[index]?.setConnectionState(state);
  };

  beforeEach(async () => {
    one.server.others = [person('pat1')];
    one.server.letIn({ consumers: PATS });
    await one.inTheCall();
    await one.until(({ tracks }) => tracks.length === 2);
    becomes('connected', 0, 1);
  });

  it('is reconnecting until every transport has found a path again', () => {
    becomes('disconnected', 0, 1);
    expect(one.state.connection).toBe('reconnecting');
    becomes('connected', 0);
    expect(one.state.connection).toBe('reconnecting');
    becomes('connected', 1);
    expect(one.state.connection).toBe('connected');
  });

  it('is reconnecting while the server is unreachable, although the media has recovered', async () => {
    becomes('disconnected', 0, 1);
    one.server.refusal = { code: 'shutting_down', message: '' };
    one.server.cut();
    await one.server.untilHandshakes(2);
    becomes('connected', 0, 1);
    expect(one.state.connection).toBe('reconnecting');
    keepMedia({ consumers: PATS });
    one.server.refusal = null;
    await one.until(({ connection }) => connection === 'connected');
  });

  it('is reconnecting while the media has not recovered, although the server has', async () => {
    keepMedia({ consumers: PATS });
    becomes('disconnected', 1);
    one.server.cut();
    await one.server.until('resume');
    await one.client.react('heart');
    expect(one.state.connection).toBe('reconnecting');
    becomes('connected', 1);
    expect(one.state.connection).toBe('connected');
  });

  it('ignores old transports that are played only until the new ones deliver', async () => {
    one.silent = true;
    one.server.cut();
    await one.server.until('join', 2);
    await one.until(({ connection }) => connection === 'connected');
    becomes('disconnected', 0, 1);
    expect(one.state.connection).toBe('connected');
    one.flow();
  });
});

describe('VisitClient with a transport that loses its path during a reconnect', () => {
  /** Loses the server, with its state or without; a transport notices during the resume. */
  function losesItsWay(outcome: ResumeOutcome): void {
    for (const transport of one.transports) transport.setConnectionState('connected');
    one.server.answers.resume = () => {
      for (const transport of one.transports) transport.setConnectionState('disconnected');
      return { ok: true, data: outcome };
    };
    one.server.cut();
  }

  it('does not restart ICE when the server has nothing to resume', async () => {
    await one.inTheCall();
    one.server.answers['transport:restart-ice'] = () => ({
      ok: false,
      error: { code: 'not_prepared', message: '' },
    });
    losesItsWay({ status: 'gone' });
    await one.server.until('join', 2);
    await one.until(({ connection }) => connection === 'connected');
    expect(one.server.messages('transport:restart-ice')).toEqual([]);
    expect(one.server.handshakes).toHaveLength(2);
  });

  it('restarts ICE once everything is prepared', async () => {
    const { 'producer:create': create } = one.server.answers;
    one.server.answers['producer:create'] = (payload) => {
      for (const transport of one.transports) transport.setConnectionState('disconnected');
      expect(one.server.messages('transport:restart-ice')).toEqual([]);
      return create(payload);
    };
    one.client.start();
    await one.server.until('transport:restart-ice', 2);
    for (const transport of one.transports) transport.setConnectionState('connected');
    await one.until(({ connection }) => connection === 'connected');
    expect(one.server.handshakes).toHaveLength(1);
  });

  it('restarts ICE once the server has resumed', async () => {
    await one.inTheCall();
    losesItsWay({ status: 'resumed', result: joinResult() });
    await one.server.until('transport:restart-ice', 2);
    expect(one.server.messages('transport:restart-ice')).toHaveLength(2);
    expect(
      one.server.received.map(({ message }) => message).indexOf('transport:restart-ice'),
    ).toBeGreaterThan(one.server.received.map(({ message }) => message).indexOf('resume'));
    expect(one.server.handshakes).toHaveLength(2);
  });
});

describe('VisitClient that leaves during a resume', () => {
  it('stays left when the answer arrives', async () => {
    await one.inTheCall();
    let leaves: Promise<void> | undefined;
    one.server.answers.leave = () => null;
    one.server.answers.resume = () => {
      leaves = one.client.leave();
      return { ok: true, data: { status: 'resumed', result: joinResult() } };
    };
    one.server.cut();
    await one.phase('left');
    const phases = new Set<string>();
    one.client.subscribe(({ phase }) => phases.add(phase));
    await leaves;
    expect([...phases]).toEqual(['left']);
    await expect.poll(() => one.server.sockets.length).toBe(0);
  });
});

describe('VisitClient with media that the server has lost', () => {
  it('prepares and joins again over the same connection, and is reconnecting until then', async () => {
    await one.inTheCall();
    one.server.tell('media:renew');
    await one.until(({ connection }) => connection === 'reconnecting');
    await one.server.until('join', 2);
    await one.until(({ connection }) => connection === 'connected');
    expect(one.server.messages('prepare')).toHaveLength(2);
    expect(one.server.handshakes).toHaveLength(1);
  });

  it('sends its own media at once, before the others’ arrives', async () => {
    one.server.others = [person('pat1')];
    one.server.letIn({ consumers: [consumerParameters('c1', 'pat1', 'camera')] });
    await one.inTheCall();
    await one.until(({ tracks }) => tracks.length === 1);
    const replaced = vi.spyOn(FakeHandler.prototype, 'replaceTrack');
    const sends = () =>
      expect(replaced.mock.calls.map(([, track]) => track)).toContain(one.state.local.camera.track);
    one.client.reportFirstFrame();
    await vi.waitFor(sends);
    replaced.mockClear();
    one.silent = true;
    one.server.tell('media:renew');
    await one.server.until('join', 2);
    await one.until(({ connection }) => connection === 'connected');
    await vi.waitFor(sends, 200);
    one.flow();
  });

  it('prepares again in the preview', async () => {
    await one.prepared();
    one.server.tell('media:renew');
    await one.server.until('prepare', 2);
    await one.until(({ connection }) => connection === 'connected');
    expect(one.server.messages('join')).toEqual([]);
  });
});

describe('VisitClient on a second device', () => {
  const refuse = () => ({ ok: false, error: { code: 'joined_elsewhere', message: 'in already' } }) as const;

  it('is elsewhere, stays connected, and takes over on the second join()', async () => {
    const { join } = one.server.answers;
    one.server.answers.join = refuse;
    await one.prepared();
    one.server.tell('consumer:new', consumerParameters('c1', 'pat1', 'microphone'));
    const { tracks } = await one.until((state) => state.tracks.length === 1);
    one.client.join();
    await one.phase('elsewhere');
    expect(one.state).toMatchObject({ connection: 'connected', tracks });
    one.server.answers.join = join;
    one.client.join();
    await one.phase('joined');
    expect(one.server.messages('join').map(({ takeOver }) => takeOver)).toEqual([undefined, true]);
  });

  it('leaves without taking over', async () => {
    one.server.answers.join = refuse;
    await one.prepared();
    one.client.join();
    await one.phase('elsewhere');
    await one.client.leave();
    expect(one.state.phase).toBe('left');
  });

  it('is the same device after a reload', async () => {
    await one.inTheCall();
    one.reload();
    await one.inTheCall();
    const [before, after] = one.server.messages('join').map(({ device }) => device);
    expect(before).toMatch(/^[0-9a-f]{24}$/);
    expect(after).toBe(before);
  });
});
