import { BEEP_MS, type SentLog } from '../../support/fixtures/clocked-sources.ts';
import {
  beepsIn,
  packetTimes,
  picturesIn,
  type Region,
  type SeenPicture,
} from '../../support/measure/clocked-media.ts';
import type { ReadFile } from '../../support/measure/recording.ts';
import { median } from '../../support/measure/statistics.ts';
import { PEOPLE, type Person } from './visit.ts';

/** A picture or beep that is in a file. Times are milliseconds since the Unix epoch. */
export interface Mark {
  /** The file that it was read from. */
  readonly segment: string;
  /** When it plays, by the times of the file. */
  readonly at: number;
  /** When it was sent, by itself. */
  readonly sentAt: number;
  /** Of a beep, the second that it marks. */
  readonly second?: number;
}

/** What was found of a person. */
export interface Found {
  readonly camera: Mark[];
  readonly screen: Mark[];
  readonly microphone: Mark[];
  /** Times at which sound was received; longer pauses are between them. */
  readonly soundSpans: (readonly [from: number, to: number])[];
}

export type FoundOfAll = Readonly<Record<Person, Found>>;

/** A pause between packets of sound that is a hole, in milliseconds. */
const SOUND_HOLE_MS = 1000;
/** A beep belongs to the nearest second, unless it is further away. */
const FAR_MS = 450;

export function nothingFound(): FoundOfAll {
  const none = (): Found => ({ camera: [], screen: [], microphone: [], soundSpans: [] });
  return { doctor: none(), patient: none() };
}

/** Reads all pictures and beeps in the streams of a recording. */
export async function readStreams(
  files: readonly ReadFile[],
  sent: Readonly<Record<Person, SentLog>>,
): Promise<FoundOfAll> {
  const all = nothingFound();
  for (const file of files.filter(({ kind }) => kind === 'stream')) {
    const seat = PEOPLE.indexOf(file.userId as Person);
    const person = PEOPLE[seat];
    if (!person) continue;
    const start = Date.parse(file.startedAt);
    const found = all[person];
    if (file.source === 'microphone') {
      const onsets = (await beepsIn(file.path))[seat] ?? [];
      found.microphone.push(...beepMarks(onsets, (at) => start + at, sent[person], file.fileId));
      found.soundSpans.push(...spansOf((await packetTimes(file.path)).map((at) => start + at)));
    } else if (file.source === 'camera' || file.source === 'screen') {
      const [pictures = []] = await picturesIn(file.path, start);
      const own = pictures.filter((one) => one.seat === seat && one.source === file.source);
      found[file.source].push(...pictureMarks(own, (at) => start + at, file.fileId));
    }
  }
  for (const { camera, screen, microphone, soundSpans } of Object.values(all)) {
    for (const marks of [camera, screen, microphone]) marks.sort((one, other) => one.sentAt - other.sentAt);
    soundSpans.sort(([one], [other]) => one - other);
  }
  return all;
}

/** Where a person is in a composition: without and with a shared screen. */
export interface Place {
  readonly person: Person;
  readonly source: 'camera' | 'screen';
  readonly region: Region;
}

/** Reads all pictures and beeps in a composition. */
export async function readComposition(
  { path, sections, startedAt }: ReadFile,
  places: readonly Place[],
  sent: Readonly<Record<Person, SentLog>>,
): Promise<FoundOfAll> {
  const all = nothingFound();
  const parts = (sections ?? []).map((one) => ({ at: one.at * 1000, startedAt: Date.parse(one.startedAt) }));
  const partAt = (at: number) => parts.findLastIndex((one) => one.at <= at + 0.5);
  const wall = (at: number) => {
    const part = parts[partAt(at)];
    return part ? part.startedAt + at - part.at : Number.NaN;
  };
  const segment = (at: number) => `part ${partAt(at) + 1}`;
  const read = await picturesIn(
    path,
    Date.parse(startedAt),
    places.map(({ region }) => region),
  );
  for (const [index, { person, source }] of places.entries()) {
    const seat = PEOPLE.indexOf(person);
    const own = (read[index] ?? []).filter((one) => one.seat === seat && one.source === source);
    all[person][source].push(...pictureMarks(own, wall, segment));
  }
  const onsets = await beepsIn(path);
  for (const [seat, person] of PEOPLE.entries()) {
    all[person].microphone.push(...beepMarks(onsets[seat] ?? [], wall, sent[person], segment));
    for (const source of ['camera', 'screen'] as const) {
      all[person][source].sort((one, other) => one.sentAt - other.sentAt);
    }
  }
  return all;
}

type SegmentOf = string | ((at: number) => string);
const segmentAt = (segment: SegmentOf, at: number) => (typeof segment === 'string' ? segment : segment(at));

/** Players repeat pictures: each counts when it is first seen. */
function pictureMarks(
  pictures: readonly SeenPicture[],
  wall: (at: number) => number,
  segment: SegmentOf,
): Mark[] {
  const first = new Map<number, Mark>();
  for (const { at, drawnAt } of pictures) {
    if (!first.has(drawnAt)) {
      first.set(drawnAt, { at: wall(at), sentAt: drawnAt, segment: segmentAt(segment, at) });
    }
  }
  return [...first.values()];
}

function beepMarks(
  onsets: readonly number[],
  wall: (at: number) => number,
  { beeps }: SentLog,
  segment: SegmentOf,
): Mark[] {
  return onsets.flatMap((onset) => {
    const at = wall(onset);
    const [second, sentAt] = nearest(beeps, at) ?? [0, Infinity];
    return Math.abs(at - sentAt) > FAR_MS ? [] : [{ at, sentAt, second, segment: segmentAt(segment, onset) }];
  });
}

function nearest(beeps: SentLog['beeps'], at: number): readonly [number, number] | undefined {
  let best: readonly [number, number] | undefined;
  for (const beep of beeps) {
    if (!best || Math.abs(beep[1] - at) < Math.abs(best[1] - at)) best = beep;
  }
  return best;
}

function spansOf(times: readonly number[]): [number, number][] {
  const spans: [number, number][] = [];
  for (const at of times) {
    const last = spans.at(-1);
    if (last && at - last[1] < SOUND_HOLE_MS) last[1] = at;
    else spans.push([at, at]);
  }
  return spans;
}

/** How much later sound plays than the picture that was sent with it, in milliseconds, for each beep that has pictures near it. */
export function offsetsOf({
  camera,
  microphone,
}: Found): { readonly segment: string; readonly ms: number }[] {
  const offsets: { segment: string; ms: number }[] = [];
  let first = 0;
  for (const beep of microphone) {
    while ((camera[first]?.sentAt ?? Infinity) < beep.sentAt - 400) first++;
    const near: number[] = [];
    for (let index = first; (camera[index]?.sentAt ?? Infinity) < beep.sentAt + 400; index++) {
      const picture = camera[index]!;
      near.push(picture.at - picture.sentAt);
    }
    if (near.length >= 3) {
      offsets.push({ segment: beep.segment, ms: beep.at - beep.sentAt - median(near) });
    }
  }
  return offsets;
}

/** When sound of a whole beep must have been sent by. */
export const BEEP_END_MS = BEEP_MS + 20;
