import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { TestContext } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import type { RecordedTrack } from '../recorded-track.ts';
import { Recorder, type RecorderOptions } from '../recorder.ts';
import type { RecorderError } from '../recorder-error.ts';
import { RtpSender, type SenderOptions } from './rtp-sender.ts';
import type { RtpRecording } from './rtp-streams.ts';

export interface OpenTrack {
  readonly track: RecordedTrack;
  readonly file: string;
  readonly sender: RtpSender;
  readonly failures: RecorderError[];
  /** The number of key frames asked for. */
  readonly keyFrameRequests: () => number;
}

export interface FixtureOptions extends Partial<RecorderOptions> {
  /** A recorder that tests share. Default: one that ends with the test. */
  readonly recorder?: Recorder;
}

export function createRecorder(options: Partial<RecorderOptions> = {}): Recorder {
  return new Recorder({ clock: systemClock, logger: pino({ level: 'silent' }), ...options });
}

/** A recorder with a folder of its own, which end with the test. */
export class RecorderFixture {
  readonly folder = mkdtempSync(join(tmpdir(), 'televisit-recorder-'));
  readonly recorder: Recorder;
  readonly #test: TestContext;
  #lastSsrc = 1000;

  /** @param test whose end it waits for: tests with recordings run side by side, as they mostly wait */
  constructor(test: TestContext, { recorder, ...options }: FixtureOptions = {}) {
    this.#test = test;
    this.recorder = recorder ?? createRecorder(options);
    this.#test.onTestFinished(async () => {
      if (!recorder) await this.recorder.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Opens a track for a recording and a sender to it. */
  async open(
    name: string,
    recording: RtpRecording,
    { folder = this.folder, ...options }: Partial<SenderOptions> & { folder?: string } = {},
  ): Promise<OpenTrack> {
    const file = join(folder, `${name}.mkv`);
    const failures: RecorderError[] = [];
    let keyFrameRequests = 0;
    const kind = recording.codec.mimeType.startsWith('audio/') ? 'audio' : 'video';
    const track = await this.recorder.openTrack(
      { file, kind },
      { keyFrameNeeded: () => (keyFrameRequests += 1), failed: (error) => failures.push(error) },
    );
    const sender = await RtpSender.open(recording, track.address, { ssrc: ++this.#lastSsrc, ...options });
    this.#test.onTestFinished(() => sender.close());
    return { track, file, sender, failures, keyFrameRequests: () => keyFrameRequests };
  }

  /** Returns a folder on a disk of this size; null if this user may not mount one. */
  smallDisk(bytes: number): string | null {
    const folder = join(this.folder, 'disk');
    mkdirSync(folder);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).status !== 0) {
      console.warn('SKIPPED: a recording on a full disk. It needs the right to mount a tmpfs.');
      return null;
    }
    this.#test.onTestFinished(() => void spawnSync('umount', ['--lazy', folder]));
    return folder;
  }
}
