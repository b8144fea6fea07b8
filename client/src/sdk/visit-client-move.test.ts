import type { JoinResult } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VisitState } from './state/visit-state.ts';
import { ClientUnderTest } from './testing/client-under-test.ts';
import { chatMessage, consumerParameters, joinResult, person, waitingPerson } from './testing/fakes.ts';

let one: ClientUnderTest;
let seen: VisitState[];

/** The first connection, and the one to the new node. */
const OLD = 1;
const NEW = 2;
const HAND = '2026-01-01T10:05:00.000Z';

beforeEach(async () => {
  one = await ClientUnderTest.start();
  seen = [];
});
afterEach(() => one.close());

const consumers = (connection: number, sources: Source[] = ['camera', 'microphone']) =>
  sources.map((source) => consumerParameters(`${source}-${connection}`, 'pat1', source));

/** Joins a call with a participant whose streams arrive, and records the states from then on. */
async function inTheCallWithPat(change: Partial<JoinResult> = {}): Promise<void> {
  one.server.others = [person('pat1')];
  one.server.letIn({ consumers: consumers(OLD), ...change });
  await one.inTheCall();
  await one.until(({ tracks }) => tracks.length === 2);
  // Waits until the server knows this participant's state.
  await one.server.until('join');
  one.client.subscribe((state) => seen.push(state));
}

/** The result of a join over a later connection. */
function newServer(change: Partial<JoinResult> = {}): void {
  one.server.answers.join = (_, connection = NEW) => ({
    ok: true,
    data: {
      status: 'joined',
      result: joinResult({ participants: one.server.others, consumers: consumers(connection), ...change }),
    },
  });
}

/** Migrates the call; resolves when the page has joined the new node, whose streams deliver nothing yet. */
async function besideEachOther(change: Partial<JoinResult> = {}): Promise<void> {
  newServer(change);
  one.silent = true;
  one.server.tellOver(OLD, 'visit:moved');
  await one.server.untilOver(NEW, 'join');
  await one.server.untilOver(NEW, 'consumer:ready');
}

/** Lets the streams of the new node deliver; resolves when they are shown. */
async function swapped(connection = NEW): Promise<void> {
  one.flow();
  await one.until(({ tracks }) => tracks.some(({ consumerId }) => consumerId === `camera-${connection}`));
}

const shownIds = () => one.state.tracks.map(({ consumerId }) => consumerId).sort();
/** Expects that the participant noticed nothing. */
function nothingFlickered(): void {
  expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(['joined']));
  expect(new Set(seen.map(({ connection }) => connection))).toEqual(new Set(['connected']));
  expect(seen.filter(({ participants }) => participants.every(({ userId }) => userId !== 'pat1'))).toEqual(
    [],
  );
  expect(seen.filter(({ notice }) => notice !== null)).toEqual([]);
  for (const { tracks } of seen)
    expect(tracks.map(({ source }) => source).sort()).toEqual(['camera', 'microphone']);
}

