import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@televisit/server/core/clock';
import { createSpeechToText } from '@televisit/server/speech/speech-engines';
import type { SpeechSettings } from '@televisit/server/speech/speech-settings';
import { WhisperSpeechToText } from '@televisit/server/speech/whisper/whisper-speech-to-text';
import { WhisperWorker } from '@televisit/server/speech/whisper/whisper-worker';
import { whisperFiles } from '@televisit/server/speech/speech-folder';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  localSettings,
  SAMPLES,
  speak,
  speechAvailable,
  writeWav,
} from '../support/fixtures/spoken-samples.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { wordErrorRate } from '../support/measure/word-errors.ts';

const dependencies = { clock: systemClock, logger: pino({ level: 'silent' }) };

function open(settings: SpeechSettings = localSettings()) {
  const engine = createSpeechToText(settings, dependencies)!;
  onTestFinished(() => engine.close());
  return engine;
}

/** An engine whose process a test can kill. */
function openWorker(idleMs?: number) {
  const { dir, modelDir } = localSettings();
  const worker = new WhisperWorker({
    ...dependencies,
    files: () => whisperFiles(dir, modelDir),
    threads: 1,
    niceness: 0,
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  const engine = new WhisperSpeechToText(worker, modelDir ?? '');
  onTestFinished(() => engine.close());
  return { worker, engine };
}

describe.runIf(speechAvailable('transcripts by Whisper'))('transcribe() of Whisper', () => {
  it('returns sentences with words, times, confidence and progress', async () => {
    const wav = writeWav(join(temporaryFolder(), 'speech.wav'), 'cities');
    const shares: number[] = [];
    const result = await open().transcribe(wav, {
      language: 'en-GB',
      onProgress: (share) => shares.push(share),
    });
    expect(result).toMatchObject({ language: 'en-GB', engine: 'whisper-base' });
    const text = result.segments.map((segment) => segment.text).join(' ');
    expect(wordErrorRate(SAMPLES.cities.text, text)).toBeLessThan(0.05);
    expect(result.segments.length).toBeGreaterThan(3);
    for (const { startMs, endMs, words, confidence } of result.segments) {
      expect(words.length).toBeGreaterThan(0);
      expect(words[0]!.startMs).toBeGreaterThanOrEqual(startMs);
      expect(words.at(-1)!.endMs).toBeLessThanOrEqual(endMs);
      expect(confidence).toBeGreaterThan(0.4);
    }
    const [wisdom] = result.segments
      .flatMap(({ words }) => words)
      .filter(({ text }) => text.includes('wisdom'));
    expect(wisdom!.startMs).toBeGreaterThan(5000);
    expect(wisdom!.endMs).toBeLessThan(7000);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((left, right) => left - right));
  });

  it('detects the language, and spells terms of the vocabulary as given', async () => {
    const text = 'Please take amlodipine in the morning and levothyroxine before breakfast.';
    const wav = speak(join(temporaryFolder(), 'speech.wav'), text);
    const engine = open();
    const vocabulary = ['levothyroxine', 'amlodipine', 'metoprolol'];
    const plain = await engine.transcribe(wav, {});
    expect(plain.language).toBe('en');
    const told = await engine.transcribe(wav, { language: 'en', vocabulary });
    // The other words depend on the processor, whose arithmetic differs in the last digits.
    const spelled = (transcription: typeof told) =>
      vocabulary.filter((term) => textOf(transcription).includes(term));
    expect(spelled(plain)).toEqual([]);
    expect(spelled(told)).toEqual(['levothyroxine', 'amlodipine']);
    for (const one of [plain, told]) expect(textOf(one)).toMatch(/^Please take .*breakfast\.$/);
  });

  it('returns nothing for silence', async () => {
    const wav = writeWav(join(temporaryFolder(), 'speech.wav'), 'beckett', 'volume=0');
    expect((await open().transcribe(wav, { language: 'en' })).segments).toEqual([]);
  });

  it('fails the job of a process that is killed, and runs the next one in another process', async () => {
    const { worker, engine } = openWorker();
    const wav = writeWav(join(temporaryFolder(), 'speech.wav'), 'cities');
    const failing = engine.transcribe(wav, {
      language: 'en',
      onProgress: () => process.kill(worker.pid!, 'SIGKILL'),
    });
    await expect(failing).rejects.toMatchObject({ name: 'SpeechError', code: 'unavailable' });
    const short = writeWav(join(temporaryFolder(), 'short.wav'), 'beckett');
    expect(textOf(await engine.transcribe(short, { language: 'en' }))).toMatch(/failed/i);
  });

  it('stops a job that is aborted, and continues with the next one', async () => {
    const { worker, engine } = openWorker();
    const folder = temporaryFolder();
    const long = writeWav(join(folder, 'long.wav'), 'cities');
    const short = writeWav(join(folder, 'short.wav'), 'beckett');
    const stop = new AbortController();
    const aborted = engine.transcribe(long, {
      language: 'en',
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    const next = engine.transcribe(short, { language: 'en' });
    await expect(aborted).rejects.toMatchObject({ code: 'closed' });
    const { pid } = worker;
    expect(textOf(await next)).toMatch(/failed/i);
    expect(worker.pid).toBe(pid);
    await expect(engine.transcribe(short, { signal: stop.signal })).rejects.toMatchObject({ code: 'closed' });
  });

  it('ends its process when it is idle or closed', async () => {
    const { worker, engine } = openWorker(0);
    const wav = writeWav(join(temporaryFolder(), 'speech.wav'), 'beckett');
    await engine.transcribe(wav, { language: 'en' });
    await expect.poll(() => worker.pid).toBeUndefined();
    const running = engine.transcribe(wav, { language: 'en' });
    await expect.poll(() => worker.pid).toBeDefined();
    const pid = worker.pid!;
    const failure = expect(running).rejects.toMatchObject({ code: 'closed' });
    await engine.close();
    await failure;
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    await expect(engine.transcribe(wav, {})).rejects.toMatchObject({ code: 'closed' });
  });

  it('rejects a file that holds no sound, and a language that Whisper does not know', async () => {
    const engine = open();
    await expect(engine.transcribe(import.meta.filename, {})).rejects.toMatchObject({ code: 'unsupported' });
    await expect(engine.transcribe('none.wav', { language: 'tlh' })).rejects.toMatchObject({
      code: 'unsupported',
    });
  });
});

describe('transcribe() of Whisper without its files', () => {
  it('rejects with the command that installs them', async () => {
    const dir = temporaryFolder();
    const settings: SpeechSettings = {
      dir,
      modelDir: dir,
      transcripts: { engine: 'whisper' },
      captions: null,
    };
    await expect(open(settings).transcribe('none.wav', {})).rejects.toMatchObject({
      code: 'not_installed',
      message: expect.stringContaining('node scripts/setup.mjs --speech') as string,
    });
  });
});

function textOf({ segments }: { readonly segments: readonly { readonly text: string }[] }): string {
  return segments.map(({ text }) => text).join(' ');
}
