import { existsSync } from 'node:fs';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import { RtpSender } from '@televisit/server/recording/testing/rtp-sender';
import type { ProcessLiveSpeech } from '@televisit/server/speech/live/process-live-speech';
import { LiveFixture, openLiveSpeech } from '@televisit/server/speech/testing/live-fixture';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localSettings, samplePath, SAMPLES, speechAvailable } from '../support/fixtures/spoken-samples.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { wordErrorRate } from '../support/measure/word-errors.ts';

/** The length of the sound, and what is said in it. */
const SECONDS = 10.6;
const SPOKEN = SAMPLES.cities.text.slice(0, SAMPLES.cities.text.indexOf(', it was the epoch of incredulity'));

let cities: RtpRecording;
let short: RtpRecording;

describe.runIf(speechAvailable('captions on this machine'))('LiveSpeech on this machine', () => {
  beforeAll(async () => {
    cities = await encodeRtp('opus', { seconds: SECONDS, sound: samplePath('cities') });
    short = { ...cities, packets: cities.packets.filter(({ time }) => time < 5200) };
  });

  describe('of many people', { concurrent: true }, () => {
    let speech: ProcessLiveSpeech;
    beforeAll(() => {
      speech = openLiveSpeech(localSettings());
    });
    afterAll(() => speech.close());

    it('delivers text while a person speaks, and final text with its times soon after each pause', async (test) => {
      const fixture = new LiveFixture(test, speech);
      const { track, sender, interims, finals, failures } = await fixture.open(cities);
      track.start(sender.codec);
      const began = await sender.play();
      await track.close();
      test.expect(failures).toEqual([]);
      const text = finals.map((final) => final.text).join(' ');
      test.expect(wordErrorRate(SPOKEN, text)).toBeLessThan(0.2);
      test.expect(finals.length).toBeGreaterThan(1);
      test.expect(interims.length).toBeGreaterThan(0);
      test
        .expect(finals.map(({ utterance }) => utterance))
        .toEqual([...finals.keys()].map((index) => index + 1));
      const [first] = finals;
      test.expect(first!.startedAt - began).toBeGreaterThan(500);
      test.expect(first!.startedAt - began).toBeLessThan(1500);
      for (const { startedAt, endedAt, at, utterance } of finals) {
        test.expect(endedAt).toBeGreaterThan(startedAt);
        test.expect(endedAt - startedAt).toBeLessThan(8500);
        // Less than a second on an idle machine, as the bench shows.
        test.expect(at - endedAt).toBeLessThan(10_000);
        const shown = interims.filter((interim) => interim.utterance === utterance);
        test.expect(shown.every((interim) => interim.at <= at)).toBe(true);
      }
    });

    it('transcribes several people at once, each in their own track', async (test) => {
      const fixture = new LiveFixture(test, speech);
      const tracks = [await fixture.open(short), await fixture.open(short, { language: 'en-US' })];
      for (const { track, sender } of tracks) track.start(sender.codec);
      await Promise.all(tracks.map(({ sender }) => sender.play()));
      await Promise.all(tracks.map(({ track }) => track.close()));
      for (const { finals } of tracks)
        test.expect(finals.map(({ text }) => text).join(' ')).toMatch(/best of times/i);
    });

    it('ends an utterance when packets stop, as they do for a muted microphone', async (test) => {
      const fixture = new LiveFixture(test, speech);
      const { track, sender, finals } = await fixture.open(short);
      track.start(sender.codec);
      await sender.play({ packets: short.packets.filter(({ time }) => time < 4000) });
      await test.expect.poll(() => finals.length).toBe(1);
      // Speech after the pause has the times at which it was spoken.
      const after = short.packets.filter(({ time }) => time < 4000);
      const resumed = Date.now();
      await sender.play({
        packets: after.map((packet) => ({ ...packet, sequence: packet.sequence + 1000 })),
        timestampDelayMs: resumed - (finals[0]!.startedAt - 900),
      });
      await track.close();
      test.expect(finals).toHaveLength(2);
      test.expect(finals[1]!.text).toMatch(/best of times/i);
      test.expect(finals[1]!.startedAt - resumed).toBeGreaterThan(0);
      test.expect(finals[1]!.startedAt - resumed).toBeLessThan(2500);
    });

    it('survives lost packets, reordered ones, packets of other senders, and garbage', async (test) => {
      const fixture = new LiveFixture(test, speech);
      const { track, sender, finals, failures } = await fixture.open(short, { ssrc: 77 });
      track.start(sender.codec);
      const other = await RtpSender.open(cities, track.address, { ssrc: 77 });
      test.onTestFinished(() => other.close());
      const lossy = short.packets.filter((_, index) => index % 12 !== 5 || index < 3);
      const swapped = lossy.map((packet, index) => (index % 9 === 4 ? (lossy[index + 1] ?? packet) : packet));
      const noisy = swapped.map((packet, index) =>
        index % 40 === 20 ? { ...packet, payload: Buffer.from([0xff, index & 0xff, 3, 1]) } : packet,
      );
      const playing = sender.play({ packets: noisy });
      await test.expect.poll(() => sender.codec.ssrc).toBe(77);
      for (const size of [0, 1, 3, 11, 12, 13, 40]) sender.sendRaw(Buffer.alloc(size, 0x80));
      for (const packet of cities.packets.slice(400, 500)) other.send(packet);
      await playing;
      await track.close();
      test.expect(failures).toEqual([]);
      test.expect(finals.map(({ text }) => text).join(' ')).toMatch(/times/i);
    });

    it('delivers nothing after close() with discard', async (test) => {
      const fixture = new LiveFixture(test, speech);
      const { track, sender, finals, interims } = await fixture.open(short);
      track.start(sender.codec);
      await sender.play({ packets: short.packets.filter(({ time }) => time < 3000) });
      await Promise.all([track.close({ discard: true }), track.close({ discard: true })]);
      const count = interims.length;
      test.expect(finals).toEqual([]);
      await fixture.open(short);
      test.expect(interims).toHaveLength(count);
    });
  });

  it('fails all tracks when its process is killed, and opens others in another process', async (test) => {
    const fixture = new LiveFixture(test, localSettings());
    const tracks = [await fixture.open(short), await fixture.open(short)];
    const pid = fixture.speech.pid!;
    process.kill(pid, 'SIGKILL');
    await test.expect
      .poll(() => tracks.flatMap(({ failures }) => failures.map(({ code }) => code)))
      .toEqual(['unavailable', 'unavailable']);
    // Closing a track that failed does nothing.
    await Promise.all(tracks.map(({ track }) => track.close()));
    const next = await fixture.open(short);
    expect(fixture.speech.pid).not.toBe(pid);
    next.track.start(next.sender.codec);
    await next.sender.play();
    await next.track.close();
    expect(next.finals[0]!.text).toMatch(/best of times/i);
  });

  it('refuses people beyond the limit, other codecs, unknown languages, and everything after close()', async (test) => {
    const fixture = new LiveFixture(test, {
      ...localSettings(),
      captions: { engine: 'local', maxPeople: 1 },
    });
    const { track, failures } = await fixture.open(short);
    await expect(fixture.open(short)).rejects.toMatchObject({ code: 'busy' });
    track.start({ mimeType: 'audio/PCMU', clockRate: 8000, payloadType: 0, ssrc: 1 });
    await test.expect.poll(() => failures.map(({ code }) => code)).toEqual(['unsupported']);
    expect(fixture.speech.supports('de-CH')).toBe(true);
    expect(fixture.speech.supports('tlh')).toBe(false);
    await expect(fixture.open(short, { language: 'tlh' })).rejects.toMatchObject({ code: 'unsupported' });
    const pid = fixture.speech.pid!;
    await fixture.speech.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    await expect(fixture.open(short)).rejects.toMatchObject({ code: 'closed' });
  });

  it('transcribes other languages than English with Whisper, with the vocabulary', async (test) => {
    const fixture = new LiveFixture(test, localSettings());
    // Whisper translates if it is told that English speech is German.
    const { track, sender, finals } = await fixture.open(short, {
      language: 'de-DE',
      vocabulary: ['Zeiten'],
    });
    track.start(sender.codec);
    await sender.play();
    await track.close();
    expect(finals.map(({ text }) => text).join(' ')).toMatch(/\b(es war|die|der|das)\b.*\bzeit/i);
  });
});

describe('LiveSpeech on this machine without its files', () => {
  it('openTrack() rejects with the command that installs them', async (test) => {
    const dir = makeTemporaryFolder();
    test.onTestFinished(() => removeFolder(dir));
    const settings = {
      dir,
      modelDir: null,
      transcripts: null,
      captions: { engine: 'local', maxPeople: 1 },
    } as const;
    const fixture = new LiveFixture(test, settings);
    const opening = fixture.speech.openTrack(
      { language: 'en', vocabulary: [] },
      { interim: () => undefined, final: () => undefined, failed: () => undefined },
    );
    await expect(opening).rejects.toMatchObject({
      code: 'not_installed',
      message: expect.stringContaining('node scripts/setup.mjs --speech') as string,
    });
    expect(fixture.speech.supports('de')).toBe(false);
  });
});