describe('VisitClient during a migration', () => {
  it('has the streams of the new node as upcoming ones until they are shown', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    const upcoming = () => one.state.upcomingTracks.map(({ consumerId }) => consumerId).sort();
    expect(upcoming()).toEqual([`camera-${NEW}`, `microphone-${NEW}`]);
    await swapped();
    expect(upcoming()).toEqual([]);
  });

  it('joins over a second connection with the same page secret and the same sources', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    const [before, after] = one.server.messages('join');
    expect(after).toEqual({ ...before, live: ['microphone', 'camera'] });
    expect(one.server.messages('producer:create', NEW).map(({ source }) => source)).toEqual([
      'microphone',
      'camera',
    ]);
    expect(one.server.connection(NEW).handshake.query.session).toBe('sess_1');
    expect(one.server.connection(OLD).connected).toBe(true);
  });

  it('shows the old streams until the new ones deliver, then switches once', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    expect(shownIds()).toEqual(['camera-1', 'microphone-1']);
    expect(one.server.messages('moved')).toEqual([]);
    await swapped();
    expect(shownIds()).toEqual(['camera-2', 'microphone-2']);
    await one.server.untilOver(OLD, 'moved');
    nothingFlickered();
  });

  it('does not wait for streams that are switched off, hidden, or of a disconnected participant', async () => {
    const { media } = person('pat1');
    one.server.others = [person('pat1', { media: { ...media, microphone: 'off' } })];
    one.server.letIn({ consumers: consumers(OLD) });
    await one.inTheCall();
    one.client.setViews([{ userId: 'pat1', source: 'camera', width: 0 }]);
    await one.until(({ tracks }) => tracks.length === 2);
    await besideEachOther();
    await one.server.untilOver(OLD, 'moved');
    // Streams that the new connection lacks are still played over the old one.
    expect(shownIds()).toEqual(['camera-1', 'microphone-1']);
    one.flow();
    await one.until(() => shownIds()[0] === 'camera-2' && shownIds()[1] === 'microphone-2');
  });

  it('sends messages over the new connection once it is shown', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    await one.client.react('heart');
    await swapped();
    await one.client.react('clap');
    expect(one.server.messages('reaction:send', OLD)).toEqual([{ reaction: 'heart' }]);
    expect(one.server.messages('reaction:send', NEW)).toEqual([{ reaction: 'clap' }]);
  });

  it('sends over the old connection until the server closes it, and keeps the camera on', async () => {
    await inTheCallWithPat();
    const { track } = one.state.local.camera;
    await besideEachOther();
    await swapped();
    expect(one.server.messages('producer:close')).toEqual([]);
    await one.client.setOn('microphone', false);
    await one.server.untilOver(OLD, 'producer:pause');
    await one.server.untilOver(NEW, 'producer:pause');
    one.server.connection(OLD).disconnect(true);
    await one.client.setOn('microphone', true);
    await one.server.untilOver(NEW, 'producer:resume');
    expect(one.state.local.camera.track).toBe(track);
    expect(track?.readyState).toBe('live');
    expect(one.media.requests).toHaveLength(1);
    expect(one.server.handshakes).toHaveLength(2);
    nothingFlickered();
  });

  it('shows the state of the new node, with the changes since the join', async () => {
    await inTheCallWithPat();
    const { media } = person('pat1');
    await besideEachOther();
    one.server.tellOver(NEW, 'participant:joined', person('pat2'));
    one.server.tellOver(NEW, 'participant:updated', person('pat1', { media: { ...media, screen: 'on' } }));
    one.server.tellOver(NEW, 'room:updated', {
      locked: true,
      screenShareAllowed: true,
      activeSpeaker: 'pat2',
    });
    one.server.tellOver(NEW, 'waiting:people', { people: [waitingPerson('pat3')] });
    await one.server.untilOver(NEW, 'producer:create', 2);
    await one.client.react('heart');
    expect(one.state).toMatchObject({ participants: [{ userId: 'pat1' }], waitingPeople: [] });
    await swapped();
    expect(one.state).toMatchObject({
      participants: [{ userId: 'pat1', media: { screen: 'on' } }, { userId: 'pat2' }],
      room: { locked: true },
      waitingPeople: [{ userId: 'pat3' }],
    });
    nothingFlickered();
  });

  it('keeps a participant who is not on the new node yet, as long as the old node has them', async () => {
    await inTheCallWithPat();
    one.server.tellOver(OLD, 'participant:joined', person('pat2'));
    await one.until(({ participants }) => participants.length === 2);
    await besideEachOther();
    await swapped();
    expect(one.state.participants.map(({ userId }) => userId)).toEqual(['pat1', 'pat2']);
    one.server.connection(OLD).disconnect(true);
    await one.until(({ participants }) => participants.length === 1);
  });

  it('does not keep a participant who has left over either connection', async () => {
    await inTheCallWithPat();
    one.server.tellOver(OLD, 'participant:joined', person('pat2'));
    one.server.tellOver(OLD, 'participant:joined', person('pat3'));
    await one.until(({ participants }) => participants.length === 3);
    await besideEachOther();
    one.server.tellOver(NEW, 'participant:left', { userId: 'pat2', reason: 'left' });
    one.server.tellOver(OLD, 'participant:left', { userId: 'pat3', reason: 'left' });
    await one.until(({ participants }) => participants.length === 2);
    await swapped();
    expect(one.state.participants.map(({ userId }) => userId)).toEqual(['pat1']);
  });

  it('ignores changes over the old connection once the new one is shown', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    await swapped();
    one.server.tellOver(OLD, 'participant:left', { userId: 'pat1', reason: 'left' });
    one.server.tellOver(OLD, 'consumer:closed', { consumerId: 'camera-1' });
    one.server.tellOver(OLD, 'room:updated', { locked: true, screenShareAllowed: true, activeSpeaker: null });
    one.server.tellOver(OLD, 'chat:message', chatMessage(7, 'pat1'));
    await one.until(({ chat }) => chat.messages.length === 1);
    expect(one.state).toMatchObject({ participants: [{ userId: 'pat1' }], room: { locked: false } });
    nothingFlickered();
  });

  it('shows each chat message once, whichever connection delivers it', async () => {
    await inTheCallWithPat({ chat: [chatMessage(1, 'pat1')] });
    await besideEachOther({ chat: [chatMessage(1, 'pat1'), chatMessage(2, 'pat1')] });
    for (const connection of [OLD, NEW])
      one.server.tellOver(connection, 'chat:message', chatMessage(3, 'pat1'));
    one.server.tellOver(OLD, 'chat:message', chatMessage(4, 'pat1'));
    await one.until(({ chat }) => chat.messages.some(({ seq }) => seq === 4));
    await swapped();
    expect(one.state.chat.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(one.state.chat.unread).toBe(4);
    one.client.chat.send('hello');
    await one.server.untilOver(NEW, 'chat:send');
  });

  it('sends the views to both nodes', async () => {
    await inTheCallWithPat();
    one.client.setViews([{ userId: 'pat1', source: 'camera', width: 100 }]);
    await one.server.until('consumer:prefer');
    await besideEachOther();
    await one.server.untilOver(NEW, 'consumer:prefer');
    expect(one.server.messages('consumer:prefer', NEW)).toEqual([
      { consumers: [{ consumerId: 'camera-2', visible: true, spatialLayer: 0 }] },
    ]);
    one.client.setSaveData(true);
    await one.server.untilOver(OLD, 'consumer:prefer', 2);
    await one.server.untilOver(NEW, 'consumer:prefer', 2);
    await one.server.untilOver(OLD, 'producer:pause');
    await one.server.untilOver(NEW, 'producer:pause');
  });
});

