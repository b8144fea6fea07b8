/**
 * Measures the processor time of the recorder process per participant, who sends a camera of 1.5 Mbit/s (VP8, 1280x720, 25 frames
 * per second) and a microphone (Opus). Packets come over loopback from this process, which shares the machine's cores with the
 * recorder; FFmpeg encodes them beforehand. `recorder 20` measures 20 participants instead of 10.
 */
import { statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@televisit/server/core/clock';
import { Recorder } from '@televisit/server/recording/recorder';
import { RtpSender } from '@televisit/server/recording/testing/rtp-sender';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import pino from 'pino';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { cpuSecondsOf, memoryOf } from '../support/measure/process-figures.ts';
import { median } from '../support/measure/statistics.ts';

const RUNS = 5;
const SECONDS = 12;
/** The process compiles its code in the first seconds of a run. */
const WARM_UP_MS = 3000;
const BAR_PERCENT = 2;

interface Figures {
  readonly percent: number;
  readonly memoryMb: number;
  readonly kbit: number;
  readonly lost: number;
}

async function measure(participants: number, recordings: readonly RtpRecording[]): Promise<Figures> {
  const folder = makeTemporaryFolder();
  const recorder = new Recorder({ clock: systemClock, logger: pino({ level: 'warn' }) });
  try {
    const tracks = [];
    for (let index = 0; index < participants * recordings.length; index++) {
      const recording = recordings[index % recordings.length]!;
      const kind = recording.codec.mimeType.startsWith('audio/') ? 'audio' : 'video';
      const file = join(folder, `${index}.mkv`);
      const listener = { keyFrameNeeded: () => undefined, failed: fail };
      const track = await recorder.openTrack({ file, kind }, listener);
      const sender = await RtpSender.open(recording, track.address, { ssrc: index + 1 });
      track.start(sender.codec);
      tracks.push({ track, sender, file });
    }
    const playing = Promise.all(tracks.map(({ sender }) => sender.play()));
    await pause(WARM_UP_MS);
    const pid = recorder.pid!;
    const [before, from] = [cpuSecondsOf(pid), performance.now()];
    await playing;
    const [seconds, elapsed] = [cpuSecondsOf(pid) - before, (performance.now() - from) / 1000];
    const memoryMb = memoryOf(pid) / 2 ** 20;
    const results = await Promise.all(tracks.map(({ track }) => track.close()));
    for (const { sender } of tracks) sender.close();
    const bytes = tracks.reduce((sum, { file }) => sum + statSync(file).size, 0);
    return {
      percent: ((seconds / elapsed) * 100) / participants,
      memoryMb,
      kbit: (bytes * 8) / 1000 / SECONDS / participants,
      lost: results.reduce((sum, { lostPackets }) => sum + lostPackets, 0),
    };
  } finally {
    await recorder.close();
    removeFolder(folder);
  }
}

function fail(error: Error): void {
  throw error;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const participants = Number(process.argv[2] ?? 10);
const processor = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`;
console.log(`recorder: ${participants} participants, median of ${RUNS} runs; ${processor}`);
const recordings = [
  await encodeRtp('vp8', { seconds: SECONDS, size: '1280x720', kbit: 1500, keyInterval: 100 }),
  await encodeRtp('opus', { seconds: SECONDS }),
];
const runs: Figures[] = [];
for (let run = 1; run <= RUNS; run++) {
  const figures = await measure(participants, recordings);
  runs.push(figures);
  const { percent, memoryMb, kbit, lost } = figures;
  console.log(
    `  run ${run}: ${percent.toFixed(2)}% of a core per participant at ${kbit.toFixed(0)} kbit/s   ` +
      `${memoryMb.toFixed(0)} MB   ${lost} packets lost   load average ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  );
}
const percent = median(runs.map((run) => run.percent));
console.log(
  `bar: <= ${BAR_PERCENT}% of a core per participant: ${percent <= BAR_PERCENT ? 'met' : 'MISSED'} (${percent.toFixed(2)}%)`,
);
