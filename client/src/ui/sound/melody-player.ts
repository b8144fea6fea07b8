import { directsSound, sharedAudio } from './audio.ts';
import { lengthOf, MELODIES, type Melody, type Note } from './melody.ts';

/** How loud one note is at its loudest, 0 to 1. */
const LOUDNESS = 0.22;
const ATTACK_S = 0.02;

/** How much longer than its notes a melody may take, in milliseconds: a sound that comes later is worse than none. */
const PATIENCE_MS = 2000;

/**
 * Plays a melody on the chosen speaker (null: the default one) and resolves when it is over. Rejects where it does not
 * come to its end: the browser wants a touch first, or the speaker hangs.
 */
export async function playMelody(melody: Melody, speaker: string | null): Promise<void> {
  const context = sharedAudio();
  const output = context.createGain();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<never>((_, reject) => {
    const late = () => reject(new Error('the sound did not come to its end'));
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
  // The same way as the voices of a visit: an element that is directed to the chosen speaker.
  const stream = context.createMediaStreamDestination();
  output.connect(stream);
  const element = new Audio();
  element.srcObject = stream.stream;
  // A speaker that is gone is no reason to be silent: the default one stays.
  await element.setSinkId(speaker).catch(() => undefined);
  await element.play();
  return () => {
    element.pause();
    element.srcObject = null;
  };
}

/** A soft bell: a sine and its octave that fade away. */
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
