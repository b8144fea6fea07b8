import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../../core/clock.ts';
import { CompositionError } from './composition-error.ts';

export interface FfmpegRun {
  readonly arguments: readonly string[];
  /** The folder that names in the arguments are relative to. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called with how much has been written, in seconds of the output. */
  readonly onProgress?: (seconds: number) => void;
}

/** A process that reports no progress for this long is stuck, in milliseconds. */
const SILENT_MS = 5 * 60_000;
const MAX_LOG = 4000;
/** What a shell answers if a command does not exist. */
const NOT_FOUND = 127;

/**
 * Runs a command at the lowest priority and waits for it. If standard input closes, because whoever started this gave up or died,
 * it kills the command: an orphan would compute on for hours.
 */
const GUARD = `
exec 3<&0
nice -n 19 "$@" </dev/null 3<&- &
command=$!
{ read -r line <&3; kill -KILL $command; } >/dev/null 2>&1 &
guard=$!
wait $command
code=$?
kill -KILL $guard 2>/dev/null
exit $code`;

/**
 * Runs FFmpeg until it has finished.
 * @throws {CompositionError} `ffmpeg_missing`, `ffmpeg_failed`, `disk_full`, `aborted`
 */
export function runFfmpeg({ arguments: args, folder, signal, clock, onProgress }: FfmpegRun): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  if (signal.aborted) return Promise.reject(new CompositionError('aborted'));
  const command = ['ffmpeg', '-progress', 'pipe:1', '-nostats', ...args];
  // It needs nothing of the environment, which has the server's secrets.
  const child = spawn('sh', ['-c', GUARD, 'sh', ...command], {
    cwd: folder,
    env: { LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const kill = () => child.stdin.destroy();
  let log = '';
  let isStuck = false;
  const watch = () =>
    clock.after(SILENT_MS, () => {
      isStuck = true;
      kill();
    });
  let cancelWatch = watch();
  signal.addEventListener('abort', kill, { once: true });
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (data: Buffer) => (log = (log + data.toString()).slice(-MAX_LOG)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    cancelWatch();
    cancelWatch = watch();
    const [, micros] = /^out_time_us=(\d+)/.exec(line) ?? [];
    if (micros !== undefined) onProgress?.(Number(micros) / 1e6);
  });
  child.once('error', (error) => reject(error));
  child.once('close', (code) => {
    cancelWatch();
    signal.removeEventListener('abort', kill);
    if (signal.aborted) reject(new CompositionError('aborted'));
    else if (code === 0) resolve(undefined);
    else reject(failureOf(code, isStuck ? 'FFmpeg does not respond' : log.trim()));
  });
  return promise;
}

function failureOf(code: number | null, log: string): CompositionError {
  if (code === NOT_FOUND) return new CompositionError('ffmpeg_missing', 'FFmpeg is not installed');
  if (/No space left on device|Disk quota exceeded/.test(log)) return new CompositionError('disk_full', log);
  return new CompositionError('ffmpeg_failed', `FFmpeg ended with ${code}: ${log}`);
}