describe('VisitClient during a migration, with its own media', () => {
  it('does not name a source in the join that was switched off just before', async () => {
    await inTheCallWithPat();
    newServer();
    const { prepare } = one.server.answers;
    one.server.answers.prepare = (payload) => {
      void one.client.setOn('microphone', false);
      return prepare(payload);
    };
    one.server.tellOver(OLD, 'visit:moved');
    await one.server.untilOver(NEW, 'join');
    expect(one.server.messages('join', NEW)).toMatchObject([{ live: ['camera'] }]);
    await one.server.untilOver(OLD, 'producer:pause');
  });

  it('shares a screen over both connections, and ends it over both', async () => {
    await inTheCallWithPat();
    await one.client.startShare();
    await one.server.untilOver(OLD, 'producer:create', 4);
    await besideEachOther();
    await one.server.untilOver(NEW, 'producer:create', 4);
    one.client.stopShare();
    await one.server.untilOver(OLD, 'producer:close', 2);
    await one.server.untilOver(NEW, 'producer:close', 2);
  });

  it.each([
    ['old', OLD, NEW],
    ['new', NEW, OLD],
  ])(
    'mutes over both connections when a host mutes over the %s one, with one notice',
    async (_, first, second) => {
      await inTheCallWithPat();
      await besideEachOther();
      one.server.tellOver(first, 'muted', { source: 'microphone', by: 'Dr. Okafor' });
      const { notice } = await one.until((state) => state.notice?.kind === 'muted');
      expect(one.state.local.microphone.state).toBe('off');
      await one.server.untilOver(second, 'producer:pause');
      one.server.tellOver(second, 'muted', { source: 'microphone', by: 'Dr. Okafor' });
      one.server.tellOver(second, 'chat:message', chatMessage(9, 'pat1'));
      await one.until(({ chat }) => chat.messages.length === 1);
      expect(one.state.notice).toBe(notice);
    },
  );

  it('ends a share over both connections when a host stops it over the new one, with a notice', async () => {
    await inTheCallWithPat();
    await one.client.startShare();
    await one.server.untilOver(OLD, 'producer:create', 4);
    await besideEachOther();
    await one.server.untilOver(NEW, 'producer:create', 4);
    one.server.tellOver(NEW, 'share:stopped', { by: 'Dr. Okafor' });
    await one.until(({ notice }) => notice?.kind === 'share_stopped');
    await one.server.untilOver(OLD, 'producer:close', 2);
  });

  it('shows a notice when a host asks to unmute over the new connection', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.tellOver(NEW, 'unmute:asked', { by: 'Dr. Okafor' });
    await one.until(({ notice }) => notice?.kind === 'unmute_asked');
  });
});

