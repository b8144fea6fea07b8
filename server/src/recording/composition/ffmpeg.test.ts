import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { ffmpegAvailable } from '../testing/ffmpeg.ts';
import { runFfmpeg } from './ffmpeg.ts';

const never = () => new AbortController().signal;
/** As long as a visit: at the speed at which it plays. */
const LONG = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'anullsrc', '-t', '600', '-f', 'wav', 'long.wav'];
const MODULE = fileURLToPath(new URL('./ffmpeg.ts', import.meta.url));
const CLOCK = fileURLToPath(new URL('../../core/clock.ts', import.meta.url));

describe.skipIf(!ffmpegAvailable('running FFmpeg'))('runFfmpeg', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'televisit-ffmpeg-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (
    args: readonly string[],
    signal = never(),
    onProgress: (seconds: number) => void = () => undefined,
  ) => runFfmpeg({ arguments: args, folder, signal, clock: systemClock, onProgress });

  /** Returns the ids of FFmpeg's processes in the folder. */
  const running = () =>
    readdirSync('/proc').filter((id) => {
      try {
        return (
          /^\d+$/.test(id) &&
          readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith('ffmpeg') &&
          readlinkSync(`/proc/${id}/cwd`) === folder
        );
      } catch {
        return false;
      }
    });

  it('resolves when the file is complete, and reports how much is', async () => {
    const made: number[] = [];
    await run(['-f', 'lavfi', '-i', 'anullsrc', '-t', '3', '-f', 'wav', 'three.wav'], never(), (seconds) => {
      made.push(seconds);
    });
    expect(statSync(join(folder, 'three.wav')).size).toBeGreaterThan(500_000);
    expect(made.at(-1)).toBeCloseTo(3, 0);
  });

  it('fails with what FFmpeg says', async () => {
    await expect(run(['-i', 'missing.mkv', 'out.wav'])).rejects.toMatchObject({
      code: 'ffmpeg_failed',
      message: expect.stringContaining('missing.mkv') as unknown,
    });
  });

  it('fails with disk_full if the disk is full', async () => {
    const full = ['-y', '-f', 'lavfi', '-i', 'anullsrc', '-t', '60', '-f', 'wav', '/dev/full'];
    await expect(run(full)).rejects.toMatchObject({ code: 'disk_full' });
  });

  it('ends the process when the signal aborts', async () => {
    const stopping = new AbortController();
    const ended = run(LONG, stopping.signal);
    const failed = expect(ended).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(running).toHaveLength(1);
    stopping.abort();
    await failed;
    await expect.poll(running).toEqual([]);
    await expect(run(LONG, stopping.signal)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('runs at the lowest priority', async () => {
    const stopping = new AbortController();
    const ended = run(LONG, stopping.signal).catch(() => undefined);
    const [pid] = await vi.waitFor(() => {
      const found = running();
      expect(found).toHaveLength(1);
      return found;
    });
    const [, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    expect(fields[0]?.split(' ')[16]).toBe('19');
    stopping.abort();
    await ended;
  });

  it('leaves no process behind if the server is killed', async () => {
    const script = `
      import { runFfmpeg } from ${JSON.stringify(MODULE)};
      import { systemClock } from ${JSON.stringify(CLOCK)};
      const [folder, ...args] = process.argv.slice(1);
      await runFfmpeg({ arguments: args, folder, signal: new AbortController().signal, clock: systemClock });`;
    const args = ['--input-type=module-typescript', '-e', script, '--', folder, ...LONG];
    const server = spawn(process.execPath, args, { stdio: 'inherit' });
    await expect.poll(running).toHaveLength(1);
    await expect.poll(() => existsSync(join(folder, 'long.wav'))).toBe(true);
    server.kill('SIGKILL');
    await expect.poll(running).toEqual([]);
  });
});
