import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { every, withTimeout, type Loop } from './timing.ts';

const CHECK_MS = 5000;
/** After this many checks without a report a process is stuck; it reports once a second. */
const MISSED_CHECKS = 3;
/** The same until its first report: on a busy machine it takes long to start, and would not be faster the next time. */
const MISSED_CHECKS_AT_START = 12;
/** How long the process may take to finish its work. */
const FINISH_MS = 15_000;

/** Is sent by the process once a second. */
export interface StatusReport {
  readonly type: 'status';
  /** The CPU time that the process has used so far. */
  readonly cpuMs: number;
}

export interface WatchedProcessOptions<Report> {
  /** What the process is called in the log. */
  readonly name: string;
  /** The script that it runs. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onReport: (report: Report) => void;
  /** Is called once when the process has ended, expectedly or not. */
  readonly onExit: () => void;
}

/** A process of Node that this one starts, and kills if it stops to report. */
export class WatchedProcess<Command extends object, Report extends { readonly type: string }> {
  readonly startedAt: number;
  readonly #options: WatchedProcessOptions<Report>;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #watch: Loop;
  #missedChecks = 0;
  #counting: NodeJS.Immediate | null = null;
  #hasReported = false;
  #lastStatus: { readonly at: number; readonly cpuMs: number } | null = null;
  #cpuShare = 0;

  constructor(options: WatchedProcessOptions<Report>) {
    const { name, entry, args = [], clock, logger, onExit } = options;
    this.#options = options;
    this.startedAt = clock.now();
    // It needs nothing of the environment, which has the server's secrets.
    this.#process = fork(entry, args, {
      env: {},
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (report) => this.#handle(report as Report));
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', resolve);
      this.#process.on('error', (error) => {
        logger.error({ err: error }, `${name} process failed`);
        // What could not be started does not exit.
        if (this.#process.pid === undefined) resolve(null);
      });
    });
    this.#watch = every(
      clock,
      CHECK_MS,
      () => this.#check(),
      (error) => logger.error({ err: error }, `failed to check ${name} process`),
    );
    void this.#exited.then(() => {
      void this.#watch.stop();
      const { pid, exitCode, signalCode } = this.#process;
      logger.info({ pid, exitCode, signal: signalCode }, `${name} process ended`);
      onExit();
    });
    logger.info({ pid: this.#process.pid }, `${name} process started`);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Its use of one core over the last second, from 0. */
  get cpuShare(): number {
    return this.#cpuShare;
  }

  send(command: Command): void {
    // The callback gets the error of a channel that has closed; then the process ends as well.
    if (this.#process.connected) this.#process.send(command, undefined, undefined, () => undefined);
  }

  /** Lets the process finish its work, and resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await withTimeout(this.#options.clock, FINISH_MS, this.#exited, () => this.#process.kill('SIGKILL'));
    await this.#exited;
  }

  #handle(report: Report): void {
    this.#missedChecks = 0;
    this.#hasReported = true;
    if (isStatus(report)) this.#measure(report.cpuMs);
    this.#options.onReport(report);
  }

  #measure(cpuMs: number): void {
    const at = this.#options.clock.now();
    const last = this.#lastStatus;
    if (last && at > last.at) this.#cpuShare = (cpuMs - last.cpuMs) / (at - last.at);
    this.#lastStatus = { at, cpuMs };
  }

  /** Counts checks rather than time, as the machine may have slept, and reads first what the process has reported meanwhile. */
  #check(): void {
    this.#counting ??= setImmediate(() => {
      this.#counting = null;
      this.#count();
    });
  }

  #count(): void {
    this.#missedChecks += 1;
    if (this.#missedChecks < (this.#hasReported ? MISSED_CHECKS : MISSED_CHECKS_AT_START)) return;
    this.#options.logger.error({ pid: this.pid }, `${this.#options.name} process does not respond`);
    this.#process.kill('SIGKILL');
  }
}

function isStatus(report: { readonly type: string }): report is StatusReport {
  return report.type === 'status';
}