describe('VisitClient during a migration, with a state that only the old node knows', () => {
  it('repeats the raised hand and the background', async () => {
    await inTheCallWithPat({ self: person('me', { handRaisedAt: HAND }) });
    one.client.setAway(true);
    await one.server.until('presence:set');
    await besideEachOther();
    await one.server.untilOver(NEW, 'hand:set');
    await one.server.untilOver(NEW, 'presence:set');
    await swapped();
    expect(one.state.me).toMatchObject({ handRaisedAt: HAND, away: true });
    expect(one.server.messages('hand:set', NEW)).toEqual([{ raised: true }]);
    expect(seen.filter(({ me }) => me?.handRaisedAt === null)).toEqual([]);
  });

  it('does not repeat what the new node knows', async () => {
    await inTheCallWithPat({ self: person('me', { handRaisedAt: HAND }) });
    await besideEachOther({ self: person('me', { handRaisedAt: HAND }) });
    await swapped();
    await one.client.react('heart');
    expect(one.server.messages('hand:set')).toEqual([]);
  });

  it('raises a hand over the new connection that was raised over the old one meanwhile', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.tellOver(OLD, 'participant:updated', person('me', { handRaisedAt: HAND }));
    await one.until(({ me }) => me?.handRaisedAt === HAND);
    await swapped();
    expect(one.state.me?.handRaisedAt).toBe(HAND);
    await one.server.untilOver(NEW, 'hand:set');
  });

  it('keeps a hand lowered that a host lowered over the old connection meanwhile', async () => {
    await inTheCallWithPat({ self: person('me', { handRaisedAt: HAND }) });
    await besideEachOther();
    await one.server.untilOver(NEW, 'hand:set');
    one.server.tellOver(OLD, 'participant:updated', person('me'));
    await one.until(({ me }) => me?.handRaisedAt === null);
    await swapped();
    expect(one.state.me?.handRaisedAt).toBeNull();
    await one.server.untilOver(NEW, 'hand:set', 2);
    expect(one.server.messages('hand:set', NEW).at(-1)).toEqual({ raised: false });
  });

  it('does not raise a hand again that a host lowered over the new connection', async () => {
    await inTheCallWithPat({ self: person('me', { handRaisedAt: HAND }) });
    await besideEachOther();
    await one.server.untilOver(NEW, 'hand:set');
    one.server.tellOver(NEW, 'participant:updated', person('me'));
    await one.client.react('heart');
    await swapped();
    await one.until(({ me }) => me?.handRaisedAt === null);
    await one.client.react('heart');
    expect(one.server.messages('hand:set', NEW)).toEqual([{ raised: true }]);
  });
});

