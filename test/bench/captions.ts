/**
 * Measures captions of English on this machine, made by the server and on the device: the share of wrong words, the time from the
 * end of speech to the final text, and the processor time and memory of the process that transcribes. People who read aloud are played in real time, clean and with pink noise at
 * 10 dB below the voice. Processor time is that of people who speak all the time: five at once, or as many as `captions 8` says.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@televisit/server/core/clock';
import { RtpSender } from '@televisit/server/recording/testing/rtp-sender';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import type { FinalText } from '@televisit/server/speech/live-speech';
import { openLiveSpeech } from '@televisit/server/speech/testing/live-fixture';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/clients/chromium.ts';
import { hearOnDevice } from '../support/clients/device-speech.ts';
import { localSettings, samplePath, SAMPLES } from '../support/fixtures/spoken-samples.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { TestServer } from '../support/infra/test-server.ts';
import { cpuSecondsOf, memoryOf } from '../support/measure/process-figures.ts';
import { median } from '../support/measure/statistics.ts';
import { wordErrorRate } from '../support/measure/word-errors.ts';

const SECONDS = 44.4;
/** People do not begin at the same time. */
const STAGGER_MS = 1300;
/** How much silence an utterance has at its end, in milliseconds. */
const SILENCE_MS = 200;
const BAR_CORES = 0.1;
const BAR_DELAY_MS = 1000;

type Final = FinalText & { readonly at: number };

interface Figures {
  readonly finals: readonly (readonly Final[])[];
  readonly interims: number;
  readonly cores: number;
  readonly memoryMb: number;
}

/** Plays a recording as so many people at once. */
async function play(recording: RtpRecording, people: number): Promise<Figures> {
  const speech = openLiveSpeech(localSettings());
  try {
    let interims = 0;
    const tracks = [];
    for (let person = 0; person < people; person++) {
      const finals: Final[] = [];
      const track = await speech.openTrack(
        { language: 'en', vocabulary: [] },
        {
          interim: () => (interims += 1),
          final: (text) => finals.push({ ...text, at: systemClock.now() }),
          failed: (error) => {
            throw error;
          },
        },
      );
      const sender = await RtpSender.open(recording, track.address, { ssrc: person + 1 });
      track.start(sender.codec);
      tracks.push({ track, sender, finals });
    }
    const pid = speech.pid!;
    const before = cpuSecondsOf(pid);
    await Promise.all(
      tracks.map(async ({ track, sender }, person) => {
        await new Promise((resolve) => setTimeout(resolve, person * STAGGER_MS));
        await sender.play();
        await track.close();
        sender.close();
      }),
    );
    const cores = (cpuSecondsOf(pid) - before) / SECONDS / people;
    return { finals: tracks.map(({ finals }) => finals), interims, cores, memoryMb: memoryOf(pid) / 2 ** 20 };
  } finally {
    await speech.close();
  }
}

/** Prints a line with the figures of one run. Returns the median of the delays. */
function report(name: string, { finals, interims, cores, memoryMb }: Figures): number {
  const wrong = finals.map((texts) =>
    wordErrorRate(SAMPLES.cities.text, texts.map(({ text }) => text).join(' ')),
  );
  // The end of an utterance includes some silence.
  const delays = finals.flat().map(({ at, endedAt }) => at - endedAt + SILENCE_MS);
  const delay = median(delays);
  const seconds = (SECONDS * finals.length) / Math.max(1, interims);
  console.log(
    `  ${name}: ${(median(wrong) * 100).toFixed(1)}% of words wrong   final text ${delay.toFixed(0)} ms after the last sound ` +
      `(longest ${Math.max(...delays)} ms)   text while speaking every ${seconds.toFixed(1)} s   ` +
      `${cores.toFixed(3)} cores per person   ${memoryMb.toFixed(0)} MB   load average ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  );
  return delay;
}

function addNoise(folder: string): string {
  const target = join(folder, 'noisy.wav');
  const noise = `anoisesrc=color=pink:seed=7:amplitude=0.026:duration=${SECONDS}:sample_rate=48000`;
  // The sample has a mean of -36 dB, the noise -46 dB.
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-i', samplePath('cities'), '-f', 'lavfi', '-i', noise],
    ...['-filter_complex', '[0][1]amix=inputs=2:duration=first:normalize=0', target],
  ]);
  return target;
}

/** Plays the clean sample to a page that transcribes, and prints a line with its figures. */
async function reportDevice(): Promise<void> {
  const server = await TestServer.open({ env: { SPEECH_DIR: process.env.SPEECH_DIR ?? '' } });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const url = server.url;
    await page.goto(`${url}/`);
    const renderer = await rendererOf(browser);
    const heard = await hearOnDevice(page, url, 'cities', true);
    while ((await heard()).loadedMs === null) await pause(100);
    const before = cpuSecondsOf(renderer);
    await pause(SECONDS * 1000);
    const cores = (cpuSecondsOf(renderer) - before) / SECONDS;
    await pause(5000);
    const { problem, loadedMs, texts } = await heard();
    if (problem !== null) throw new Error(`The page could not transcribe: ${problem}.`);
    const finals = texts.filter(({ isFinal, text }) => isFinal && text !== '');
    const wrong = wordErrorRate(SAMPLES.cities.text, finals.map(({ text }) => text).join(' '));
    const ends = endsOfSpeech(samplePath('cities'));
    const delays = finals.map(({ at }) => at - Math.max(...ends.filter((end) => end < at)));
    console.log(
      `  on the device, one person: ${(wrong * 100).toFixed(1)}% of words wrong   final text ${median(delays).toFixed(0)} ms after ` +
        `the last sound (longest ${Math.max(...delays).toFixed(0)} ms)   ${cores.toFixed(3)} cores   ` +
        `${(memoryOf(renderer) / 2 ** 20).toFixed(0)} MB   models loaded in ${((loadedMs ?? 0) / 1000).toFixed(1)} s`,
    );
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Returns the process of the only page. */
async function rendererOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo
    .filter(({ type }) => type === 'renderer')
    .sort((a, b) => b.cpuTime - a.cpuTime);
  return renderers[0]!.id;
}

/** Returns when pauses of speech begin in a file, in milliseconds. */
function endsOfSpeech(file: string): number[] {
  const filter = 'silencedetect=noise=-45dB:duration=0.2';
  const { stderr } = spawnSync('ffmpeg', ['-hide_banner', '-i', file, '-af', filter, '-f', 'null', '-'], {
    encoding: 'utf8',
  });
  const begun = [...stderr.matchAll(/silence_start: ([\d.]+)/g)].map(([, seconds]) => Number(seconds) * 1000);
  return [...begun, SECONDS * 1000];
}

const people = Number(process.argv[2] ?? 5);
console.log(`captions: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`);
const folder = makeTemporaryFolder();
try {
  const clean = await encodeRtp('opus', { seconds: SECONDS, sound: samplePath('cities') });
  const noisy = await encodeRtp('opus', { seconds: SECONDS, sound: addNoise(folder) });
  const delay = report('clean, one person', await play(clean, 1));
  report('noisy, one person', await play(noisy, 1));
  const crowd = await play(clean, people);
  report(`clean, ${people} people`, crowd);
  await reportDevice();
  const isMet = crowd.cores <= BAR_CORES && delay <= BAR_DELAY_MS;
  console.log(
    `bar: <= ${BAR_CORES} cores per speaking person, final text <= ${BAR_DELAY_MS} ms: ${isMet ? 'met' : 'MISSED'} ` +
      `(${crowd.cores.toFixed(3)}, ${delay.toFixed(0)} ms)`,
  );
} finally {
  removeFolder(folder);
}
