import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_RATE, planComposition, positionOf, type PlanInput, type RecordedFile } from './plan.ts';
import { readTimelines } from './timeline.ts';

const T = 1_700_000_000_000;
const NOTHING = readTimelines([]);

function file(seat: number, source: RecordedFile['source'], from: number, to: number, id = ''): RecordedFile {
  return { fileId: `${source}-${seat}${id}`, seat, source, startedAt: T + from, endedAt: T + to };
}

function plan(files: readonly RecordedFile[], input: Partial<PlanInput> = {}) {
  return planComposition({ files, timeline: NOTHING, layout: 'grid', speakers: [], ...input });
}

function timeline(lines: readonly (readonly [at: number, event: string, more?: object])[]) {
  return readTimelines([
    lines.map(([at, event, more]) => JSON.stringify({ at: T + at, event, ...more })).join('\n'),
  ]);
}

const shown = (stretches: ReturnType<typeof plan>['stretches']) =>
  stretches.map(({ firstFrame, frames, tiles }) => [
    firstFrame,
    frames,
    tiles.map(({ seat, fileId }) => fileId ?? `name-${seat}`),
  ]);

describe('planComposition', () => {
  it('leaves out when nothing was recorded for more than two seconds, and keeps shorter holes', () => {
    const { sections, frames } = plan([
      file(0, 'microphone', 0, 4000),
      file(0, 'microphone', 5500, 8000, 'b'),
      file(0, 'microphone', 60_000, 61_000, 'c'),
    ]);
    expect(sections.map(({ startedAt, firstFrame }) => [startedAt - T, firstFrame])).toEqual([
      [0, 0],
      [60_000, 200],
    ]);
    expect(frames).toBe(9 * FRAME_RATE);
  });

  it('positionOf returns the place of a moment, and of a moment that was left out that of what follows', () => {
    const made = plan([file(0, 'microphone', 0, 4000), file(0, 'microphone', 60_000, 61_000, 'b')]);
    expect([-5, 0, 1500, 30_000, 60_500, 99_000].map((at) => positionOf(made, T + at))).toEqual([
      0, 0, 1500, 4000, 4500, 5000,
    ]);
  });

  it('shows a person by their name while their camera is off, and nobody who has left', () => {
    const files = [
      file(0, 'camera', 0, 20_000),
      file(1, 'camera', 0, 10_000),
      file(1, 'microphone', 0, 10_000),
    ];
    const events = timeline([
      [0, 'started'],
      [0, 'stream', { seat: 0, fileId: 'camera-0', state: 'on' }],
      [0, 'stream', { seat: 1, fileId: 'camera-1', state: 'on' }],
      [3000, 'stream', { seat: 1, fileId: 'camera-1', state: 'off' }],
      [6000, 'stream', { seat: 1, fileId: 'camera-1', state: 'on' }],
      [10_000, 'left', { seat: 1 }],
      [20_000, 'stopped'],
    ]);
    expect(shown(plan(files, { timeline: events }).stretches)).toEqual([
      [0, 75, ['camera-0', 'camera-1']],
      [75, 75, ['camera-0', 'name-1']],
      [150, 100, ['camera-0', 'camera-1']],
      [250, 250, ['camera-0']],
    ]);
  });

  it('does not show a person of the timeline who has no file any more', () => {
    const events = timeline([
      [0, 'joined', { seat: 1 }],
      [5000, 'stopped'],
    ]);
    expect(shown(plan([file(0, 'camera', 0, 5000)], { timeline: events }).stretches)).toEqual([
      [0, 125, ['camera-0']],
    ]);
  });

  it('keeps the last picture of a stream until its next file', () => {
    const files = [file(0, 'camera', 0, 4000), file(0, 'camera', 5000, 9000, 'b')];
    expect(shown(plan(files).stretches)).toEqual([
      [0, 125, ['camera-0']],
      [125, 100, ['camera-0b']],
    ]);
  });

  it('trusts the files if the timeline was cut off', () => {
    const events = timeline([
      [0, 'started'],
      [50, 'stream', { seat: 0, fileId: 'camera-0', state: 'on' }],
    ]);
    expect(shown(plan([file(0, 'camera', 0, 9000)], { timeline: events }).stretches)).toEqual([
      [0, 225, ['camera-0']],
    ]);
  });

  it('puts the person first who speaks, and a shared screen before everyone', () => {
    const files = [file(0, 'camera', 0, 9000), file(1, 'camera', 0, 9000), file(1, 'screen', 6000, 9000)];
    const speakers = [
      { at: T + 1000, seat: 0 },
      { at: T + 3000, seat: 1 },
    ];
    expect(shown(plan(files, { layout: 'speaker', speakers }).stretches)).toEqual([
      [0, 75, ['camera-0', 'camera-1']],
      [75, 75, ['camera-1', 'camera-0']],
      [150, 75, ['screen-1', 'camera-0', 'camera-1']],
    ]);
  });

  it('stretches follow each other without a hole and fill the sections, whatever the files', () => {
    const times = fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 100, max: 90_000 }));
    const some = fc.array(fc.tuple(fc.constantFrom('camera', 'microphone', 'screen'), fc.nat(4), times), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(some, fc.constantFrom('grid', 'speaker', 'side-by-side'), (given, layout) => {
        const files = given.map(([source, seat, [from, length]], index) =>
          file(seat, source, from, from + length, `-${index}`),
        );
        const { stretches, sections, frames } = plan(files, { layout });
        let next = 0;
        for (const { firstFrame, frames: own } of stretches) {
          expect(firstFrame).toBe(next);
          expect(own).toBeGreaterThan(0);
          expect(own).toBeLessThanOrEqual(60 * FRAME_RATE);
          next += own;
        }
        expect(next).toBe(frames);
        expect(sections.reduce((sum, section) => sum + section.frames, 0)).toBe(frames);
        const audio = files.filter(({ source }) => source === 'microphone').length;
        expect(sections.flatMap((section) => section.audio)).toHaveLength(audio);
      }),
    );
  });
});

describe('readTimelines', () => {
  it('leaves out lines that were cut off', () => {
    expect([...readTimelines(['{"at":1,"event":"joined","seat":3}\n{"at":5,"eve']).present]).toEqual([
      [3, []],
    ]);
  });

  it('ends the presence of people with their timeline', () => {
    const one = '{"at":1,"event":"joined","seat":3}\n{"at":9,"event":"stopped"}';
    const two = '{"at":20,"event":"started"}\n{"at":30,"event":"stopped"}';
    expect([...readTimelines([one, two]).present]).toEqual([[3, [{ from: 1, to: 9 }]]]);
  });
});
