import { directsSound, sharedAudio } from './audio.ts';

/** A note: its pitch in Hz, and its start and duration in seconds. */
export interface Note {
  readonly pitch: number;
  readonly at: number;
  readonly length: number;
}

const C5 = 523.25;
const E5 = 659.25;
const G5 = 783.99;
const C6 = 1046.5;

/** The sounds of the page: the speaker test, a host's message in the waiting room, and admission. */
export const MELODIES = {
  test: [
    { pitch: C5, at: 0, length: 0.7 },
    { pitch: E5, at: 0.28, length: 0.7 },
    { pitch: G5, at: 0.56, length: 0.7 },
    { pitch: C6, at: 0.84, length: 1.1 },
  ],
  message: [
    { pitch: G5, at: 0, length: 0.3 },
    { pitch: E5, at: 0.14, length: 0.5 },
  ],
  admitted: [
    { pitch: E5, at: 0, length: 0.5 },
    { pitch: G5, at: 0.18, length: 0.5 },
    { pitch: C6, at: 0.36, length: 0.9 },
  ],
} as const satisfies Record<string, readonly Note[]>;

export type Melody = keyof typeof MELODIES;

/** Returns the duration of a melody in seconds. */
export function lengthOf(melody: Melody): number {
  return Math.max(...MELODIES[melody].map(({ at, length }) => at + length));
}

/** The peak volume of a note, 0 to 1. */
const LOUDNESS = 0.22;
const ATTACK_S = 0.02;

/** How much longer than its notes a melody may take, in milliseconds. A later sound would confuse. */
const PATIENCE_MS = 2000;

/**
 * Plays a melody on the chosen speaker (null: the default one) and resolves when it is over. Rejects if it is not
 * completed: the browser requires a user gesture first, or the speaker hangs.
 */
export async function playMelody(melody: Melody, speaker: string | null): Promise<void> {
  const context = sharedAudio();
  const output = context.createGain();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<never>((_, reject) => {
    const late = () => reject(new Error('the melody was not completed'));
    timer = setTimeout(late, lengthOf(melody) * 1000 + PATIENCE_MS);
  });
  try {
    await Promise.race([sound(context, output, melody, speaker), patience]);
  } finally {
    clearTimeout(timer);
    output.disconnect();
  }
}

async function sound(
  context: AudioContext,
  output: GainNode,
  melody: Melody,
  speaker: string | null,
): Promise<void> {
  if (context.state !== 'running') await context.resume();
  const stop = await connect(context, output, speaker);
  const start = context.currentTime + 0.03;
  await Promise.all(MELODIES[melody].map((note) => strike(context, output, note, start)));
  stop();
}

async function connect(context: AudioContext, output: AudioNode, speaker: string | null) {
  if (speaker === null || !directsSound()) {
    output.connect(context.destination);
    return () => undefined;
  }
  // As for remote audio, an element plays on the chosen speaker.
  const stream = context.createMediaStreamDestination();
  output.connect(stream);
  const element = new Audio();
  element.srcObject = stream.stream;
  // If the chosen speaker is gone, the default one plays.
  await element.setSinkId(speaker).catch(() => undefined);
  await element.play();
  return () => {
    element.pause();
    element.srcObject = null;
  };
}

/** Plays a note as a soft bell: a sine and its octave, fading. */
function strike(context: AudioContext, output: AudioNode, { pitch, at, length }: Note, start: number) {
  const begin = start + at;
  const end = begin + length;
  const volume = context.createGain();
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(LOUDNESS, begin + ATTACK_S);
  volume.gain.exponentialRampToValueAtTime(0.001, end);
  volume.connect(output);
  const octave = context.createGain();
  octave.gain.value = 0.25;
  octave.connect(volume);
  const tone = oscillator(context, pitch, volume, begin, end);
  oscillator(context, pitch * 2, octave, begin, end);
  return new Promise<void>((resolve) => {
    tone.addEventListener('ended', () => resolve(), { once: true });
  });
}

function oscillator(context: AudioContext, pitch: number, to: AudioNode, begin: number, end: number) {
  const tone = context.createOscillator();
  tone.frequency.value = pitch;
  tone.connect(to);
  tone.start(begin);
  tone.stop(end);
  return tone;
}
