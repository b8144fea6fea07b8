/** Decides who speaks from how loud the microphones are, because the timeline does not say it. */

/** How long a level is, in milliseconds. */
export const LEVEL_MS = 100;

/** How loud a microphone is, in dB below full scale, for each 100 ms from a moment on. */
export interface Loudness {
  readonly seat: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly levels: readonly number[];
}

/** From this moment on, the person in this seat speaks. */
export interface SpeakerChange {
  readonly at: number;
  readonly seat: number;
}

/** What is quieter is no speech, in dB. */
const SILENCE_DB = -50;
/** How much louder than the present speaker another person has to be, in dB. */
const LOUDER_DB = 3;
/** How long they have to be, so that a cough or a "yes" does not change the picture; in levels. */
const LASTING = 10;
/** How long a speaker keeps the main place at least, in levels. */
const HELD = 30;
/** The weight of the newest level in the smoothed one. */
const NEWEST = 0.2;

/** Returns the changes of the speaker, the first one being when somebody first speaks. Changes date from when a person began. */
export function speakerChanges(microphones: readonly Loudness[]): readonly SpeakerChange[] {
  if (microphones.length === 0) return [];
  const start = Math.min(...microphones.map(({ startedAt }) => startedAt));
  const placed = microphones.map(({ seat, startedAt, levels }) => ({
    seat,
    levels,
    first: Math.round((startedAt - start) / LEVEL_MS),
  }));
  const end = Math.max(...placed.map(({ first, levels }) => first + levels.length));
  const smoothed = new Map<number, number>();
  const changes: SpeakerChange[] = [];
  let current: number | null = null;
  let changedAt = -HELD;
  let candidate: number | null = null;
  let since = 0;
  for (let tick = 0; tick < end; tick++) {
    for (const [seat, level] of levelsAt(placed, tick)) {
      const before = smoothed.get(seat) ?? level;
      smoothed.set(seat, before + NEWEST * (level - before));
    }
    const loudest = loudestOf(smoothed, current);
    if (loudest !== candidate) [candidate, since] = [loudest, tick];
    if (candidate === null || candidate === current || tick - since < LASTING) continue;
    if (tick - changedAt < HELD) continue;
    const from = Math.max(since, changedAt + HELD);
    [current, changedAt] = [candidate, from];
    changes.push({ at: start + from * LEVEL_MS, seat: candidate });
  }
  return changes;
}

function levelsAt(
  placed: readonly { readonly seat: number; readonly levels: readonly number[]; readonly first: number }[],
  tick: number,
): Map<number, number> {
  const levels = new Map<number, number>();
  for (const { seat, first, levels: own } of placed) {
    const level = own[tick - first] ?? -100;
    levels.set(seat, Math.max(level, levels.get(seat) ?? -100));
  }
  return levels;
}

/** Returns the seat that is loudest; null if nobody speaks. The present speaker stays unless another one is clearly louder. */
function loudestOf(smoothed: ReadonlyMap<number, number>, current: number | null): number | null {
  let best: number | null = null;
  let level = SILENCE_DB;
  for (const [seat, own] of smoothed) {
    const effective = seat === current ? own + LOUDER_DB : own;
    if (effective > level) [best, level] = [seat, effective];
  }
  return best;
}

/** Returns the levels of sound, as signed 16-bit samples. @param samplesPerLevel how many samples 100 ms have */
export function levelsOf(samples: Int16Array, samplesPerLevel: number): number[] {
  const levels: number[] = [];
  for (let start = 0; start < samples.length; start += samplesPerLevel) {
    const part = samples.subarray(start, start + samplesPerLevel);
    let sum = 0;
    for (const sample of part) sum += sample * sample;
    const level = 10 * Math.log10(sum / part.length / 2 ** 30 + 1e-10);
    levels.push(Math.round(level * 10) / 10);
  }
  return levels;
}
