import type { CompositionLayout } from '@televisit/shared/features/recording.vocabulary';
import type { Source } from '@televisit/shared/vocabulary';
import { canvasOf, placesOf, type Box, type Size } from './layout.ts';
import type { SpeakerChange } from './speakers.ts';
import type { Interval, Timeline } from './timeline.ts';

/** The pictures per second of a composition. */
export const FRAME_RATE = 25;
/** Where nothing was recorded for longer, in milliseconds, the composition leaves it out; shorter holes stay. */
export const LONGEST_HOLE_MS = 2000;
/** The longest stretch, in frames. What is complete is not made again after a crash. */
const LONGEST_STRETCH = 60 * FRAME_RATE;

/** A file of a recording. Times are milliseconds since the Unix epoch. */
export interface RecordedFile {
  readonly fileId: string;
  readonly seat: number;
  readonly source: Source;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** An uninterrupted part of the recording. In the composition, sections follow each other without a break. */
export interface Section {
  /** Its beginning, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Its first frame in the composition. */
  readonly firstFrame: number;
  readonly frames: number;
  readonly audio: readonly RecordedFile[];
}

/** A picture in the composition. */
export interface Tile {
  readonly seat: number;
  readonly box: Box;
  /** The file of the picture; null shows the name alone. */
  readonly fileId: string | null;
}

/** Frames with one arrangement. */
export interface Stretch {
  readonly firstFrame: number;
  readonly frames: number;
  /** Its beginning, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly tiles: readonly Tile[];
}

export interface CompositionPlan {
  readonly canvas: Size;
  readonly sections: readonly Section[];
  readonly stretches: readonly Stretch[];
  /** The length of the whole. */
  readonly frames: number;
}

export interface PlanInput {
  readonly files: readonly RecordedFile[];
  readonly timeline: Timeline;
  readonly layout: CompositionLayout;
  /** For the layout `speaker`. */
  readonly speakers: readonly SpeakerChange[];
}

/** Whether a file holds pictures. */
export function isVideo({ source }: Pick<RecordedFile, 'source'>): boolean {
  return source === 'camera' || source === 'screen';
}

/** Decides what a composition shows and when. The same input gives the same plan. */
export function planComposition(input: PlanInput): CompositionPlan {
  const files = [...input.files]
    .filter(({ startedAt, endedAt }) => endedAt > startedAt)
    .sort((left, right) => left.startedAt - right.startedAt || (left.fileId < right.fileId ? -1 : 1));
  const sections: Section[] = [];
  const stretches: Stretch[] = [];
  let firstFrame = 0;
  for (const { from, to } of recordedIntervals(files)) {
    const frames = Math.round(((to - from) * FRAME_RATE) / 1000);
    if (frames === 0) continue;
    const own = files.filter(({ startedAt }) => startedAt >= from && startedAt < to);
    const audio = own.filter((file) => !isVideo(file));
    sections.push({ startedAt: from, firstFrame, frames, audio });
    stretches.push(...stretchesOf({ from, to }, firstFrame, own, input));
    firstFrame += frames;
  }
  return { canvas: canvasOf(input.layout), sections, stretches, frames: firstFrame };
}

/** Returns the place of a moment in the composition, in milliseconds; of one that was left out, that of what follows. */
export function positionOf({ sections, frames }: CompositionPlan, at: number): number {
  for (const { startedAt, firstFrame, frames: own } of sections) {
    const start = (firstFrame * 1000) / FRAME_RATE;
    if (at < startedAt) return start;
    if (at - startedAt < (own * 1000) / FRAME_RATE) return start + at - startedAt;
  }
  return (frames * 1000) / FRAME_RATE;
}

/** Returns when anything was recorded. */
function recordedIntervals(files: readonly RecordedFile[]): Interval[] {
  const intervals: { from: number; to: number }[] = [];
  for (const { startedAt, endedAt } of files) {
    const last = intervals.at(-1);
    if (last && startedAt - last.to <= LONGEST_HOLE_MS) last.to = Math.max(last.to, endedAt);
    else intervals.push({ from: startedAt, to: endedAt });
  }
  return intervals;
}

function stretchesOf(
  section: Interval,
  sectionFrame: number,
  files: readonly RecordedFile[],
  input: PlanInput,
): Stretch[] {
  const shown = files
    .filter(isVideo)
    .map((file) => ({ ...file, shown: shownOf(file, files, input.timeline) }));
  const present = presenceOf(input.files, section, input.timeline);
  const changes = [...shown.flatMap((file) => file.shown), ...[...present.values()].flat()]
    .flatMap(({ from, to }) => [from, to])
    .concat(input.layout === 'speaker' ? input.speakers.map(({ at }) => at) : [])
    .filter((at) => at > section.from && at < section.to);
  const bounds = [...new Set([section.from, ...changes, section.to])].sort((left, right) => left - right);
  const frameOf = (at: number) => Math.round(((at - section.from) * FRAME_RATE) / 1000);
  const stretches: (Stretch & { frames: number })[] = [];
  for (const [index, from] of bounds.slice(0, -1).entries()) {
    const to = bounds[index + 1] ?? from;
    const frames = frameOf(to) - frameOf(from);
    if (frames === 0) continue;
    const tiles = tilesAt((from + to) / 2, shown, present, input);
    const last = stretches.at(-1);
    if (last && JSON.stringify(last.tiles) === JSON.stringify(tiles)) last.frames += frames;
    else {
      const startedAt = section.from + (frameOf(from) * 1000) / FRAME_RATE;
      stretches.push({ firstFrame: sectionFrame + frameOf(from), frames, startedAt, tiles });
    }
  }
  return stretches.flatMap(cut);
}

/** Cuts a stretch into ones that are not too long. */
function cut(stretch: Stretch): Stretch[] {
  const parts: Stretch[] = [];
  for (let done = 0; done < stretch.frames; done += LONGEST_STRETCH) {
    parts.push({
      ...stretch,
      firstFrame: stretch.firstFrame + done,
      startedAt: stretch.startedAt + (done * 1000) / FRAME_RATE,
      frames: Math.min(LONGEST_STRETCH, stretch.frames - done),
    });
  }
  return parts;
}

/** Returns when a picture is shown: while it is sent, and on to the next file of a stream that was only cut. */
function shownOf(file: RecordedFile, files: readonly RecordedFile[], { sent }: Timeline): Interval[] {
  const next = files.find(
    ({ seat, source, startedAt }) =>
      seat === file.seat && source === file.source && startedAt > file.startedAt,
  );
  const isCut = next && next.startedAt - file.endedAt <= LONGEST_HOLE_MS;
  const whole = { from: file.startedAt, to: isCut ? next.startedAt : file.endedAt };
  const intervals = (sent.get(file.fileId) ?? [whole]).map((interval) => ({ ...interval }));
  // A picture is sent some time after it was taken, and the last one ends when its stream does.
  const [first, last] = [intervals[0], intervals.at(-1)];
  if (first && first.from - whole.from < LONGEST_HOLE_MS) first.from = whole.from;
  if (last && file.endedAt - last.to < LONGEST_HOLE_MS) last.to = whole.to;
  return intervals
    .map(({ from, to }) => ({ from: Math.max(from, whole.from), to: Math.min(to, whole.to) }))
    .filter(({ from, to }) => to > from);
}

/**
 * Returns when people are shown, by their seat: while the timeline has them in the visit, and while files hold them. A person
 * without any file is not shown: what was recorded of them may have been deleted.
 */
function presenceOf(
  files: readonly RecordedFile[],
  section: Interval,
  { present }: Timeline,
): Map<number, Interval[]> {
  const all = new Map<number, Interval[]>();
  for (const seat of new Set(files.map((file) => file.seat))) {
    const own = files.filter((file) => file.seat === seat);
    const held = own.map(({ startedAt, endedAt }) => ({ from: startedAt, to: endedAt }));
    const inOrder = [...held, ...(present.get(seat) ?? [])]
      .filter(({ from, to }) => to > section.from && from < section.to)
      .map(({ from, to }) => stretchedTo(section, from, to))
      .sort((left, right) => left.from - right.from);
    const joined: { from: number; to: number }[] = [];
    for (const { from, to } of inOrder) {
      const last = joined.at(-1);
      if (last && from - last.to <= LONGEST_HOLE_MS) last.to = Math.max(last.to, to);
      else joined.push({ from, to });
    }
    all.set(seat, joined);
  }
  return all;
}

/** Streams of one section begin and end within moments of each other; the arrangement does not change for that. */
function stretchedTo(section: Interval, from: number, to: number): Interval {
  return {
    from: from - section.from < LONGEST_HOLE_MS ? section.from : from,
    to: section.to - to < LONGEST_HOLE_MS ? section.to : to,
  };
}

function tilesAt(
  at: number,
  shown: readonly (RecordedFile & { readonly shown: readonly Interval[] })[],
  present: ReadonlyMap<number, readonly Interval[]>,
  { layout, speakers }: PlanInput,
): Tile[] {
  const isIn = ({ from, to }: Interval) => from <= at && at < to;
  const visible = shown.filter((file) => file.shown.some(isIn));
  const screen = visible.findLast(({ source }) => source === 'screen');
  const seats = [...present]
    .filter(([, intervals]) => intervals.some(isIn))
    .map(([seat]) => seat)
    .sort((left, right) => left - right);
  if (layout === 'speaker' && !screen) {
    const speaker = speakers.findLast((change) => change.at <= at && seats.includes(change.seat))?.seat;
    if (speaker !== undefined) seats.splice(0, 0, ...seats.splice(seats.indexOf(speaker), 1));
  }
  const places = placesOf(layout, seats.length, screen !== undefined);
  const people = seats.flatMap((seat, index) => {
    const box = places.people[index];
    const camera = visible.findLast((file) => file.source === 'camera' && file.seat === seat);
    return box ? [{ seat, box, fileId: camera?.fileId ?? null }] : [];
  });
  if (!screen || !places.screen) return people;
  return [{ seat: screen.seat, box: places.screen, fileId: screen.fileId }, ...people];
}
