import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodedSizes,
  decodingErrors,
  expectTimes,
  ffmpegAvailable,
  probePackets,
  probeStream,
  soundLength,
} from './testing/ffmpeg.ts';
import { createRecorder, RecorderFixture } from './testing/recorder-fixture.ts';
import { encodeRtp, type RtpRecording, type StreamName } from './testing/rtp-streams.ts';
import { RtpSender, type TimedPacket } from './testing/rtp-sender.ts';
import { readTrackSummary } from './track-summary.ts';

const SECONDS = 3;
/** The last frame of 25 per second begins this long before the end. */
const FRAME_MS = 40;

const recorder = createRecorder();
const recordings = {} as Record<StreamName, RtpRecording>;

describe.runIf(ffmpegAvailable('the files of the recorder'))(
  'files of the Recorder',
  { timeout: 60_000, concurrent: true },
  () => {
    beforeAll(async () => {
      for (const name of ['opus', 'vp8', 'vp9', 'h264'] as const) {
        recordings[name] = await encodeRtp(name, { seconds: SECONDS });
      }
    }, 60_000);

    afterAll(() => recorder.close());

    it.for(['opus', 'vp8', 'vp9', 'h264'] as const)(
      'records %s completely, with the times of the sender, so that it decodes without errors',
      async (name, test) => {
        const fixture = new RecorderFixture(test, { recorder });
        const { track, file, sender, failures } = await fixture.open(name, recordings[name]);
        track.start(sender.codec);
        const began = await sender.play();
        const result = await track.close();
        expect(failures).toEqual([]);
        expect(result).toMatchObject({
          lostPackets: 0,
          gaps: 0,
          isComplete: true,
          codec: { mimeType: sender.codec.mimeType },
        });
        expect(Math.abs(result.startedAt! - began)).toBeLessThan(100);
        expect(result.endedAt! - result.startedAt!).toBeGreaterThanOrEqual(SECONDS * 1000 - FRAME_MS - 1);
        if (name !== 'opus') expect(result).toMatchObject({ width: 320, height: 240 });
        await expectTimes(file, recordings[name].packets);
        expect(await probeStream(file)).toMatchObject({ codec_name: name });
        expect(await decodingErrors(file)).toBe('');
        expect(readFileSync(file)).toHaveLength(result.bytes);
        expect(await readTrackSummary(file)).toEqual(result);
      },
    );

    it('records the last packets that are sent before close()', async (test) => {
      const fixture = new RecorderFixture(test, { recorder });
      const { track, file, sender } = await fixture.open('sound', recordings.opus);
      track.start(sender.codec);
      // Two packets are missing before the last half second, which must not be lost with them.
      const packets = recordings.opus.packets.filter(({ time }) => time < 2400 || time > 2440);
      await sender.play({ packets });
      const result = await track.close();
      expect(result.gaps).toBe(1);
      expect(result.lostPackets).toBe(3);
      await expectTimes(file, packets);
    });

    it('keeps the holes of discontinuous transmission in time', async (test) => {
      const fixture = new RecorderFixture(test, { recorder });
      const { track, file, sender } = await fixture.open('sound', recordings.opus);
      track.start(sender.codec);
      const { packets } = recordings.opus;
      // In the hole an encoder sends a packet without sound every 400 ms. The numbers continue.
      const hole = { from: 1000, to: 2000, comfort: [1400, 1800] };
      const sent = packets
        .filter(({ time }) => time <= hole.from || time >= hole.to || hole.comfort.includes(time))
        .map((packet, index) => ({
          ...packet,
          sequence: (packets[0]!.sequence + index) & 0xffff,
          payload: hole.comfort.includes(packet.time) ? packet.payload.subarray(0, 1) : packet.payload,
        }));
      await sender.play({ packets: sent });
      const result = await track.close();
      expect(result.gaps).toBe(0);
      await expectTimes(file, sent);
      expect(await decodingErrors(file)).toBe('');
      expect(await soundLength(file)).toBeGreaterThan(SECONDS - 0.05);
    });

    it('keeps a pause in time if the timestamps of the sender stood still', async (test) => {
      const fixture = new RecorderFixture(test, { recorder });
      const { track, file, sender } = await fixture.open('sound', recordings.opus);
      track.start(sender.codec);
      const { packets } = recordings.opus;
      const stop = 1000;
      const pauseMs = 1500;
      const sent = packets.map((packet) =>
        packet.time < stop ? packet : { ...packet, time: packet.time + pauseMs },
      );
      await sender.play({ packets: sent });
      const result = await track.close();
      const times = (await probePackets(file)).map(({ time }) => time);
      const steps = times.slice(1).map((time, index) => time - times[index]!);
      const [longest] = steps.toSorted((left, right) => right - left);
      expect(times).toHaveLength(packets.length);
      expect(Math.abs(longest! - pauseMs)).toBeLessThan(100);
      expect(Math.abs(result.endedAt! - result.startedAt! - (SECONDS * 1000 + pauseMs))).toBeLessThan(150);
    });

    it('puts reordered and repeated packets in order, and ignores what is not of the stream', async (test) => {
      const fixture = new RecorderFixture(test, { recorder });
      const { track, file, sender } = await fixture.open('picture', recordings.vp8);
      track.start(sender.codec);
      // Each packet is sent when the fourth after it would be, in groups of eight from back to front, and every fifth twice.
      const sent: TimedPacket[] = [];
      for (let start = 0; start < recordings.vp8.packets.length; start += 8) {
        const group = recordings.vp8.packets.slice(start, start + 8);
        const time = group.at(-1)!.time;
        sent.push(
          ...group.toReversed().flatMap((packet, index) => {
            const late = { ...packet, time };
            return index % 5 === 0 ? [late, late] : [late];
          }),
        );
      }
      const noise = setInterval(() => {
        sender.sendRaw(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        sender.sendRaw(Buffer.alloc(0));
        const otherStream = sender.serialize(recordings.vp8.packets[0]!);
        otherStream.writeUInt32BE(7, 8);
        sender.sendRaw(otherStream);
      }, 20);
      await sender.play({ packets: sent });
      clearInterval(noise);
      const result = await track.close();
      expect(result).toMatchObject({ lostPackets: 0, gaps: 0 });
      await expectTimes(file, recordings.vp8.packets);
      expect(await decodingErrors(file)).toBe('');
    });

    it('accepts packets only from the address of the first one', async (test) => {
      const fixture = new RecorderFixture(test, { recorder });
      const { track, file, sender } = await fixture.open('sound', recordings.opus);
      const other = await RtpSender.open(recordings.opus, track.address, {
        ssrc: sender.codec.ssrc,
        firstSequence: 9000,
      });
      track.start(sender.codec);
      await Promise.all([
        sender.play(),
        (async () => {
          await test.expect.poll(() => probePackets(file).then(({ length }) => length)).toBeGreaterThan(0);
          await other.play({ packets: recordings.opus.packets.slice(0, 50) });
        })(),
      ]);
      other.close();
      await track.close();
      await expectTimes(file, recordings.opus.packets);
    });

    it.for(['vp8', 'h264'] as const)(
      'drops %s after a lost packet up to the next key frame, and asks for one',
      async (name, test) => {
        const fixture = new RecorderFixture(test, { recorder });
        const { track, file, sender, keyFrameRequests } = await fixture.open('picture', recordings[name]);
        track.start(sender.codec);
        // A packet of a frame after the first key frame; the next one is two seconds later.
        const lost = recordings[name].packets.findIndex(({ time }) => time >= 600);
        const packets = recordings[name].packets.filter((_, index) => index !== lost);
        await sender.play({ packets });
        const result = await track.close();
        expect(result).toMatchObject({ lostPackets: 1, gaps: 1 });
        expect(keyFrameRequests()).toBeGreaterThan(0);
        const found = await probePackets(file);
        const resumed = found.findIndex(({ time }) => time >= 600);
        expect(found[resumed]).toMatchObject({ isKey: true });
        expect(found[resumed]!.time).toBeGreaterThan(1900);
        expect(await decodingErrors(file)).toBe('');
      },
    );

    it.for(['vp8', 'h264'] as const)(
      'continues the file when the size of %s pictures changes',
      async (name, test) => {
        const fixture = new RecorderFixture(test, { recorder });
        const large = await encodeRtp(name, { seconds: 1, size: '640x480' });
        const small = await encodeRtp(name, { seconds: 1, size: '320x240' });
        const offset = { sequence: large.packets.length, ms: 1000 };
        const packets = [
          ...large.packets,
          ...small.packets.map((packet, index) => ({
            ...packet,
            sequence: (large.packets[0]!.sequence + offset.sequence + index) & 0xffff,
            timestamp: (large.packets[0]!.timestamp + (packet.time + offset.ms) * 90) >>> 0,
            time: packet.time + offset.ms,
          })),
        ];
        const { track, file, sender } = await fixture.open('picture', { ...large, packets });
        track.start(sender.codec);
        await sender.play();
        expect(await track.close()).toMatchObject({ width: 320, height: 240, gaps: 0 });
        expect(await decodingErrors(file)).toBe('');
        const sizes = await decodedSizes(file);
        expect(sizes.filter((size) => size === '640x480')).toHaveLength(25);
        expect(sizes.filter((size) => size === '320x240')).toHaveLength(25);
      },
    );

    it('gives sound and picture the times of their capture, whatever their transit', async (test) => {
      const fixture = new RecorderFixture(test, { recorder });
      const sound = await fixture.open('sound', recordings.opus);
      const picture = await fixture.open('picture', recordings.vp8);
      for (const { track, sender } of [sound, picture]) track.start(sender.codec);
      // Both were captured from the same instant on; the picture arrives 300 ms later than the sound.
      const capturedAt = Date.now() - 50;
      const reports = setInterval(() => {
        for (const { sender } of [sound, picture]) sender.sendReport(Date.now() - capturedAt, Date.now());
      }, 500);
      await Promise.all([
        sound.sender.play(),
        picture.sender.play({
          packets: recordings.vp8.packets.map((one) => ({ ...one, time: one.time + 300 })),
        }),
      ]);
      clearInterval(reports);
      const results = await Promise.all([sound.track.close(), picture.track.close()]);
      for (const result of results) {
        expect(result.isReported).toBe(true);
        expect(Math.abs(result.startedAt! - capturedAt)).toBeLessThan(20);
      }
      expect(Math.abs(results[0].startedAt! - results[1].startedAt!)).toBeLessThan(40);
    });
  },
);
