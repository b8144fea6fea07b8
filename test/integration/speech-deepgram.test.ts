import { ffmpegAvailable } from '@televisit/server/recording/testing/ffmpeg';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import { LiveFixture } from '@televisit/server/speech/testing/live-fixture';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { CaptionsService } from '../support/infra/captions-service.ts';

const BYTES_PER_SECOND = 32_000;

let tone: RtpRecording;

async function open(test: TestContext, service: CaptionsService, query = '') {
  const fixture = new LiveFixture(test, {
    dir: null,
    modelDir: null,
    transcripts: null,
    captions: { engine: 'deepgram', url: service.url + query, apiKey: 'secret-key', maxPeople: 5 },
  });
  const options = { language: 'en-US', vocabulary: ['amlodipine', 'Xarelto'] };
  const opened = await fixture.open(tone, options);
  opened.track.start(opened.sender.codec);
  return { ...opened, fixture };
}

describe.runIf(ffmpegAvailable('captions by a service'))(
  'LiveSpeech of a service with the API of Deepgram',
  () => {
    beforeAll(async () => {
      tone = await encodeRtp('opus', { seconds: 2 });
    });

    it('sends the sound as it is spoken, and delivers interim and final text with its times', async (test) => {
      const service = await CaptionsService.start();
      const { track, sender, interims, finals, failures } = await open(test, service);
      const began = await sender.play();
      await expect.poll(() => service.streams[0]?.bytes).toBeGreaterThan(1.8 * BYTES_PER_SECOND);
      const stream = service.streams[0]!;
      expect(stream.authorization).toBe('Token secret-key');
      expect(Object.fromEntries(stream.url.searchParams)).toMatchObject({
        encoding: 'linear16',
        sample_rate: '16000',
        channels: '1',
        interim_results: 'true',
        endpointing: '300',
        language: 'en-US',
      });
      expect(stream.url.searchParams.getAll('keywords')).toEqual(['amlodipine', 'Xarelto']);
      stream.say('', { start: 0, duration: 0.3, isFinal: true });
      stream.say('Hello', { start: 0, duration: 0.5, isFinal: false });
      stream.say('Hello there.', { start: 0.2, duration: 0.8, isFinal: true });
      stream.say('Bye.', { start: 1.2, duration: 0.4, isFinal: true });
      stream.socket.send('no JSON');
      stream.socket.send('{"type":"Metadata"}');
      await expect.poll(() => finals.length).toBe(2);
      expect(interims).toMatchObject([{ utterance: 1, text: 'Hello' }]);
      expect(finals).toMatchObject([
        { utterance: 1, text: 'Hello there.' },
        { utterance: 2, text: 'Bye.' },
      ]);
      expect(Math.abs(finals[0]!.startedAt - began - 200)).toBeLessThan(250);
      expect(finals[0]!.endedAt - finals[0]!.startedAt).toBe(800);
      await track.close();
      expect(failures).toEqual([]);
    });

    it('delivers the text of what was said last when it is closed, unless that is discarded', async (test) => {
      const service = await CaptionsService.start((stream, type) => {
        if (type === 'Finalize') stream.say('The end.', { start: 0, duration: 1, isFinal: true });
      });
      const kept = await open(test, service);
      await kept.sender.play({ packets: tone.packets.slice(0, 30) });
      await expect.poll(() => service.streams[0]?.bytes ?? 0).toBeGreaterThan(0);
      await kept.track.close();
      expect(kept.finals.map(({ text }) => text)).toEqual(['The end.']);
      expect(service.streams[0]!.messages.slice(-2)).toEqual(['Finalize', 'CloseStream']);
      const dropped = await open(test, service);
      await dropped.sender.play({ packets: tone.packets.slice(0, 30) });
      await expect.poll(() => service.streams[1]?.bytes ?? 0).toBeGreaterThan(0);
      await dropped.track.close({ discard: true });
      expect(dropped.finals).toEqual([]);
    });

    it('connects again when the connection is lost, and sends what was spoken meanwhile', async (test) => {
      const service = await CaptionsService.start();
      const { track, sender, finals, failures } = await open(test, service);
      const playing = sender.play();
      await expect.poll(() => service.streams[0]?.bytes ?? 0).toBeGreaterThan(0);
      service.streams[0]!.socket.terminate();
      await playing;
      await expect.poll(() => service.streams.length).toBe(2);
      const total = () => service.streams.reduce((sum, { bytes }) => sum + bytes, 0);
      await expect.poll(total).toBeGreaterThan(1.5 * BYTES_PER_SECOND);
      service.streams[1]!.say('Again.', { start: 0.1, duration: 0.4, isFinal: true });
      await expect.poll(() => finals.map(({ text }) => text)).toEqual(['Again.']);
      await track.close();
      expect(failures).toEqual([]);
    });

    it('fails the track if the service refuses it', async (test) => {
      const service = await CaptionsService.start();
      for (const status of [401, 429, 302]) {
        service.refusal = status;
        const { failures, track } = await open(test, service);
        await expect.poll(() => failures.map(({ code }) => code)).toEqual(['refused']);
        await track.close();
      }
      expect(service.streams).toEqual([]);
    });

    it('fails the track when the service stays away', async (test) => {
      const service = await CaptionsService.start();
      service.refusal = 503;
      const { failures } = await open(test, service);
      await expect.poll(() => failures.map((failure) => failure.code)).toEqual(['unavailable']);
    });

    it('keeps a silent stream alive, and the parameters that the operator has set', async (test) => {
      const service = await CaptionsService.start();
      const { track } = await open(test, service, '?model=nova-3-medical&endpointing=500');
      await expect.poll(() => service.streams[0]?.messages ?? []).toContain('KeepAlive');
      const { searchParams } = service.streams[0]!.url;
      expect(searchParams.get('endpointing')).toBe('500');
      expect(searchParams.getAll('keyterm')).toEqual(['amlodipine', 'Xarelto']);
      await track.close();
    });
  },
);