describe('VisitClient during a migration, with failures', () => {
  it('shows the new connection when the old one is lost before the new one delivers', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.connection(OLD).conn.close();
    await one.until(({ upcomingTracks }) => upcomingTracks.length === 0);
    await one.client.react('heart');
    expect(one.server.messages('reaction:send', NEW)).toHaveLength(1);
    await swapped();
    nothingFlickered();
    expect(one.server.handshakes).toHaveLength(2);
  });

  it('shows the new connection as soon as it has joined when the old one is lost before', async () => {
    await inTheCallWithPat();
    newServer({ room: { locked: true, screenShareAllowed: true, activeSpeaker: null } });
    const { prepare } = one.server.answers;
    one.server.answers.prepare = (payload) => {
      one.server.connection(OLD).disconnect(true);
      return prepare(payload);
    };
    one.server.tellOver(OLD, 'visit:moved');
    await one.until(({ room }) => room.locked);
    await one.until(() => shownIds()[0] === 'camera-2');
    nothingFlickered();
  });

  it('repeats a new connection that fails while the old one continues', async () => {
    await inTheCallWithPat();
    newServer();
    one.server.refusals.push(
      { code: 'wrong_node', message: '' },
      { code: 'no_capacity', message: '' },
      { code: 'shutting_down', message: '' },
    );
    one.server.tellOver(OLD, 'visit:moved');
    await one.server.untilHandshakes(4);
    await one.client.react('heart');
    expect(one.server.messages('reaction:send', OLD)).toHaveLength(1);
    await swapped();
    await one.server.untilOver(OLD, 'moved');
    nothingFlickered();
  });

  it('shows reconnecting when the new connection fails after the old one is closed, and recovers', async () => {
    await inTheCallWithPat();
    newServer();
    one.server.refusal = { code: 'shutting_down', message: '' };
    one.server.tellOver(OLD, 'visit:moved');
    await one.server.untilHandshakes(3);
    expect(one.state.connection).toBe('connected');
    one.server.connection(OLD).disconnect(true);
    await one.until(({ connection }) => connection === 'reconnecting');
    expect(one.state).toMatchObject({ phase: 'joined', participants: [{ userId: 'pat1' }] });
    one.server.refusal = null;
    await one.until(({ connection }) => connection === 'connected');
    await one.until(() => shownIds()[0] === 'camera-2');
  });

  it('repeats a new connection that drops before it is shown, without showing that', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.connection(NEW).conn.close();
    await one.server.untilOver(3, 'join');
    await swapped(3);
    await one.server.untilOver(OLD, 'moved');
    nothingFlickered();
  });

  it('shows the new connection although its media lost the path for a moment', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    for (const state of ['connected', 'disconnected', 'connected'] as const)
      for (const transport of one.transports.slice(2)) transport.setConnectionState(state);
    await swapped();
    await one.server.untilOver(OLD, 'moved');
    nothingFlickered();
  });

  it('fails with the reason when the new connection is refused for good', async () => {
    await inTheCallWithPat();
    one.server.refusal = { code: 'removed', message: 'out' };
    one.server.tellOver(OLD, 'visit:moved');
    await one.phase('failed');
    expect(one.state.error?.code).toBe('removed');
    expect(one.media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  });

  it('makes the new connection again when the call migrates before it is shown, while the old one continues', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.tellOver(NEW, 'visit:moved');
    await one.server.untilOver(3, 'join');
    expect(shownIds()).toEqual(['camera-1', 'microphone-1']);
    await swapped(3);
    await one.server.untilOver(OLD, 'moved');
    nothingFlickered();
  });

  it('migrates to a third connection while the first one is still closing', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    await swapped();
    one.silent = true;
    one.server.tellOver(NEW, 'visit:moved');
    await one.server.untilOver(3, 'join');
    expect(shownIds()).toEqual(['camera-2', 'microphone-2']);
    await swapped(3);
    await one.server.untilOver(NEW, 'moved');
    expect(one.server.messages('moved', OLD)).toHaveLength(1);
    one.server.connection(OLD).disconnect(true);
    one.server.connection(NEW).disconnect(true);
    await one.client.react('heart');
    expect(one.server.messages('reaction:send', 3)).toHaveLength(1);
    expect(one.server.handshakes).toHaveLength(3);
    nothingFlickered();
  });
});

