import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@televisit/server/core/clock';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { HttpSpeechToText } from '@televisit/server/speech/http/http-speech-to-text';
import { wavOf } from '@televisit/server/speech/wav-file';
import { describe, expect, it, onTestFinished } from 'vitest';
import { impatientClock } from '../support/infra/impatient-clock.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { TranscriptionService, type Answer } from '../support/infra/transcription-service.ts';

const RATE = 16_000;
/** What a service answers for two seconds of speech. */
const ANSWER = {
  task: 'transcribe',
  language: 'english',
  duration: 2,
  text: 'Hello there. Take amlodipine.',
  segments: [
    { id: 0, start: 0, end: 0.9, text: ' Hello there.', avg_logprob: -0.1, no_speech_prob: 0.01 },
    { id: 1, start: 1, end: 1.9, text: ' Take amlodipine.', avg_logprob: -0.7, no_speech_prob: 0.02 },
    { id: 2, start: 1.9, end: 2, text: ' Thank you.', avg_logprob: -1.5, no_speech_prob: 0.9 },
  ],
  words: [
    { word: 'Hello', start: 0, end: 0.4 },
    { word: 'there', start: 0.5, end: 0.9 },
    { word: 'Take', start: 1, end: 1.3 },
    { word: 'amlodipine', start: 1.3, end: 1.9 },
  ],
};

/** A WAV file whose seconds are loud or silent. */
function wavFile(seconds: readonly boolean[]): string {
  const samples = new Int16Array(seconds.length * RATE);
  for (const [second, isLoud] of seconds.entries()) {
    if (!isLoud) continue;
    for (let index = 0; index < RATE; index++) {
      samples[second * RATE + index] = Math.round(8000 * Math.sin(index / 8));
    }
  }
  const file = join(temporaryFolder(), 'speech.wav');
  writeFileSync(file, wavOf(samples));
  return file;
}

async function open(answer: Answer, longestPiece?: number) {
  const service = await TranscriptionService.start(answer);
  const settings = { engine: 'http', url: service.url, apiKey: 'secret-key', model: 'large' } as const;
  const options = longestPiece === undefined ? {} : { longestPiece };
  const engine = new HttpSpeechToText(settings, { clock: impatientClock(), ...options });
  onTestFinished(() => engine.close());
  return { service, engine };
}

/** Answers with a status and headers. */
function refuse(status: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => void response.writeHead(status, headers).end('{}');
}

