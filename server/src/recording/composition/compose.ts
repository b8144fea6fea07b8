import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompositionLayout } from '@televisit/shared/features/recording.vocabulary';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import * as ffmpeg from './arguments.ts';
import { CompositionError } from './composition-error.ts';
import { fitted, type Size } from './layout.ts';
import {
  FRAME_RATE,
  isVideo,
  planComposition,
  type CompositionPlan,
  type RecordedFile,
  type Stretch,
} from './plan.ts';
import { LEVEL_MS, levelsOf, speakerChanges, type Loudness } from './speakers.ts';
import { Steps } from './steps.ts';
import { readTimelines } from './timeline.ts';

/** A file of a recording in the folder of its composition. */
export interface SourceFile extends RecordedFile {
  /** Its name in the folder. */
  readonly name: string;
}

export interface ComposeOptions {
  /** Has the files; results and intermediate files go there as well, and what is complete is used again after a crash. */
  readonly folder: string;
  readonly files: readonly SourceFile[];
  /** The contents of the timelines. */
  readonly timelines: readonly string[];
  readonly layout: CompositionLayout;
  /** The names to draw, by seat; people without one have none. */
  readonly names: ReadonlyMap<number, string>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with how much is done, from 0 to 1. */
  readonly onProgress: (progress: number) => void;
}

/** A composition, as names of files in its folder. */
export interface Composed {
  /** MP4, playable while it loads. */
  readonly video: string;
  /** A playlist (HLS) whose segments are ranges of `media`. */
  readonly playlist: string;
  readonly media: string;
  readonly thumbnail: string;
  readonly plan: CompositionPlan;
}

/** Roughly how long a frame takes in each step, compared with one of the composition itself. */
const WEIGHT = { inspect: 0.01, clip: 0.5, sound: 0.05, join: 0.05 };

/**
 * Composes the files of a recording to one picture with the sound of everybody.
 * @throws {CompositionError} `ffmpeg_missing`, `ffmpeg_failed`, `disk_full`, `empty`, `aborted`
 */
export function compose(options: ComposeOptions): Promise<Composed> {
  return new Composition(options).run().catch((error: unknown) => {
    throw CompositionError.ofFile(error);
  });
}

class Composition {
  readonly #options: ComposeOptions;
  readonly #steps: Steps;
  readonly #sizes = new Map<string, Size>();

  constructor(options: ComposeOptions) {
    this.#options = options;
    const { folder, signal, clock, onProgress, files } = options;
    const frames = this.#planOf(files, []).frames;
    const recorded = (wanted: boolean) =>
      files.filter((file) => isVideo(file) === wanted).reduce((sum, file) => sum + framesOf(file), 0);
    const ofFiles = recorded(true) * WEIGHT.clip + recorded(false) * WEIGHT.inspect;
    const weight = ofFiles + frames * (1 + WEIGHT.sound + 3 * WEIGHT.join);
    this.#steps = new Steps({ folder, signal, clock, weight, onProgress });
  }

  async run(): Promise<Composed> {
    const { files, names } = this.#options;
    const loudness: Loudness[] = [];
    const readable: SourceFile[] = [];
    for (const file of files) {
      const isReadable = await this.#inspect(file, loudness);
      if (isReadable) readable.push(file);
    }
    const plan = this.#planOf(readable, loudness);
    if (plan.frames === 0) throw new CompositionError('empty');
    // Files of another plan must not be taken for those of this one.
    const hash = createHash('sha256').update(JSON.stringify([plan, [...names]]));
    const prefix = hash.digest('hex').slice(0, 12);
    await this.#writeNames(prefix);
    const clips = await this.#makeClips(plan, readable);
    const pictures: string[] = [];
    for (const [index, stretch] of plan.stretches.entries()) {
      pictures.push(await this.#makeStretch(stretch, `${prefix}-picture-${index}.mkv`, plan, clips, prefix));
    }
    const sounds = await this.#makeSounds(plan, readable, prefix);
    return this.#join(plan, pictures, sounds, prefix);
  }

  #planOf(files: readonly SourceFile[], loudness: readonly Loudness[]): CompositionPlan {
    const { timelines, layout } = this.#options;
    const speakers = speakerChanges(loudness);
    return planComposition({ files, timeline: readTimelines(timelines), layout, speakers });
  }

