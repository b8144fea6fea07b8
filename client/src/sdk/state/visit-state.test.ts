import { describe, expect, it } from 'vitest';
import { VisitError } from '../core/errors.ts';
import { NO_SOURCES, type LocalSources } from '../devices/local-media.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import {
  asTrack,
  chatMessage,
  FakeTrack,
  joinResult,
  person,
  visitBootstrap,
  waitingPerson,
} from '../testing/fakes.ts';
import {
  announced,
  announcementClosed,
  declined,
  INITIAL_STATE,
  joined,
  loaded,
  mediaBlocked,
  noticed,
  participantChanged,
  participantLeft,
  stopped,
  trackOf,
  waiting,
  waitingMessage,
  type VisitState,
} from './visit-state.ts';

const inCall: VisitState = {
  ...INITIAL_STATE,
  phase: 'joined',
  self: { userId: 'me', role: 'doctor', displayName: null, permissions: [] },
  participants: [person('pat1'), person('int1')],
};
const remote = (consumerId: string, userId: string, source: RemoteTrack['source']): RemoteTrack => ({
  consumerId,
  userId,
  source,
  track: asTrack(new FakeTrack(source === 'camera' ? 'video' : 'audio')),
});

const UNREAD = { visible: false, readUpTo: 0 };

describe('loaded', () => {
  it('begins the preview with the visit, its screen rule and the hosts’ notes', () => {
    const visit = visitBootstrap();
    const state = loaded(
      { ...INITIAL_STATE, phase: 'early', opensAt: 1 },
      { ...visit, session: { ...visit.session, hostNotes: 'Ask about the knee.' } },
      5,
    );
    expect(state).toMatchObject({
      phase: 'ready',
      opensAt: null,
      clockOffset: 5,
      session: { sessionId: 'sess_1' },
      self: { userId: 'me' },
      room: { locked: false, screenShareAllowed: true },
      hostNotes: 'Ask about the knee.',
    });
  });
});

describe('waiting, waitingMessage, declined', () => {
  const since = '2026-01-01T09:55:00.000Z';
  const line = { text: 'Two minutes.', displayName: 'Dr. Okafor', at: since };

  it('waiting() puts the time on this device’s clock', () => {
    const state = waiting(
      { ...INITIAL_STATE, clockOffset: 30_000 },
      { since, hostPresent: true, needsAdmission: true },
    );
    expect(state).toMatchObject({
      phase: 'waiting',
      waiting: {
        since: Date.parse(since) - 30_000,
        hostPresent: true,
        needsAdmission: true,
        messages: [],
      },
    });
  });

  it('waiting() again, as after a reconnect, keeps what hosts wrote', () => {
    const first = waiting(INITIAL_STATE, { since, hostPresent: false, needsAdmission: false });
    const again = waiting(waitingMessage(first, line), { since, hostPresent: true, needsAdmission: false });
    expect(again.waiting).toMatchObject({ hostPresent: true, messages: [line] });
  });

  it('waitingMessage() to somebody who no longer waits changes nothing', () => {
    expect(waitingMessage(inCall, line)).toBe(inCall);
  });

  it('declined() ends the waiting', () => {
    const state = declined(waiting(INITIAL_STATE, { since, hostPresent: true, needsAdmission: true }));
    expect(state).toMatchObject({ phase: 'declined', waiting: null });
  });
});

describe('announced, announcementClosed', () => {
  const line = (text: string) => ({ text, at: '2026-01-01T10:00:00.000Z' });
  const after = (...texts: string[]) =>
    texts.reduce((state, text) => announced(state, line(text)), INITIAL_STATE);

  it('announced() adds a line, once where it comes twice, and keeps the last three', () => {
    expect(after('one', 'two', 'one').announcements).toEqual([line('one'), line('two')]);
    expect(after('one', 'two', 'three', 'four').announcements.map(({ text }) => text)).toEqual([
      'two',
      'three',
      'four',
    ]);
  });

  it('announcementClosed() takes that one away', () => {
    const state = after('one', 'two');
    expect(announcementClosed(state, state.announcements[0]!).announcements).toEqual([line('two')]);
    expect(announcementClosed(INITIAL_STATE, line('one')).announcements).toEqual([]);
  });

  it('a line stays through the join, and goes with the visit', () => {
    const waitingNow = { since: line('').at, hostPresent: true, needsAdmission: true };
    const inside = joined(waiting(after('one'), waitingNow), joinResult({}), UNREAD);
    expect(inside.announcements).toEqual([line('one')]);
    expect(stopped(inside, 'ended').announcements).toEqual([]);
  });
});

