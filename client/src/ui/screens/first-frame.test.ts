import type { ParticipantView } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { firstFrame } from './first-frame.tsx';

const track = { kind: 'video' } as MediaStreamTrack;

function person(userId: string, camera: 'on' | 'off' | 'none' = 'on'): ParticipantView {
  return {
    userId,
    media: { camera, microphone: 'on', screen: 'none', screenAudio: 'none' },
  } as ParticipantView;
}

function joined(people: readonly ParticipantView[], change: Partial<VisitState> = {}): VisitState {
  const tracks = people.map(({ userId }) => ({
    consumerId: userId,
    userId,
    source: 'camera' as const,
    track,
  }));
  return { ...INITIAL_STATE, phase: 'joined', participants: people, tracks, ...change };
}

describe('firstFrame', () => {
  it('is that of the only other person', () => {
    const doctor = person('doctor');
    expect(firstFrame(joined([doctor]))).toEqual({ person: doctor, track });
  });

  it.each([
    ['nobody else is there', joined([])],
    ['several people are', joined([person('doctor'), person('guest')])],
    ['their camera is off', joined([person('doctor', 'off')])],
    ['their stream is not set up', joined([person('doctor')], { tracks: [] })],
    ['pictures are off', joined([person('doctor')], { mediaMode: 'audio_only' })],
  ])('is none where %s', (_, state) => {
    expect(firstFrame(state)).toBeNull();
  });
});
