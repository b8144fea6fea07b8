import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompositionLayout } from '@televisit/shared/features/recording.vocabulary';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { decodingErrors, ffmpegAvailable } from '../testing/ffmpeg.ts';
import {
  beepMoments,
  brightness,
  lengthInSeconds,
  whiteMoments,
  writeMarkedAudio,
  writeMarkedVideo,
  type MarkedTrack,
} from '../testing/marked-tracks.ts';
import { CompositionError } from './composition-error.ts';
import { compose, type ComposeOptions, type SourceFile } from './compose.ts';
import { FRAME_RATE } from './plan.ts';

const T = 1_700_000_000_000;
/** How far apart picture and sound may be, in milliseconds. */
const IN_SYNC_MS = 80;
const FRAME_MS = 1000 / FRAME_RATE;
const LEFT = { x: 100, y: 150, width: 200, height: 150 };
const RIGHT = { x: 740, y: 150, width: 200, height: 150 };

describe.skipIf(!ffmpegAvailable('composing recordings'))('compose', { timeout: 120_000 }, () => {
  let folder: string;
  let count = 0;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'televisit-compose-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function track(
    seat: number,
    source: 'camera' | 'microphone' | 'screen',
    from: number,
    to: number,
    marks: Partial<MarkedTrack> = {},
  ): Promise<SourceFile> {
    const fileId = `file-${count++}`;
    const name = `${fileId}.mkv`;
    const file = { path: join(folder, name), startedAt: T + from, endedAt: T + to, ...marks };
    await (source === 'microphone' ? writeMarkedAudio(file) : writeMarkedVideo(file));
    return { fileId, name, seat, source, startedAt: file.startedAt, endedAt: file.endedAt };
  }

  function composed(files: readonly SourceFile[], options: Partial<ComposeOptions> = {}) {
    return compose({
      folder,
      files,
      timelines: [],
      layout: 'side-by-side',
      names: new Map(),
      signal: new AbortController().signal,
      clock: systemClock,
      logger: pino({ level: 'silent' }),
      onProgress: () => undefined,
      ...options,
    });
  }

  /** A visit in which the patient's server moved after four seconds, and nothing was recorded from the 8th to the 20th. */
  const movedVisit = () =>
    Promise.all([
      track(0, 'camera', 0, 8000),
      track(0, 'microphone', 30, 8000, { volume: 0.01 }),
      track(1, 'camera', 430, 4130),
      track(1, 'microphone', 310, 4140, { hole: [T + 1500, T + 2500] }),
      track(1, 'camera', 4890, 8000, { size: '640x360' }),
      track(1, 'microphone', 4770, 8000),
      track(0, 'camera', 20_000, 24_000),
      track(1, 'camera', 20_150, 24_000),
      track(1, 'microphone', 20_090, 24_000),
    ]);

  it('keeps picture and sound together over several segments, and leaves out what was not recorded', async () => {
    const { video, plan } = await composed(await movedVisit());
    const file = join(folder, video);
    expect(Math.abs((await lengthInSeconds(file)) - 12)).toBeLessThan(0.2);
    expect(plan.frames).toBe(12 * FRAME_RATE);
    expect(await decodingErrors(file)).toBe('');

    const expected = [1000, 3000, 4000, 5000, 6000, 7000, 9000, 10_000, 11_000];
    const flashes = await whiteMoments(file, RIGHT, FRAME_RATE);
    const beeps = await beepMoments(file);
    for (const at of expected) {
      expect(nearest(flashes, at), `flash at ${at} of ${flashes.join()}`).toBeLessThanOrEqual(IN_SYNC_MS);
      expect(nearest(beeps, at), `beep at ${at} of ${beeps.join()}`).toBeLessThanOrEqual(IN_SYNC_MS);
      const flash = flashes.find((one) => Math.abs(one - at) < 500) ?? NaN;
      expect(nearest(beeps, flash), `beep at the flash of ${flash}`).toBeLessThanOrEqual(IN_SYNC_MS);
    }
    // The hole in the microphone's file stays a hole.
    expect(beeps.filter((at) => at > 1500 && at < 2500)).toEqual([]);
    expect((await whiteMoments(file, LEFT, FRAME_RATE)).length).toBe(12);
  });

  it.each<CompositionLayout>(['speaker', 'grid'])(
    'makes a file of the layout %s, a playlist and a picture',
    async (layout) => {
      const progress: number[] = [];
      const { video, playlist, media, thumbnail } = await composed(await movedVisit(), {
        layout,
        names: new Map([
          [0, 'Dr. Jones'],
          [1, 'Pat'],
        ]),
        onProgress: (value) => progress.push(value),
      });
      expect(Math.abs((await lengthInSeconds(join(folder, video))) - 12)).toBeLessThan(0.2);
      expect(Math.abs((await lengthInSeconds(join(folder, playlist))) - 12)).toBeLessThan(0.2);
      expect(readFileSync(join(folder, playlist), 'utf8')).toContain(`URI="${media}"`);
      expect(await decodingErrors(join(folder, playlist))).toBe('');
      expect(readFileSync(join(folder, thumbnail)).subarray(0, 2).toString('hex')).toBe('ffd8');
      expect(progress).toEqual([...progress].sort((left, right) => left - right));
      expect(progress.at(-1)).toBeCloseTo(1, 1);
    },
  );

  it('keeps the times of a picture that changes its size and proportions', async () => {
    const file = await track(0, 'camera', 0, 6000, { size: '640x360', laterSize: '240x320' });
    const { video } = await composed([file, await track(0, 'microphone', 0, 6000)]);
    const flashes = await whiteMoments(
      join(folder, video),
      { x: 600, y: 200, width: 80, height: 80 },
      FRAME_RATE,
    );
    const beeps = await beepMoments(join(folder, video));
    for (const at of [1000, 2000, 3000, 4000, 5000]) {
      expect(nearest(flashes, at), `flash at ${at} of ${flashes.join()}`).toBeLessThanOrEqual(IN_SYNC_MS);
      expect(nearest(beeps, at), `beep at ${at} of ${beeps.join()}`).toBeLessThanOrEqual(IN_SYNC_MS);
    }
  });

  it('keeps the times of sound after four packets were lost', async () => {
    const files = [await track(0, 'microphone', 0, 6000, { hole: [T + 1200, T + 1260] })];
    const { video } = await composed(files);
    const beeps = await beepMoments(join(folder, video));
    for (const at of [1000, 2000, 3000, 4000, 5000]) {
      expect(nearest(beeps, at), `beep at ${at} of ${beeps.join()}`).toBeLessThanOrEqual(FRAME_MS);
    }
  });

  it('shows a person whose camera is off by their name', async () => {
    const files = await Promise.all([
      track(0, 'camera', 0, 4000, { color: 'gray' }),
      track(0, 'microphone', 0, 4000),
    ]);
    const camera = files[0].fileId;
    const lines = [
      { at: T, event: 'started' },
      { at: T, event: 'stream', fileId: camera, seat: 0, source: 'camera', state: 'on' },
      { at: T + 2000, event: 'stream', fileId: camera, seat: 0, source: 'camera', state: 'off' },
      { at: T + 4000, event: 'stopped' },
    ];
    const timelines = [lines.map((line) => JSON.stringify(line)).join('\n')];
    const { video } = await composed(files, { timelines, layout: 'grid' });
    const levels = await brightness(join(folder, video), { x: 300, y: 100, width: 100, height: 100 });
    expect(levels[FRAME_RATE]).toBeGreaterThan(110);
    expect(levels[3 * FRAME_RATE]).toBeLessThan(60);
  });

  it.each([
    '%{metadata\\:x}',
    "it's: a [name], with=all; \\ of 'them'",
    'a\nb\r\n\u202Ecod',
    '{"json":1}',
    'مريم الطبيبة',
    '-vf drawbox',
  ])('draws the name %j as it is', async (name) => {
    const files = [await track(0, 'microphone', 0, 1000)];
    const plain = await composed(files, { names: new Map([[0, '']]) });
    const named = await composed(files, { names: new Map([[0, name]]) });
    const middle = { x: 560, y: 220, width: 160, height: 40 };
    const [without] = await brightness(join(folder, plain.video), middle);
    const [withName] = await brightness(join(folder, named.video), middle);
    expect(withName).toBeGreaterThan(without ?? 255);
  });

  it('makes a composition without a file that can’t be decoded', async () => {
    writeFileSync(join(folder, 'broken.mkv'), 'no Matroska');
    const broken = { fileId: 'broken', name: 'broken.mkv', seat: 1, source: 'camera' as const };
    const files = [await track(0, 'camera', 0, 2000), { ...broken, startedAt: T, endedAt: T + 2000 }];
    const { video } = await composed(files);
    expect(Math.abs((await lengthInSeconds(join(folder, video))) - 2)).toBeLessThan(0.2);
  });

  it('fails with empty if no file can be decoded', async () => {
    writeFileSync(join(folder, 'broken.mkv'), 'no Matroska');
    const broken = { fileId: 'broken', name: 'broken.mkv', seat: 1, source: 'camera' as const };
    await expect(composed([{ ...broken, startedAt: T, endedAt: T + 2000 }])).rejects.toMatchObject({
      code: 'empty',
    });
  });

  it('continues after an abort with what is complete', async () => {
    const files = await movedVisit();
    const stopping = new AbortController();
    const first = composed(files, {
      signal: stopping.signal,
      onProgress: (progress) => {
        if (progress > 0.5) stopping.abort();
      },
    });
    await expect(first).rejects.toThrow(CompositionError);
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    const complete = readdirSync(folder).filter((name) => name.startsWith('clip-'));
    expect(complete.length).toBeGreaterThan(0);
    const progress: number[] = [];
    const { video } = await composed(files, { onProgress: (value) => progress.push(value) });
    expect(Math.abs((await lengthInSeconds(join(folder, video))) - 12)).toBeLessThan(0.2);
    expect(await decodingErrors(join(folder, video))).toBe('');
  });
});

function nearest(moments: readonly number[], at: number): number {
  return Math.min(...moments.map((moment) => Math.abs(moment - at)));
}