describe('transcribe() of a service with the API of OpenAI', () => {
  it('sends the sound with key, model, language and vocabulary, and reads sentences and words', async () => {
    const { service, engine } = await open(() => ANSWER);
    const file = wavFile([true, true]);
    const result = await engine.transcribe(file, {
      language: 'en-US',
      vocabulary: ['amlodipine', 'Xarelto'],
    });
    expect(result).toEqual({
      language: 'en-US',
      engine: 'large',
      segments: [
        {
          startMs: 0,
          endMs: 900,
          text: 'Hello there.',
          confidence: expect.closeTo(0.905, 2) as number,
          words: [
            { startMs: 0, endMs: 400, text: 'Hello' },
            { startMs: 500, endMs: 900, text: 'there' },
          ],
        },
        {
          startMs: 1000,
          endMs: 1900,
          text: 'Take amlodipine.',
          confidence: expect.closeTo(0.497, 2) as number,
          words: [
            { startMs: 1000, endMs: 1300, text: 'Take' },
            { startMs: 1300, endMs: 1900, text: 'amlodipine' },
          ],
        },
      ],
    });
    const [request] = service.requests;
    expect(request).toMatchObject({
      path: '/v1/audio/transcriptions',
      authorization: 'Bearer secret-key',
    });
    const { fields, file: sent } = request!;
    expect(Object.fromEntries([...fields].filter(([name]) => name !== 'file'))).toMatchObject({
      model: 'large',
      language: 'en',
      prompt: 'amlodipine, Xarelto',
      response_format: 'verbose_json',
    });
    expect(fields.getAll('timestamp_granularities[]')).toEqual(['word', 'segment']);
    expect(sent.length).toBe(44 + 2 * RATE * 2);
  });

  it('returns the language that the service detected', async () => {
    const { engine } = await open(() => ANSWER);
    expect(await engine.transcribe(wavFile([true, true]), {})).toMatchObject({ language: 'en' });
  });

  it('cuts long sound where it is quiet, adds the offsets, and leaves out silence', async () => {
    const { service, engine } = await open(() => ANSWER, 6 * RATE);
    const shares: number[] = [];
    // Cut in the fifth second, and again in the tenth; the last piece is silent.
    const seconds = [
      true,
      true,
      true,
      true,
      false,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ];
    const result = await engine.transcribe(wavFile(seconds), {
      language: 'en',
      onProgress: (share) => shares.push(share),
    });
    expect(service.requests).toHaveLength(2);
    const starts = result.segments.map(({ startMs }) => startMs);
    expect(starts).toHaveLength(4);
    expect(starts.slice(0, 2)).toEqual([0, 1000]);
    expect(starts[2]).toBeGreaterThan(4000);
    expect(starts[2]).toBeLessThan(5000);
    expect(starts[3]! - starts[2]!).toBe(1000);
    expect(result.segments[2]!.words[0]!.startMs).toBe(starts[2]);
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it('returns nothing for silence, without a request', async () => {
    const { service, engine } = await open(() => ANSWER);
    const result = await engine.transcribe(wavFile([false, false]), {});
    expect(result.segments).toEqual([]);
    expect(service.requests).toEqual([]);
  });

  it.each([
    [401, 'refused'],
    [403, 'refused'],
    [400, 'unsupported'],
    [413, 'unsupported'],
    [500, 'unavailable'],
    [302, 'refused'],
  ])('rejects an answer with status %i as %s, without another request', async (status, code) => {
    const { service, engine } = await open(refuse(status, { location: 'http://127.0.0.1:9/elsewhere' }));
    await expect(engine.transcribe(wavFile([true]), {})).rejects.toMatchObject({ name: 'SpeechError', code });
    expect(service.requests).toHaveLength(1);
  });

  it('sends a piece again after the time that a busy service asks for', async () => {
    let count = 0;
    const { service, engine } = await open((request, response) =>
      ++count < 3 ? refuse(429, { 'retry-after': '2' })(request, response) : ANSWER,
    );
    expect((await engine.transcribe(wavFile([true]), {})).segments.length).toBeGreaterThan(0);
    expect(service.requests).toHaveLength(3);
  });

  it.each([
    [429, '1', 4, 'refused'],
    [503, '1', 4, 'unavailable'],
    [429, '3600', 1, 'refused'],
  ])('gives up if it answers %i with Retry-After %s: %i requests', async (status, wait, requests, code) => {
    const { service, engine } = await open(refuse(status, { 'retry-after': wait }));
    await expect(engine.transcribe(wavFile([true]), {})).rejects.toMatchObject({ code });
    expect(service.requests).toHaveLength(requests);
  });

  it('rejects answers that are no transcripts, and services that can’t be reached', async () => {
    const { engine } = await open(() => ({ segments: 'none' }));
    await expect(engine.transcribe(wavFile([true]), {})).rejects.toMatchObject({ code: 'unavailable' });
    const settings = { engine: 'http', url: 'http://127.0.0.1:9', apiKey: null, model: 'm' } as const;
    const other = new HttpSpeechToText(settings, { clock: systemClock });
    await expect(other.transcribe(wavFile([true]), {})).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends a request that is aborted, and all when it is closed', async () => {
    const { service, engine } = await open(() => undefined);
    const slow = new HttpSpeechToText(
      { engine: 'http', url: service.url, apiKey: null, model: 'm' },
      { clock: systemClock },
    );
    const stop = new AbortController();
    const aborted = slow.transcribe(wavFile([true]), { signal: stop.signal });
    const failure = expect(aborted).rejects.toMatchObject({ code: 'closed' });
    await expect.poll(() => service.requests.length).toBe(1);
    stop.abort();
    await failure;
    const closed = expect(slow.transcribe(wavFile([true]), {})).rejects.toMatchObject({ code: 'closed' });
    await expect.poll(() => service.requests.length).toBe(2);
    await slow.close();
    await closed;
    await engine.close();
  });

  it('gives up a service that does not answer', async () => {
    const { service } = await open(() => undefined);
    const clock = new ManualClock();
    const settings = { engine: 'http', url: service.url, apiKey: null, model: 'm' } as const;
    const transcribing = new HttpSpeechToText(settings, { clock }).transcribe(wavFile([true]), {});
    const failure = expect(transcribing).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('does not answer') as string,
    });
    await expect.poll(() => service.requests.length).toBe(1);
    clock.advance(300_000);
    await failure;
  });

  it('rejects files that are no WAV files of 16 kHz', async () => {
    const { engine } = await open(() => ANSWER);
    await expect(engine.transcribe(import.meta.filename, {})).rejects.toMatchObject({ code: 'unsupported' });
    await expect(engine.transcribe('none.wav', {})).rejects.toMatchObject({ code: 'unsupported' });
  });
});
