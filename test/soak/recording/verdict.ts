import { fitted, placesOf } from '@televisit/server/recording/composition/layout';
import { PICTURE, type ClockedSource, type SentLog } from '../../support/fixtures/clocked-sources.ts';
import { lengthOf, packetTimes, type Region } from '../../support/measure/clocked-media.ts';
import type { ReadFile } from '../../support/measure/recording.ts';
import { median, percentile } from '../../support/measure/statistics.ts';
import {
  BEEP_END_MS,
  offsetsOf,
  readComposition,
  readStreams,
  type Found,
  type FoundOfAll,
  type Place,
} from './streams.ts';
import { LAYOUT, PEOPLE, type Disturbance, type Person } from './visit.ts';

/** What is known when the recording is ready. Times are milliseconds since the Unix epoch. */
export interface Evidence {
  /** The visit was recorded between these times. */
  readonly from: number;
  readonly to: number;
  readonly sent: Readonly<Record<Person, SentLog>>;
  readonly disturbances: readonly Disturbance[];
  readonly complete: boolean;
  readonly files: readonly ReadFile[];
}

export interface Verdict {
  readonly table: string;
  readonly faults: readonly string[];
}

/** The bars, in milliseconds. */
const IN_SYNC_MS = 80;
const EXACT_MS = 200;
/** What may be missing before a worker is killed. */
const LOST_AT_DEATH_MS = 2000;
/** The server connects a source that was switched on within this time. */
const SETTLE_MS = 2500;
const LONGEST_HOLE_MS = 2000;
const PICTURE_MS = PICTURE.intervalMs;

/** Compares what is in the files with what was sent. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const lines: string[] = [];
  const faults: string[] = [];
  const { files, sent } = evidence;
  if (!evidence.complete) faults.push('the recording is not complete');
  const streams = await readStreams(files, sent);
  const parts = { lines, faults, evidence };
  const ofFiles = { ...parts, name: 'files', found: streams };
  for (const check of [judgeSync, judgeLoss, judgeDisturbances, judgeHoles]) check(ofFiles);
  const composition = files.find(({ kind }) => kind === 'composition');
  if (composition) {
    const found = await readComposition(composition, PLACES, sent);
    for (const check of [judgeSync, judgeLoss]) check({ ...parts, name: 'composition', found });
    await judgeLength(parts, streams, composition);
  } else faults.push('there is no composition');
  return { table: lines.join('\n'), faults };
}

interface Parts {
  readonly lines: string[];
  readonly faults: string[];
  readonly evidence: Evidence;
}

interface Part extends Parts {
  readonly name: string;
  readonly found: FoundOfAll;
}

const ms = (value: number) => `${value.toFixed(0)} ms`;
const seconds = (value: number) => `${(value / 1000).toFixed(2)} s`;
const clock = (at: number) => new Date(at).toISOString().slice(11, 23);

/** Sound against picture of each person, over the whole and in each segment. */
function judgeSync({ lines, faults, name, found }: Part): void {
  for (const person of PEOPLE) {
    const offsets = offsetsOf(found[person]);
    const all = offsets.map((one) => one.ms);
    const sizes = all.map(Math.abs);
    const segments = Map.groupBy(offsets, ({ segment }) => segment);
    const medians = [...segments.values()].map((own) => median(own.map((one) => one.ms)));
    const worst = Math.max(...medians.map(Math.abs));
    const [p95, max] = [percentile(sizes, 0.95), Math.max(...sizes)];
    lines.push(
      `${name}: sound against picture of the ${person}: median ${ms(median(all))}, p95 ${ms(p95)}, max ${ms(max)}; ` +
        `worst of ${segments.size} segments ${ms(worst)} (${all.length} beeps)`,
    );
    if (!(p95 <= IN_SYNC_MS && worst <= IN_SYNC_MS)) faults.push(`${name}: the ${person} is out of sync`);
  }
}

