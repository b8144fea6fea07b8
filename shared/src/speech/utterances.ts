import { WINDOW } from './voice-detector.ts';

const SAMPLE_RATE = 16_000;
export const WINDOW_MS = (WINDOW / SAMPLE_RATE) * 1000;
/** Speech begins with a window that is as likely speech as this, and pauses with one that is less likely than the other. */
const BEGIN = 0.5;
const PAUSE = 0.35;
/** A pause that ends an utterance; in a long one a short pause suffices. In windows. */
const LONG_PAUSE = windows(450);
const SHORT_PAUSE = windows(200);
const LONG_UTTERANCE = windows(5000);
/** Moonshine loses words in longer utterances. */
const LONGEST_UTTERANCE = windows(8000);
/** Where an utterance without a pause is cut: at the quietest place of its last windows. */
const CUT_RANGE = windows(3000);
const QUIET = windows(100);
/** What is kept before and after speech, as words begin and end quietly. */
const BEFORE = windows(250);
const AFTER = windows(200);
/** Less speech than this is a cough. */
const SHORTEST_SPEECH = windows(160);

interface Window {
  readonly samples: Float32Array;
  /** The time of the first sample, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly isSpeech: boolean;
}

/** What a person says between two pauses. Times are milliseconds since the Unix epoch. */
export interface Utterance {
  readonly samples: Float32Array;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Cuts the sound of one person into utterances. */
export class Utterances {
  readonly #onUtterance: (utterance: Utterance) => void;
  /** Windows before speech, or those of the open utterance. */
  #windows: Window[] = [];
  #isOpen = false;
  /** The number of windows since the last one with speech. */
  #pause = 0;

  constructor(onUtterance: (utterance: Utterance) => void) {
    this.#onUtterance = onUtterance;
  }

  /** Whether the person is speaking, or paused just now. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Returns what was said since the last pause; null if that is nothing, or the person pauses. */
  get spoken(): Utterance | null {
    const isSpeaking = this.#isOpen && this.#pause === 0 && speechOf(this.#windows) >= SHORTEST_SPEECH;
    return isSpeaking ? joined(this.#windows) : null;
  }

  /** Takes the next window. @param probability how likely it contains speech @param at the time of its first sample */
  push(samples: Float32Array, probability: number, at: number): void {
    const isSpeech = probability >= (this.#isOpen && this.#pause === 0 ? PAUSE : BEGIN);
    this.#windows.push({ samples, at, isSpeech });
    if (!this.#isOpen) {
      if (isSpeech) this.#isOpen = true;
      else if (this.#windows.length > BEFORE) this.#windows.shift();
      return;
    }
    this.#pause = isSpeech ? 0 : this.#pause + 1;
    const enough = this.#windows.length >= LONG_UTTERANCE ? SHORT_PAUSE : LONG_PAUSE;
    if (this.#pause >= enough) this.end();
    else if (this.#windows.length >= LONGEST_UTTERANCE) this.#cut();
  }

  /** Ends the utterance, because of a pause or as nothing follows. */
  end(): void {
    const spoken = this.#windows.slice(0, this.#windows.length - this.#pause + AFTER);
    this.#windows = this.#isOpen ? this.#windows.slice(-Math.min(this.#pause, BEFORE)) : this.#windows;
    if (this.#isOpen) this.#deliver(spoken);
    this.#isOpen = false;
    this.#pause = 0;
  }

  #cut(): void {
    const position = quietestPlace(this.#windows);
    const spoken = this.#windows.slice(0, position);
    this.#windows = this.#windows.slice(position);
    this.#deliver(spoken);
  }

  #deliver(spoken: readonly Window[]): void {
    if (speechOf(spoken) >= SHORTEST_SPEECH) this.#onUtterance(joined(spoken));
  }
}

function windows(ms: number): number {
  return Math.round(ms / WINDOW_MS);
}

function speechOf(list: readonly Window[]): number {
  return list.filter(({ isSpeech }) => isSpeech).length;
}

function joined(list: readonly Window[]): Utterance {
  const samples = new Float32Array(list.length * WINDOW);
  for (const [index, window] of list.entries()) samples.set(window.samples, index * WINDOW);
  const startedAt = list[0]?.at ?? 0;
  return { samples, startedAt, endedAt: (list.at(-1)?.at ?? 0) + WINDOW_MS };
}

/** Returns where to cut: in the middle of the quietest windows near the end. */
function quietestPlace(list: readonly Window[]): number {
  const energies = list.map(({ samples }) => samples.reduce((sum, sample) => sum + sample * sample, 0));
  let best = list.length - QUIET;
  let least = Infinity;
  for (let start = list.length - CUT_RANGE; start + QUIET < list.length; start++) {
    const energy = energies.slice(start, start + QUIET).reduce((sum, one) => sum + one, 0);
    if (energy >= least) continue;
    least = energy;
    best = start;
  }
  return best + Math.floor(QUIET / 2);
}
