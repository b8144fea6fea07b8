import { useEffect, useRef } from 'preact/hooks';
import { sharedAudio } from '../../sound/audio.ts';

/** The shortest time between two chimes, in milliseconds. */
export const CHIME_REST_MS = 10_000;

const NOTES = [659.25, 880];
const NOTE_SECONDS = 0.22;
const VOLUME = 0.08;

/** Two soft notes, at most once within ten seconds. */
export class Chime {
  readonly #audio: () => AudioContext;
  readonly #now: () => number;
  #last = -Infinity;

  constructor(audio: () => AudioContext = sharedAudio, now: () => number = Date.now) {
    this.#audio = audio;
    this.#now = now;
  }

  /** Plays the chime and returns whether it sounds. A browser that requires a user gesture first stays silent. */
  ring(): boolean {
    if (this.#now() - this.#last < CHIME_REST_MS) return false;
    this.#last = this.#now();
    try {
      const context = this.#audio();
      void context.resume().catch(() => undefined);
      NOTES.forEach((frequency, index) =>
        play(context, frequency, context.currentTime + index * NOTE_SECONDS * 0.8),
      );
      return true;
    } catch {
      return false;
    }
  }
}

function play(context: AudioContext, frequency: number, at: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(VOLUME, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_SECONDS * 2);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + NOTE_SECONDS * 2);
}

/** Plays a chime when a new person waits. */
export function useWaitingChime(waiting: readonly { userId: string }[], on: boolean): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  const chime = useRef<Chime | null>(null);
  useEffect(() => {
    const isNew = waiting.some(({ userId }) => !known.current.has(userId));
    known.current = new Set(waiting.map(({ userId }) => userId));
    if (isNew && on) (chime.current ??= new Chime()).ring();
  }, [waiting, on]);
}
