import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { every, withTimeout, type Loop } from '../core/timing.ts';
import type { RecorderCommand, RecorderReport, RecorderSettings } from './messages.ts';

const ENTRY = fileURLToPath(new URL('./process/main.ts', import.meta.url));
const CHECK_MS = 5000;
/** After this many checks without a report a process is stuck; it reports once a second. */
const MISSED_CHECKS = 3;
/** How long the process may take to finish its files. */
const FINISH_MS = 15_000;

export interface RecorderChildOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: RecorderSettings;
  readonly onReport: (report: Exclude<RecorderReport, { type: 'status' }>) => void;
  /** Is called once when the process has ended, expectedly or not. */
  readonly onExit: () => void;
}

/** A recorder process, as its server sees it. */
export class RecorderChild {
  readonly startedAt: number;
  readonly #options: RecorderChildOptions;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #watch: Loop;
  #missedChecks = 0;
  #lastStatus: { readonly at: number; readonly cpuMs: number } | null = null;
  #cpuShare = 0;

  constructor(options: RecorderChildOptions) {
    const { clock, logger, settings, onExit } = options;
    this.#options = options;
    this.startedAt = clock.now();
    // It needs nothing of the environment, which has the server's secrets.
    this.#process = fork(ENTRY, [JSON.stringify(settings)], {
      env: {},
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (report) => this.#handle(report as RecorderReport));
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', resolve);
      this.#process.on('error', (error) => {
        logger.error({ err: error }, 'recorder process failed');
        // What could not be started does not exit.
        if (this.#process.pid === undefined) resolve(null);
      });
    });
    this.#watch = every(
      clock,
      CHECK_MS,
      () => this.#check(),
      (error) => logger.error({ err: error }, 'failed to check recorder process'),
    );
    void this.#exited.then(() => {
      void this.#watch.stop();
      const { pid, exitCode, signalCode } = this.#process;
      logger.info({ pid, exitCode, signal: signalCode }, 'recorder process ended');
      onExit();
    });
    logger.info({ pid: this.#process.pid }, 'recorder process started');
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Its use of one core over the last second, from 0. */
  get cpuShare(): number {
    return this.#cpuShare;
  }

  send(command: RecorderCommand): void {
    // The callback gets the error of a channel that has closed; then the process ends as well.
    if (this.#process.connected) this.#process.send(command, undefined, undefined, () => undefined);
  }

  /** Lets the process finish its files, and resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await withTimeout(this.#options.clock, FINISH_MS, this.#exited, () => this.#process.kill('SIGKILL'));
    await this.#exited;
  }

  #handle(report: RecorderReport): void {
    this.#missedChecks = 0;
    if (report.type === 'status') this.#measure(report.cpuMs);
    else this.#options.onReport(report);
  }

  #measure(cpuMs: number): void {
    const at = this.#options.clock.now();
    const last = this.#lastStatus;
    if (last && at > last.at) this.#cpuShare = (cpuMs - last.cpuMs) / (at - last.at);
    this.#lastStatus = { at, cpuMs };
  }

  /** Counts checks rather than time, as the machine may have slept. */
  #check(): void {
    this.#missedChecks += 1;
    if (this.#missedChecks < MISSED_CHECKS) return;
    this.#options.logger.error({ pid: this.pid }, 'recorder process does not respond');
    this.#process.kill('SIGKILL');
  }
}