/** Every second that a source was on is there. */
function judgeLoss({ lines, faults, evidence, name, found }: Part): void {
  for (const person of PEOPLE) {
    for (const source of ['camera', 'microphone', 'screen'] as const) {
      const expected = secondsSent(evidence, person, source);
      const own = found[person][source];
      const seen = new Set(own.map(({ second, sentAt }) => second ?? Math.floor(sentAt / 1000) * 1000));
      const lost = expected.filter((second) => !seen.has(second));
      if (expected.length === 0) continue;
      lines.push(`${name}: ${source} of the ${person}: ${expected.length} seconds sent, ${lost.length} lost`);
      if (lost.length > 0) {
        faults.push(`${name}: lost of the ${source} of the ${person}: ${lost.map(clock).join(', ')}`);
      }
    }
  }
}

/** Returns the seconds in which a source was on throughout, and the visit was not moving to new media. */
function secondsSent(
  { from, to, sent, disturbances }: Evidence,
  person: Person,
  source: ClockedSource,
): number[] {
  const { beeps, spans, stalls } = sent[person];
  const length = source === 'microphone' ? BEEP_END_MS : 1000;
  const isOn = (second: number) =>
    spans.some(
      (span) =>
        span.source === source &&
        span.from + (span.from < from ? 0 : SETTLE_MS) <= second &&
        second + length <= (span.to ?? Infinity),
    );
  const isMoving = (second: number) =>
    disturbances.some(
      ({ kind, ...one }) =>
        (kind === 'drain' || kind === 'worker') &&
        second + length > one.from - (kind === 'worker' ? LOST_AT_DEATH_MS : 0) &&
        second < one.to,
    );
  const isStalled = (second: number) => stalls.some(([a, b]) => a < second + 100 && b > second + 900);
  const beeped = new Set(beeps.map(([second]) => second));
  const result: number[] = [];
  for (let second = Math.ceil((from + 1000) / 1000) * 1000; second + length < to; second += 1000) {
    if (!isOn(second) || isMoving(second)) continue;
    if (source === 'microphone' ? beeped.has(second) : !isStalled(second)) result.push(second);
  }
  return result;
}

/** What is missing around a move or a death. */
function judgeDisturbances({ lines, faults, evidence, found }: Part): void {
  for (const { kind, from, to } of evidence.disturbances) {
    if (kind !== 'drain' && kind !== 'worker') continue;
    for (const person of PEOPLE) {
      const pictures = found[person].camera.map(({ sentAt }) => sentAt);
      const picture = gapAround(pictures, from, to);
      const sounds = found[person].soundSpans;
      const before = sounds.findLast(([start]) => start < from);
      const after = sounds.find(([start]) => start > from);
      const sound = before && after ? [before[1], after[0]] : [from, to];
      lines.push(
        `${kind} at ${clock(from)}: no picture of the ${person} for ${seconds(picture[1] - picture[0])}, ` +
          `no sound for ${seconds(Math.max(0, sound[1]! - sound[0]!))}`,
      );
      if (kind !== 'worker') continue;
      const lost = Math.max(0, from - picture[0], from - sound[0]!);
      lines.push(`  of what was sent before, ${seconds(lost)} are missing`);
      if (lost > LOST_AT_DEATH_MS)
        faults.push(`more than two seconds were lost before the death at ${clock(from)}`);
    }
  }
}

/** Returns the longest time without a mark around a disturbance. */
function gapAround(times: readonly number[], from: number, to: number): readonly [number, number] {
  let gap: readonly [number, number] = [from, from];
  for (const [index, at] of times.entries()) {
    const next = times[index + 1];
    if (next === undefined || next < from - 500 || at > to + 3000) continue;
    if (next - at > gap[1] - gap[0]) gap = [at, next];
  }
  return gap;
}