describe('VisitClient during a migration, at the end', () => {
  it('leave() leaves over both connections', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    await one.client.leave();
    expect(one.state.phase).toBe('left');
    expect([one.server.messages('leave', OLD), one.server.messages('leave', NEW)]).toEqual([[{}], [{}]]);
    await expect.poll(() => one.server.sockets.length).toBe(0);
  });

  it('leave() ends as left when the old node answers first', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.answers.leave = (_, connection) => (connection === OLD ? { ok: true, data: null } : null);
    seen = [];
    await one.client.leave();
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(['left']));
    expect(one.state).toMatchObject({ phase: 'left', me: null, participants: [], tracks: [] });
  });

  it('leave() before the second connection is made prevents it', async () => {
    await inTheCallWithPat();
    one.server.refusal = { code: 'shutting_down', message: '' };
    one.server.tellOver(OLD, 'visit:moved');
    await one.server.untilHandshakes(2);
    await one.client.leave();
    expect(one.state.phase).toBe('left');
    expect(one.server.messages('leave', OLD)).toHaveLength(1);
    await expect.poll(() => one.server.sockets.length).toBe(0);
  });

  it.each([OLD, NEW])('ends when the visit ends over connection %i', async (connection) => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.tellOver(connection, 'session:ended', { reason: 'host_ended' });
    await one.phase('ended');
    await expect.poll(() => one.server.sockets.length).toBe(0);
  });

  it.each([OLD, NEW])('fails with removed when removed over connection %i', async (connection) => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.tellOver(connection, 'dismissed', { reason: 'removed' });
    await one.phase('failed');
    await expect.poll(() => one.server.sockets.length).toBe(0);
  });

  it('ignores replaced over the old connection, and ends when replaced over the new one', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    one.server.tellOver(OLD, 'replaced');
    one.server.connection(OLD).disconnect(true);
    await swapped();
    nothingFlickered();
    one.server.tellOver(NEW, 'replaced');
    await one.phase('replaced');
  });

  it('ends as replaced when another device joined during the migration', async () => {
    await inTheCallWithPat();
    one.server.answers.join = () => ({ ok: false, error: { code: 'joined_elsewhere', message: '' } });
    one.server.tellOver(OLD, 'visit:moved');
    await one.phase('replaced');
  });

  it('close() during the migration says goodbye without an event', async () => {
    await inTheCallWithPat();
    await besideEachOther();
    const before = seen.length;
    one.client.close();
    await expect.poll(() => one.server.sockets.length).toBe(0);
    expect(seen).toHaveLength(before);
  });
});

describe('VisitClient during a migration before the join', () => {
  it('reconnects in the preview, and joins the new node', async () => {
    await one.prepared();
    one.server.tellOver(OLD, 'visit:moved');
    await one.server.untilOver(NEW, 'prepare');
    await one.until(({ connection }) => connection === 'connected');
    expect(one.state.phase).toBe('ready');
    one.client.join();
    await one.phase('joined');
    expect(one.server.messages('join', NEW)).toHaveLength(1);
    expect(one.server.messages('moved')).toEqual([]);
    expect(one.server.connection(OLD).connected).toBe(false);
  });

  it('reconnects in the waiting room, and waits on the new node', async () => {
    await one.inTheWaitingRoom();
    one.server.tellOver(OLD, 'visit:moved');
    await one.server.untilOver(NEW, 'join');
    await one.until(({ connection }) => connection === 'connected');
    expect(one.state.phase).toBe('waiting');
    one.server.tellOver(NEW, 'admitted', joinResult());
    await one.phase('joined');
  });
});

describe('VisitClient after the death of its server', () => {
  it('raises the hand again when the next server does not know of it', async () => {
    await inTheCallWithPat({ self: person('me', { handRaisedAt: HAND }) });
    newServer();
    one.server.cut();
    await one.server.untilOver(NEW, 'hand:set');
    expect(one.server.messages('hand:set')).toEqual([{ raised: true }]);
    expect(one.state.me?.handRaisedAt).toBe(HAND);
  });

  it('keeps the hand as the next server has it when that knows of it, or has lowered it', async () => {
    await inTheCallWithPat({ self: person('me', { handRaisedAt: HAND }) });
    newServer({ self: person('me', { handRaisedAt: HAND }) });
    await one.reconnected();
    one.server.answers.resume = () => ({
      ok: true,
      data: { status: 'resumed', result: joinResult({ participants: one.server.others }) },
    });
    one.server.cut();
    await one.server.until('resume', 2);
    await one.until(({ me }) => me?.handRaisedAt === null);
    expect(one.server.messages('hand:set')).toEqual([]);
  });
});