describe('joined', () => {
  const result = joinResult({ participants: [person('pat1'), person('me')] });

  it('takes the others and leaves oneself out', () => {
    const state = joined(INITIAL_STATE, result, UNREAD);
    expect(state).toMatchObject({ phase: 'joined', me: { userId: 'me' } });
    expect(state.participants.map(({ userId }) => userId)).toEqual(['pat1']);
  });

  it('with a server clock 30 s ahead puts the start 30 s earlier on this one', () => {
    const state = joined({ ...INITIAL_STATE, clockOffset: 30_000 }, result, UNREAD);
    expect(state.startedAt).toBe(Date.parse('2026-01-01T09:59:30.000Z'));
  });

  it('again, as after a reconnect, takes what the server says in place of all that was known', () => {
    const before = joined(
      INITIAL_STATE,
      joinResult({
        participants: [person('pat1'), person('int1')],
        waiting: [waitingPerson('pat2')],
        chat: [chatMessage(1, 'pat1')],
        room: { locked: true, screenShareAllowed: false, activeSpeaker: 'pat1' },
      }),
      UNREAD,
    );
    const after = joined(before, result, UNREAD);
    expect(after.participants).toHaveLength(1);
    expect(after).toMatchObject({ waitingPeople: [], chat: { messages: [] }, room: result.room });
  });

  it('after the waiting room ends the waiting', () => {
    const state = waiting(INITIAL_STATE, {
      since: '2026-01-01T09:55:00.000Z',
      hostPresent: true,
      needsAdmission: true,
    });
    expect(joined(state, result, UNREAD)).toMatchObject({ phase: 'joined', waiting: null });
  });
});

describe('noticed', () => {
  it('gives each notice a number of its own, so that the same one shows twice', () => {
    const once = noticed(inCall, 'muted', 'Dr. Okafor');
    expect(once.notice).toEqual({ id: 1, kind: 'muted', by: 'Dr. Okafor' });
    expect(noticed(once, 'muted').notice).toEqual({ id: 2, kind: 'muted', by: null });
  });
});

describe('participantChanged', () => {
  it('with somebody new adds them at the end', () => {
    const state = participantChanged(inCall, person('obs1'));
    expect(state.participants.map(({ userId }) => userId)).toEqual(['pat1', 'int1', 'obs1']);
  });

  it('with somebody known replaces them in place', () => {
    const state = participantChanged(inCall, person('pat1', { connected: false }));
    expect(state.participants.map(({ connected }) => connected)).toEqual([false, true]);
  });

  it('with oneself changes how one is seen, and nobody else', () => {
    const state = participantChanged(inCall, person('me', { away: true }));
    expect(state).toMatchObject({ me: { away: true }, participants: inCall.participants });
  });

  it('does not touch the state that it was given', () => {
    participantChanged(inCall, person('obs1'));
    expect(inCall.participants).toHaveLength(2);
  });
});

describe('participantLeft', () => {
  it('takes the person and their streams away, and no one else’s', () => {
    const tracks = [remote('c1', 'pat1', 'camera'), remote('c2', 'int1', 'camera')];
    const state = participantLeft({ ...inCall, tracks }, 'pat1');
    expect(state.participants.map(({ userId }) => userId)).toEqual(['int1']);
    expect(state.tracks.map(({ userId }) => userId)).toEqual(['int1']);
  });
});

describe('trackOf', () => {
  it('with an old and a new stream of one source returns the new', () => {
    const [old, fresh] = [remote('c1', 'pat1', 'camera'), remote('c2', 'pat1', 'camera')];
    expect(trackOf({ ...inCall, tracks: [old, fresh] }, 'pat1', 'camera')).toBe(fresh.track);
  });

  it('without such a stream is null', () => {
    expect(trackOf({ ...inCall, tracks: [remote('c1', 'pat1', 'camera')] }, 'pat1', 'microphone')).toBeNull();
  });
});

describe('stopped', () => {
  const called: VisitState = {
    ...inCall,
    startedAt: 7,
    feedback: 'open',
    tracks: [remote('c1', 'pat1', 'camera')],
  };

  it('keeps who one is and forgets everything of the call', () => {
    const error = new VisitError('unreachable');
    const state = stopped(called, 'failed', { error });
    expect(state).toMatchObject({ phase: 'failed', error, participants: [], tracks: [], startedAt: null });
    expect(state).toMatchObject({ self: { userId: 'me' }, feedback: 'open' });
  });

  it('tells what is given as the reason, and nothing of an earlier one', () => {
    const early = stopped(called, 'early', { opensAt: 9, clockOffset: 5 });
    expect(early).toMatchObject({ opensAt: 9, closedAt: null, clockOffset: 5 });
    expect(stopped(early, 'ended', { closedAt: 8 })).toMatchObject({
      opensAt: null,
      closedAt: 8,
      clockOffset: 5,
    });
  });
});

describe('mediaBlocked', () => {
  const sources = (camera: object, microphone: object): LocalSources => ({
    ...NO_SOURCES,
    camera: { ...NO_SOURCES.camera, ...camera },
    microphone: { ...NO_SOURCES.microphone, ...microphone },
  });

  it('with both denied is media_denied', () => {
    const both = sources({ problem: 'media_denied' }, { problem: 'media_denied' });
    expect(mediaBlocked(both)).toBe('media_denied');
  });

  it('with one denied and one missing is the one that the person can mend', () => {
    const both = sources({ problem: 'media_missing' }, { problem: 'media_denied' });
    expect(mediaBlocked(both)).toBe('media_denied');
  });

  it('with both missing is media_missing', () => {
    const both = sources({ problem: 'media_missing' }, { problem: 'media_missing' });
    expect(mediaBlocked(both)).toBe('media_missing');
  });

  it('with one that works is null', () => {
    expect(mediaBlocked(sources({ problem: 'media_denied' }, { state: 'on' }))).toBeNull();
  });

  it('while the browser asks, and before it was asked, is null', () => {
    expect(
      mediaBlocked(sources({ problem: 'media_denied', busy: true }, { problem: 'media_denied' })),
    ).toBeNull();
    expect(mediaBlocked(NO_SOURCES)).toBeNull();
  });
});
