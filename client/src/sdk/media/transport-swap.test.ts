import type { Source } from '@televisit/shared/vocabulary';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asTrack, FakeTrack, person } from '../testing/fakes.ts';
import type { RemoteTrack } from './incoming-media.ts';
import type { MediaSession } from './media-session.ts';
import { TransportSwap } from './transport-swap.ts';

let swap: TransportSwap;
let tracks: RemoteTrack[];
let settled: Promise<void>;
let arrived: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  swap = new TransportSwap();
  tracks = [];
  settled = Promise.resolve();
  arrived = false;
});
afterEach(() => {
  swap.close();
  vi.useRealTimers();
});

/** Adds a new stream that has delivered nothing yet. @returns a function that lets it deliver */
function stream(userId: string, source: Source): () => void {
  const track = new FakeTrack(source === 'microphone' ? 'audio' : 'video');
  track.muted = true;
  tracks.push({ consumerId: `${userId} ${source}`, userId, source, track: asTrack(track) });
  return () => {
    track.muted = false;
    track.dispatchEvent(new Event('unmute'));
  };
}

/** Waits for the streams of these participants. */
async function wait(...people: ReturnType<typeof person>[]): Promise<void> {
  const session = { incoming: { tracks, whenIdle: () => settled } } as unknown as MediaSession;
  void swap.arrived(session, people).then(() => (arrived = true));
  await vi.advanceTimersByTimeAsync(0);
}

const { media } = person('ana');

describe('arrived()', () => {
  it('waits until every stream that is on delivers', async () => {
    const [sound, picture] = [stream('ana', 'microphone'), stream('ana', 'camera')];
    await wait(person('ana'));
    sound();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(arrived).toBe(false);
    picture();
    await vi.advanceTimersByTimeAsync(0);
    expect(arrived).toBe(true);
  });

  it('waits 1.5 s at most', async () => {
    stream('ana', 'camera');
    await wait(person('ana'));
    await vi.advanceTimersByTimeAsync(1_499);
    expect(arrived).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(arrived).toBe(true);
  });

  it('does not wait for streams that are switched off, hidden, or of a disconnected or absent participant', async () => {
    swap.setViews([{ userId: 'ben', source: 'camera', width: 0 }]);
    stream('ana', 'microphone');
    stream('ana', 'screen');
    stream('ben', 'camera');
    stream('cem', 'microphone');
    stream('dan', 'camera');
    await wait(
      person('ana', { media: { ...media, microphone: 'off' } }),
      person('ben'),
      person('cem', { connected: false }),
    );
    expect(arrived).toBe(true);
  });

  it('waits for sound only in audio_only', async () => {
    swap.setMode('audio_only');
    stream('ana', 'camera');
    const sound = stream('ana', 'microphone');
    await wait(person('ana'));
    expect(arrived).toBe(false);
    sound();
    await vi.advanceTimersByTimeAsync(0);
    expect(arrived).toBe(true);
  });

  it('waits for streams that are still being set up', async () => {
    let set: () => void = () => undefined;
    settled = new Promise((resolve) => (set = resolve));
    await wait(person('ana'));
    expect(arrived).toBe(false);
    set();
    await vi.advanceTimersByTimeAsync(0);
    expect(arrived).toBe(true);
  });
});
