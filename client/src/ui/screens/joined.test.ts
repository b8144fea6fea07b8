import type { ParticipantView } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { firstVideo } from './joined.tsx';

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

describe('firstVideo', () => {
  it('returns the video of the only other participant', () => {
    const doctor = person('doctor');
    expect(firstVideo(joined([doctor]))).toEqual({ person: doctor, track });
  });

  it.each([
    ['the person is alone', joined([])],
    ['there are several participants', joined([person('doctor'), person('guest')])],
    ['the camera is off', joined([person('doctor', 'off')])],
    ['the track is missing', joined([person('doctor')], { tracks: [] })],
    ['video is off', joined([person('doctor')], { mediaMode: 'audio_only' })],
  ])('returns null if %s', (_, state) => {
    expect(firstVideo(state)).toBeNull();
  });
});
