import { describe, expect, it } from 'vitest';
import { VisitError } from '../core/errors.ts';
import { NO_SOURCES, type LocalSources } from '../devices/local-media.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { asTrack, FakeTrack, person } from '../testing/fakes.ts';
import {
  INITIAL_STATE,
  mediaBlocked,
  participantChanged,
  participantLeft,
  stopped,
  trackOf,
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

describe('participantChanged()', () => {
  it('adds a new participant at the end', () => {
    const state = participantChanged(inCall, person('obs1'));
    expect(state.participants.map(({ userId }) => userId)).toEqual(['pat1', 'int1', 'obs1']);
  });

  it('replaces a known participant in place', () => {
    const state = participantChanged(inCall, person('pat1', { connected: false }));
    expect(state.participants.map(({ connected }) => connected)).toEqual([false, true]);
  });

  it('changes only `me` for the participant themselves', () => {
    const state = participantChanged(inCall, person('me', { away: true }));
    expect(state).toMatchObject({ me: { away: true }, participants: inCall.participants });
  });

  it('does not change the given state', () => {
    participantChanged(inCall, person('obs1'));
    expect(inCall.participants).toHaveLength(2);
  });
});

describe('participantLeft()', () => {
  it('removes the participant and their streams only', () => {
    const tracks = [remote('c1', 'pat1', 'camera'), remote('c2', 'int1', 'camera')];
    const state = participantLeft({ ...inCall, tracks }, 'pat1');
    expect(state.participants.map(({ userId }) => userId)).toEqual(['int1']);
    expect(state.tracks.map(({ userId }) => userId)).toEqual(['int1']);
  });
});

describe('trackOf()', () => {
  it('returns the newest stream of a source', () => {
    const [old, fresh] = [remote('c1', 'pat1', 'camera'), remote('c2', 'pat1', 'camera')];
    expect(trackOf({ ...inCall, tracks: [old, fresh] }, 'pat1', 'camera')).toBe(fresh.track);
  });

  it('returns null without such a stream', () => {
    expect(trackOf({ ...inCall, tracks: [remote('c1', 'pat1', 'camera')] }, 'pat1', 'microphone')).toBeNull();
  });
});

describe('stopped()', () => {
  const called: VisitState = {
    ...inCall,
    startedAt: 7,
    feedback: 'open',
    tracks: [remote('c1', 'pat1', 'camera')],
  };

  it('keeps the participant and resets everything of the call', () => {
    const error = new VisitError('unreachable');
    const state = stopped(called, 'failed', { error });
    expect(state).toMatchObject({ phase: 'failed', error, participants: [], tracks: [], startedAt: null });
    expect(state).toMatchObject({ self: { userId: 'me' }, feedback: 'open' });
  });

  it('shows the given reason, and nothing of an earlier one', () => {
    const early = stopped(called, 'early', { opensAt: 9, clockOffset: 5 });
    expect(early).toMatchObject({ opensAt: 9, closedAt: null, clockOffset: 5 });
    expect(stopped(early, 'ended', { closedAt: 8 })).toMatchObject({
      opensAt: null,
      closedAt: 8,
      clockOffset: 5,
    });
  });
});

describe('mediaBlocked()', () => {
  const sources = (camera: object, microphone: object): LocalSources => ({
    ...NO_SOURCES,
    camera: { ...NO_SOURCES.camera, ...camera },
    microphone: { ...NO_SOURCES.microphone, ...microphone },
  });

  it('returns media_denied when both are denied', () => {
    const both = sources({ problem: 'media_denied' }, { problem: 'media_denied' });
    expect(mediaBlocked(both)).toBe('media_denied');
  });

  it('returns the problem that the participant can solve when the two differ', () => {
    const both = sources({ problem: 'media_missing' }, { problem: 'media_denied' });
    expect(mediaBlocked(both)).toBe('media_denied');
  });

  it('returns media_missing when both are missing', () => {
    const both = sources({ problem: 'media_missing' }, { problem: 'media_missing' });
    expect(mediaBlocked(both)).toBe('media_missing');
  });

  it('returns null when one of them works', () => {
    expect(mediaBlocked(sources({ problem: 'media_denied' }, { state: 'on' }))).toBeNull();
  });

  it('returns null while the browser asks, and before', () => {
    expect(
      mediaBlocked(sources({ problem: 'media_denied', busy: true }, { problem: 'media_denied' })),
    ).toBeNull();
    expect(mediaBlocked(NO_SOURCES)).toBeNull();
  });
});