/** Holes of muted microphones and cameras that were off. */
function judgeHoles({ lines, faults, evidence, found }: Part): void {
  for (const person of PEOPLE) {
    for (const source of ['camera', 'microphone'] as const) {
      const spans = evidence.sent[person].spans.filter((span) => span.source === source);
      const begins: number[] = [];
      const ends: number[] = [];
      for (const [index, { to }] of spans.entries()) {
        const next = spans[index + 1]?.from;
        if (to === null || next === undefined || to < evidence.from || next - to < LONGEST_HOLE_MS) continue;
        const hole = holeAt(found[person], source, (to + next) / 2);
        begins.push(hole[0] - to);
        ends.push(hole[1] - next);
      }
      if (begins.length === 0) continue;
      const worst = (all: readonly number[]) => Math.max(...all.map(Math.abs));
      lines.push(
        `${source} of the ${person} off ${begins.length} times: holes begin within ${ms(worst(begins))} and end within ` +
          `${ms(worst(ends))} of when it was switched (median ${ms(median(ends))})`,
      );
      if (worst(begins) > EXACT_MS)
        faults.push(`a hole of the ${source} of the ${person} begins at a wrong time`);
      // It is late by as long as the server needs to connect it, but never early.
      if (Math.min(...ends) < -EXACT_MS || Math.max(...ends) > SETTLE_MS) {
        faults.push(`a hole of the ${source} of the ${person} ends at a wrong time`);
      }
    }
  }
}

/** Returns the hole at a time, by the times of the files. */
function holeAt(
  { camera, soundSpans }: Found,
  source: 'camera' | 'microphone',
  at: number,
): readonly [number, number] {
  const spans =
    source === 'camera' ? camera.map((one) => [one.at, one.at + PICTURE_MS] as const) : soundSpans;
  const before = spans.filter(([start]) => start < at).map(([, end]) => end);
  const after = spans.filter(([start]) => start >= at).map(([start]) => start);
  return [Math.max(...before), Math.min(...after)];
}

/** The length of the composition is that of what was sent, without times in which nothing was recorded. */
async function judgeLength(
  { lines, faults, evidence }: Parts,
  streams: FoundOfAll,
  composition: ReadFile,
): Promise<void> {
  const spans: (readonly [number, number])[] = [];
  for (const person of PEOPLE) {
    const { camera, screen, microphone } = streams[person];
    for (const own of Map.groupBy([...camera, ...screen], ({ segment }) => segment).values()) {
      const times = own.map(({ sentAt }) => sentAt);
      spans.push([Math.min(...times), Math.max(...times) + PICTURE_MS]);
    }
    for (const [segment, own] of Map.groupBy(microphone, (one) => one.segment)) {
      const file = evidence.files.find(({ fileId }) => fileId === segment);
      if (!file) continue;
      const late = median(own.map(({ at, sentAt }) => at - sentAt));
      const start = Date.parse(file.startedAt) - late;
      // What is only appended to does not say how long it is.
      spans.push([start, start + Math.max(...(await packetTimes(file.path)))]);
    }
  }
  spans.sort(([one], [other]) => one - other);
  let [truth, end] = [0, -Infinity];
  for (const [from, to] of spans) {
    if (to <= end) continue;
    truth += to - (from - end > LONGEST_HOLE_MS ? from : end);
    end = to;
  }
  const length = await lengthOf(composition.path);
  lines.push(`composition: ${seconds(length)} long, ${seconds(truth)} were sent`);
  if (Math.abs(length - truth) > EXACT_MS)
    faults.push('the composition has another length than what was sent');
}

/** Where people and the shared screen of the doctor are in the composition. */
const PLACES: readonly Place[] = [false, true].flatMap((hasScreen) => {
  const { screen, people } = placesOf(LAYOUT, PEOPLE.length, hasScreen);
  const inside = (box: Region) => {
    const { width, height } = fitted(PICTURE, box);
    return {
      x: box.x + Math.floor((box.width - width) / 2),
      y: box.y + Math.floor((box.height - height) / 2),
      width,
      height,
    };
  };
  const places: Place[] = PEOPLE.map((person, index) => ({
    person,
    source: 'camera',
    region: inside(people[index]!),
  }));
  if (screen) places.push({ person: 'doctor', source: 'screen', region: inside(screen) });
  return places;
});
