import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { WhisperFiles } from '../speech-folder.ts';
import type { WhisperCommand, WhisperReport } from './whisper-messages.ts';

const SCRIPT = fileURLToPath(new URL('./worker.py', import.meta.url));
/** How much of what Python printed is logged when it fails, in characters. */
const ERROR_TAIL = 2000;

export interface WhisperProcessOptions {
  readonly files: WhisperFiles;
  /** The number of threads that compute. */
  readonly threads: number;
  /** How much lower its priority is than that of this process. */
  readonly niceness: number;
  readonly logger: Logger;
  readonly onReport: (report: WhisperReport) => void;
  /** Is called once when the process has ended, expectedly or not. */
  readonly onExit: () => void;
}

/** The Python process that runs Whisper, as its server sees it. */
export class WhisperProcess {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<null>;
  #isClosing = false;
  #errors = '';

  constructor({ files, threads, niceness, logger, onReport, onExit }: WhisperProcessOptions) {
    // It needs nothing of the environment, which has the server's secrets.
    this.#process = spawn(files.python, [SCRIPT, files.modelDir, String(threads), String(niceness)], {
      env: { OMP_NUM_THREADS: String(threads), PYTHONUNBUFFERED: '1' },
      stdio: 'pipe',
    });
    const { stdin, stdout, stderr, pid } = this.#process;
    // A pipe to a process that died breaks; its exit is handled.
    stdin.on('error', () => undefined);
    stderr.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString()).slice(-ERROR_TAIL);
    });
    createInterface({ input: stdout }).on('line', (line) => onReport(JSON.parse(line) as WhisperReport));
    const { promise, resolve } = Promise.withResolvers<null>();
    this.#exited = promise;
    this.#process.once('close', () => resolve(null));
    this.#process.once('error', (error) => {
      logger.error({ err: error }, 'failed to start whisper process');
      resolve(null);
    });
    logger.info({ pid }, 'whisper process started');
    void this.#exited.then(() => {
      const { exitCode, signalCode } = this.#process;
      const fields = { pid, exitCode, signal: signalCode };
      if (this.#isClosing) logger.info(fields, 'whisper process ended');
      else logger.error({ ...fields, output: this.#errors.trim() }, 'whisper process died');
      onExit();
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(command: WhisperCommand): void {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Ends the process at once; resolves when it has ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#process.stdin.end();
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends a process that does not respond, as if it had died. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