  /** Measures a file. @returns false if it can't be decoded; the composition is made without it */
  async #inspect(file: SourceFile, loudness: Loudness[]): Promise<boolean> {
    const { logger, folder } = this.#options;
    const { fileId, name, seat, source, startedAt } = file;
    const output = `inspected-${fileId}`;
    const seconds = framesOf(file) / FRAME_RATE;
    try {
      if (isVideo(file)) {
        await this.#steps.run({
          output,
          arguments: (partial) => ffmpeg.firstPictureArguments(name, partial),
          weight: 0,
          seconds,
        });
        const size = await pictureSize(join(folder, output));
        if (size) this.#sizes.set(fileId, size);
        return size !== null;
      }
      const weight = framesOf(file) * WEIGHT.inspect;
      await this.#steps.run({
        output,
        arguments: (partial) => ffmpeg.levelArguments(name, partial),
        weight,
        seconds,
      });
      if (source === 'microphone')
        loudness.push({ seat, startedAt, levels: await levelsIn(join(folder, output)) });
      return true;
    } catch (error) {
      if (!(error instanceof CompositionError) || error.code !== 'ffmpeg_failed') throw error;
      logger.warn({ err: error, fileId }, 'failed to decode a file of a recording');
      return false;
    }
  }

  async #writeNames(prefix: string): Promise<void> {
    const { folder, names } = this.#options;
    for (const [seat, name] of names) {
      const text = ffmpeg.drawableName(name);
      if (text !== null) await writeFile(join(folder, nameFile(prefix, seat)), text, { mode: 0o600 });
    }
  }

  /** Makes the clips that the plan shows, each at the largest size at which it is shown. */
  async #makeClips(plan: CompositionPlan, files: readonly SourceFile[]): Promise<Map<string, ffmpeg.Clip>> {
    const clips = new Map<string, ffmpeg.Clip>();
    for (const file of files) {
      const { fileId, startedAt } = file;
      const picture = this.#sizes.get(fileId);
      const boxes = plan.stretches.flatMap(({ tiles }) =>
        tiles.flatMap((tile) => (tile.fileId === fileId ? [tile.box] : [])),
      );
      if (!picture || boxes.length === 0) continue;
      const largest = boxes.reduce((best, box) =>
        fitted(picture, box).width > fitted(picture, best).width ? box : best,
      );
      const name = `clip-${fileId}-${largest.width}x${largest.height}.mkv`;
      const frames = framesOf(file);
      await this.#steps.run({
        output: name,
        arguments: (partial) => ffmpeg.clipArguments(file.name, picture, largest, partial),
        weight: frames * WEIGHT.clip,
        seconds: frames / FRAME_RATE,
      });
      clips.set(fileId, { name, startedAt, frames });
    }
    return clips;
  }

  async #makeStretch(
    stretch: Stretch,
    output: string,
    { canvas }: CompositionPlan,
    clips: ReadonlyMap<string, ffmpeg.Clip>,
    prefix: string,
  ): Promise<string> {
    const { names } = this.#options;
    const nameOf = (seat: number) =>
      ffmpeg.drawableName(names.get(seat) ?? '') === null ? null : nameFile(prefix, seat);
    const clipOf = (fileId: string) => clips.get(fileId) ?? null;
    await this.#steps.run({
      output,
      arguments: (partial) => ffmpeg.stretchArguments(stretch, { canvas, clipOf, nameOf, output: partial }),
      weight: stretch.frames,
      seconds: stretch.frames / FRAME_RATE,
    });
    return output;
  }

  async #makeSounds(
    { sections }: CompositionPlan,
    files: readonly SourceFile[],
    prefix: string,
  ): Promise<string[]> {
    const names = new Map(files.map(({ fileId, name }) => [fileId, name]));
    const outputs: string[] = [];
    for (const [index, section] of sections.entries()) {
      const output = `${prefix}-sound-${index}.flac`;
      await this.#steps.run({
        output,
        arguments: (partial) => ffmpeg.soundArguments(section, (fileId) => names.get(fileId) ?? '', partial),
        weight: section.frames * WEIGHT.sound,
        seconds: section.frames / FRAME_RATE,
      });
      outputs.push(output);
    }
    return outputs;
  }

  async #join(
    plan: CompositionPlan,
    pictures: readonly string[],
    sounds: readonly string[],
    prefix: string,
  ): Promise<Composed> {
    const { folder } = this.#options;
    const [video, playlist, media] = [`${prefix}.mp4`, `${prefix}.m3u8`, `${prefix}.m4s`];
    const thumbnail = `${prefix}.jpg`;
    const lists = [`${prefix}-pictures.txt`, `${prefix}-sounds.txt`] as const;
    await writeFile(join(folder, lists[0]), listOf(pictures), { mode: 0o600 });
    await writeFile(join(folder, lists[1]), listOf(sounds), { mode: 0o600 });
    const step = { weight: plan.frames * WEIGHT.join, seconds: plan.frames / FRAME_RATE };
    await this.#steps.run({
      ...step,
      output: video,
      arguments: (partial) => ffmpeg.joinArguments(lists[0], lists[1], partial),
    });
    // The playlist is complete last, so its media is complete with it.
    await this.#steps.run({
      ...step,
      output: playlist,
      arguments: (partial) => ffmpeg.playlistArguments(video, media, partial),
    });
    await this.#steps.run({
      ...step,
      output: thumbnail,
      arguments: (partial) => ffmpeg.thumbnailArguments(video, plan.frames, partial),
    });
    return { video, playlist, media, thumbnail, plan };
  }
}

function framesOf({ startedAt, endedAt }: RecordedFile): number {
  return Math.max(1, Math.round(((endedAt - startedAt) * FRAME_RATE) / 1000));
}

function nameFile(prefix: string, seat: number): string {
  return `${prefix}-name-${seat}.txt`;
}

function listOf(names: readonly string[]): string {
  return ['ffconcat version 1.0', ...names.map((name) => `file ${name}`), ''].join('\n');
}

/** Returns the size of the picture in a file of YUV4MPEG2; null if there is none. */
async function pictureSize(path: string): Promise<Size | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
    const [, width, height] = /^YUV4MPEG2 W(\d+) H(\d+) /.exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
    return width && height ? { width: Number(width), height: Number(height) } : null;
  } finally {
    await file.close();
  }
}

async function levelsIn(path: string): Promise<number[]> {
  const { buffer, byteOffset, length } = await readFile(path);
  const samples = new Int16Array(buffer.slice(byteOffset, byteOffset + length - (length % 2)));
  return levelsOf(samples, (ffmpeg.LEVEL_RATE * LEVEL_MS) / 1000);
}
