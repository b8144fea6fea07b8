/**
 * Measures the processor time of composing a minute of a visit of two people, in each layout: cameras of 640x480 at 30 frames per
 * second (VP8) with a moving picture and noise, and microphones (Opus). `composition 3` measures three minutes instead of one.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { COMPOSITION_LAYOUTS } from '@televisit/shared/features/recording.vocabulary';
import { systemClock } from '@televisit/server/core/clock';
import { compose, type SourceFile } from '@televisit/server/recording/composition/compose';
import pino from 'pino';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';

const minutes = Number(process.argv[2] ?? 1);
const SECONDS = minutes * 60;
const START = 1_700_000_000_000;
/** People speak in turns of this length, in seconds. */
const TURN_S = 8;

function encode(path: string, input: string, codec: readonly string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', input, ...codec, '-f', 'matroska', path]);
}

/** Writes the streams of a person. */
function person(folder: string, seat: number): SourceFile[] {
  const picture = `testsrc2=s=640x480:r=30:d=${SECONDS},hue=h=${seat * 90},noise=alls=4:allf=t`;
  const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '800k', '-g', '100000'];
  const isTurn = `lt(mod(t+${seat * TURN_S},${2 * TURN_S}),${TURN_S})`;
  const sound = `aevalsrc='0.3*sin(2*PI*${300 + seat * 100}*t)*${isTurn}':s=48000:d=${SECONDS}`;
  const times = { startedAt: START, endedAt: START + SECONDS * 1000 };
  const camera = `camera-${seat}.mkv`;
  const microphone = `microphone-${seat}.mkv`;
  encode(join(folder, camera), picture, vp8);
  encode(join(folder, microphone), sound, ['-c:a', 'libopus', '-b:a', '32k']);
  return [
    { fileId: `camera-${seat}`, name: camera, seat, source: 'camera', ...times },
    { fileId: `microphone-${seat}`, name: microphone, seat, source: 'microphone', ...times },
  ];
}

/** Returns the processor time of the processes that have ended, in seconds. */
function secondsOfChildren(): number {
  const fields = execFileSync('cat', [`/proc/${process.pid}/stat`], { encoding: 'utf8' })
    .split(') ')[1]!
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const processor = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`;
console.log(`composition: two people for ${minutes} minutes; ${processor}`);
const sources = makeTemporaryFolder();
try {
  const files = [0, 1].flatMap((seat) => person(sources, seat));
  const bytes = files.reduce((sum, { name }) => sum + statSync(join(sources, name)).size, 0);
  console.log(`sources: ${(bytes / 1e6 / minutes).toFixed(1)} MB per minute`);
  for (const layout of COMPOSITION_LAYOUTS) {
    const folder = join(sources, layout);
    mkdirSync(folder);
    const before = secondsOfChildren();
    const from = performance.now();
    const { video, plan } = await compose({
      folder,
      files: files.map((file) => ({ ...file, name: join('..', file.name) })),
      timelines: [],
      layout,
      names: new Map([
        [0, 'Dr. Jones'],
        [1, 'Pat Miller'],
      ]),
      signal: new AbortController().signal,
      clock: systemClock,
      logger: pino({ level: 'warn' }),
      onProgress: () => undefined,
    });
    const elapsed = (performance.now() - from) / 1000;
    const seconds = (secondsOfChildren() - before) / minutes;
    const size = statSync(join(folder, video)).size / 1e6 / minutes;
    console.log(
      `${layout}: ${seconds.toFixed(1)} s of one core per minute (${(elapsed / minutes).toFixed(1)} s elapsed), ` +
        `${size.toFixed(1)} MB per minute, ${plan.stretches.length} stretches; load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
} finally {
  removeFolder(sources);
}
