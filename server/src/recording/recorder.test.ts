import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodingErrors, expectTimes, ffmpegAvailable, probePackets } from './testing/ffmpeg.ts';
import { RecorderFixture } from './testing/recorder-fixture.ts';
import { encodeRtp, type RtpRecording } from './testing/rtp-streams.ts';
import { RtpSender } from './testing/rtp-sender.ts';
import { readTrackSummary, summaryFile } from './track-summary.ts';

const recordings = {} as Record<'opus' | 'vp8' | 'h264', RtpRecording>;

describe.runIf(ffmpegAvailable('the recorder process'))(
  'Recorder',
  { timeout: 60_000, concurrent: true },
  () => {
    beforeAll(async () => {
      for (const name of ['opus', 'vp8', 'h264'] as const) {
        recordings[name] = await encodeRtp(name, { seconds: 3 });
      }
    }, 60_000);

    it('records several visits at once in one process', async (test) => {
      const fixture = new RecorderFixture(test);
      const names = ['opus', 'vp8', 'opus', 'h264'] as const;
      const tracks = await Promise.all(
        names.map((name, index) => fixture.open(`${index}`, recordings[name])),
      );
      const { pid } = fixture.recorder;
      for (const { track, sender } of tracks) track.start(sender.codec);
      await Promise.all(tracks.map(({ sender }) => sender.play()));
      expect(fixture.recorder.load.tracks).toBe(4);
      await test.expect.poll(() => fixture.recorder.load.cpuShare).toBeGreaterThan(0);
      await Promise.all(tracks.map(({ track }) => track.close()));
      for (const [index, { file }] of tracks.entries())
        await expectTimes(file, recordings[names[index]!].packets);
      expect(fixture.recorder.pid).toBe(pid);
    });

    it('leaves files that play to two seconds before it is killed, and records again in another process', async (test) => {
      const fixture = new RecorderFixture(test);
      const sound = await fixture.open('sound', recordings.opus);
      const picture = await fixture.open('picture', recordings.vp8);
      for (const { track, sender } of [sound, picture]) track.start(sender.codec);
      const stop = new AbortController();
      const playing = [sound, picture].map(({ sender }) => sender.play({ signal: stop.signal }));
      await test.expect
        .poll(async () => (await probePackets(sound.file)).at(-1)?.time ?? 0)
        .toBeGreaterThan(1500);
      process.kill(fixture.recorder.pid!, 'SIGKILL');
      const killedAt = Date.now();
      await test.expect.poll(() => [...sound.failures, ...picture.failures]).toHaveLength(2);
      stop.abort();
      await Promise.all(playing);
      expect(sound.failures[0]).toMatchObject({ code: 'process_died' });
      for (const { track, file } of [sound, picture]) {
        const result = await track.close();
        expect(result.isComplete).toBe(false);
        const last = (await probePackets(file)).at(-1)!.time;
        expect(killedAt - (result.startedAt! + last)).toBeLessThan(2000);
        expect(await decodingErrors(file)).toBe('');
      }
      const next = await fixture.open('next', recordings.opus);
      next.track.start(next.sender.codec);
      await next.sender.play({ packets: recordings.opus.packets.slice(0, 20) });
      expect(await next.track.close()).toMatchObject({ isComplete: true, lostPackets: 0 });
    });

    it('survives signals to its process', async (test) => {
      const fixture = new RecorderFixture(test);
      const { track, file, sender } = await fixture.open('sound', recordings.opus);
      track.start(sender.codec);
      const playing = sender.play();
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
        process.kill(fixture.recorder.pid!, signal);
      await playing;
      expect(await track.close()).toMatchObject({ isComplete: true });
      await expectTimes(file, recordings.opus.packets);
    });

    it('finishes its files and ends when its server is killed', async (test) => {
      const fixture = new RecorderFixture(test);
      const file = join(fixture.folder, 'sound.mkv');
      const script = join(import.meta.dirname, 'testing/server-process.ts');
      const server = spawn(process.execPath, [script, file, JSON.stringify(recordings.opus.codec)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      const { pid, address } = JSON.parse(line.toString()) as {
        pid: number;
        address: { ip: string; port: number };
      };
      const sender = await RtpSender.open(recordings.opus, address, { ssrc: 1 });
      await sender.play({ packets: recordings.opus.packets.slice(0, 50) });
      server.kill('SIGKILL');
      await test.expect.poll(() => isRunning(pid)).toBe(false);
      sender.close();
      expect(await readTrackSummary(file)).toMatchObject({ isComplete: true });
      await expectTimes(file, recordings.opus.packets.slice(0, 50));
    });

    it('does not kill a process that reports, when the clock jumps by a minute', async (test) => {
      const clock = new ManualClock();
      const fixture = new RecorderFixture(test, { clock });
      const { track, failures } = await fixture.open('sound', recordings.opus);
      const pid = fixture.recorder.pid!;
      clock.advance(60_000);
      // Checks are counted after what is waiting to be read.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(isRunning(pid)).toBe(true);
      await track.close();
      expect([fixture.recorder.pid, failures]).toEqual([pid, []]);
    });

    it('kills a process that does not respond, and fails its tracks', async (test) => {
      const clock = new ManualClock();
      const fixture = new RecorderFixture(test, { clock });
      const { track, failures } = await fixture.open('sound', recordings.opus);
      process.kill(fixture.recorder.pid!, 'SIGSTOP');
      // Its last reports may still be on their way.
      await test.expect
        .poll(() => {
          clock.advance(5000);
          return failures.map(({ code }) => code);
        })
        .toEqual(['process_died']);
      expect(await track.close()).toMatchObject({ isComplete: false, startedAt: null });
    });

    it('ready() and openTrack() reject while the process takes too long to start, and resolve when it is ready', async (test) => {
      const clock = new ManualClock();
      const fixture = new RecorderFixture(test, { clock });
      const waiting = fixture.recorder.ready();
      const pid = fixture.recorder.pid!;
      process.kill(pid, 'SIGSTOP');
      const late = { code: 'process_died', message: 'the recorder process does not respond' };
      const refused = Promise.all([
        expect(waiting).rejects.toMatchObject(late),
        expect(fixture.open('sound', recordings.opus)).rejects.toMatchObject(late),
      ]);
      clock.advance(10_000);
      await refused;
      // A process that takes long to start is not killed.
      clock.advance(30_000);
      const opening = fixture.open('sound', recordings.opus);
      process.kill(pid, 'SIGCONT');
      const { track, sender } = await opening;
      track.start(sender.codec);
      await sender.play({ packets: recordings.opus.packets.slice(0, 20) });
      expect(await track.close()).toMatchObject({ isComplete: true, lostPackets: 0 });
      expect(fixture.recorder.pid).toBe(pid);
    });

    it('ready() starts another process after one died while it started', async (test) => {
      const fixture = new RecorderFixture(test);
      const waiting = fixture.recorder.ready();
      process.kill(fixture.recorder.pid!, 'SIGKILL');
      await expect(waiting).rejects.toMatchObject({ code: 'process_died' });
      await fixture.recorder.ready();
      expect(isRunning(fixture.recorder.pid!)).toBe(true);
    });

    it('fails only the track whose disk is full', async (test) => {
      const fixture = new RecorderFixture(test);
      const disk = fixture.smallDisk(256 * 1024);
      if (!disk) return;
      const loud = await encodeRtp('vp8', { seconds: 2, size: '640x480', kbit: 3000 });
      const full = await fixture.open('full', loud, { folder: disk });
      const other = await fixture.open('other', recordings.opus);
      for (const { track, sender } of [full, other]) track.start(sender.codec);
      await Promise.all([full.sender.play(), other.sender.play()]);
      await test.expect.poll(() => full.failures).toHaveLength(1);
      expect(full.failures[0]).toMatchObject({ code: 'disk_full' });
      expect(other.failures).toEqual([]);
      expect(await other.track.close()).toMatchObject({ isComplete: true, lostPackets: 0 });
      expect(await full.track.close()).toMatchObject({ isComplete: false });
      expect((await probePackets(full.file)).length).toBeGreaterThan(0);
    });

    it('fails the track with most bytes when more than the limit wait for the disk', async (test) => {
      const fixture = new RecorderFixture(test, { memoryLimitBytes: 10_000 });
      const picture = await fixture.open('picture', recordings.vp8);
      const sound = await fixture.open('sound', recordings.opus);
      for (const { track, sender } of [picture, sound]) track.start(sender.codec);
      await Promise.all([picture.sender.play(), sound.sender.play()]);
      await test.expect.poll(() => picture.failures).toHaveLength(1);
      expect(picture.failures[0]).toMatchObject({ code: 'overloaded' });
      expect(sound.failures).toEqual([]);
      expect(await sound.track.close()).toMatchObject({ isComplete: true });
    });

    it('openTrack() rejects if the file exists, or its folder does not', async (test) => {
      const fixture = new RecorderFixture(test);
      writeFileSync(join(fixture.folder, 'taken.mkv'), 'kept');
      await expect(fixture.open('taken', recordings.opus)).rejects.toMatchObject({ code: 'write_failed' });
      expect(readFileSync(join(fixture.folder, 'taken.mkv'), 'utf8')).toBe('kept');
      await expect(fixture.open('nowhere/sound', recordings.opus)).rejects.toMatchObject({
        code: 'write_failed',
      });
      expect(fixture.recorder.load.tracks).toBe(0);
    });

    it('start() fails the track if the codec cannot be recorded', async (test) => {
      const fixture = new RecorderFixture(test);
      const { track, failures } = await fixture.open('sound', recordings.opus);
      track.start({ mimeType: 'audio/PCMU', clockRate: 8000, payloadType: 0, ssrc: 1 });
      await test.expect.poll(() => failures.map(({ code }) => code)).toEqual(['unsupported_codec']);
    });

    it('close() of a track without packets resolves with no start, and is idempotent', async (test) => {
      const fixture = new RecorderFixture(test);
      const { track, file } = await fixture.open('sound', recordings.opus);
      const [first, second] = await Promise.all([track.close(), track.close()]);
      expect(first).toMatchObject({ startedAt: null, bytes: 0, isComplete: true });
      expect(second).toBe(first);
      expect(existsSync(summaryFile(file))).toBe(true);
    });

    it('close() ends also a track that is being opened', async (test) => {
      const fixture = new RecorderFixture(test);
      const { file } = await fixture.open('first', recordings.opus);
      const opening = fixture.open('second', recordings.opus).catch(() => undefined);
      await fixture.recorder.close();
      await opening;
      expect(fixture.recorder.load.tracks).toBe(0);
      expect(await readTrackSummary(file)).toMatchObject({ isComplete: true });
    });

    it('close() finishes all files, ends the process, and then refuses tracks', async (test) => {
      const fixture = new RecorderFixture(test);
      const { track, file, sender } = await fixture.open('sound', recordings.opus);
      track.start(sender.codec);
      await sender.play({ packets: recordings.opus.packets.slice(0, 25) });
      const pid = fixture.recorder.pid!;
      await fixture.recorder.close();
      expect(isRunning(pid)).toBe(false);
      expect(await track.close()).toMatchObject({ isComplete: true });
      await expectTimes(file, recordings.opus.packets.slice(0, 25));
      await expect(fixture.open('late', recordings.opus)).rejects.toMatchObject({ code: 'closed' });
    });
  },
);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
