import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Backend } from '../clients/backend.ts';
import { insideNamespace } from '../netlab/index.ts';
import { LogScan, SCANS_LOGS } from '../measure/log-scan.ts';
import { INTERNAL_SECRET, SETTINGS, TOKEN_SECRET } from './settings.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** The program of a server process: the server as it is deployed, or a variant for a test. */
const PROGRAMS = {
  server: '../../../server/src/main.ts',
  'clock-skew': '../faults/clock-skew-server.ts',
  'fast-retry': '../faults/fast-retry-server.ts',
  inspected: 'inspected-server.ts',
} as const;

export interface ServerProcessOptions {
  /** Without DATA_DIR the process gets a folder that is removed with it. */
  readonly env?: Record<string, string>;
  readonly program?: keyof typeof PROGRAMS;
  /** The network namespace to run in; that of this process by default. */
  readonly namespace?: string | undefined;
  /** Whether `close` fails if the log has a secret, a token or something personal. Default: in tests with browsers. */
  readonly scansLog?: boolean;
}

/** The report of a server that listens. */
export interface Listening {
  readonly url: string;
  readonly localUrl: string;
  readonly internalSecret?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server in a process of its own, as an operator runs it. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #listening: Promise<Listening>;
  readonly #ownFolder: string | undefined;
  #backend: Backend | undefined;
  readonly #scan: LogScan | null;
  #output = '';

  /** Starts the process; `listening` resolves when it listens. */
  constructor({ env = {}, program = 'server', namespace, scansLog = SCANS_LOGS }: ServerProcessOptions = {}) {
    this.#scan = scansLog ? new LogScan() : null;
    this.#ownFolder = env.DATA_DIR === undefined ? makeTemporaryFolder() : undefined;
    const file = fileURLToPath(new URL(PROGRAMS[program], import.meta.url));
    const [command, args] = insideNamespace(namespace, process.execPath, [file]);
    this.child = spawn(command, args, {
      env: {
        ...SETTINGS,
        PATH: process.env.PATH,
        MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN,
        WORKERS: '2',
        INTERNAL_SECRET,
        VIDEO_JWT_SECRET: TOKEN_SECRET,
        ...(this.#ownFolder === undefined ? {} : { DATA_DIR: this.#ownFolder }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
    this.ended = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => resolve({ code, signal })),
    );
    this.#listening = new Promise((resolve, reject) => {
      this.child.once('message', (message) => {
        const listening = message as Listening;
        this.#backend = new Backend(listening.localUrl, this.#scan?.watching(fetch));
        resolve(listening);
      });
      this.child.once('exit', () =>
        reject(new Error(`The server ended before it listened:\n${this.#output}`)),
      );
    });
    // A test that expects the process to end does not await this.
    this.#listening.catch(() => undefined);
  }

  /** Logs and errors that the process has written so far. */
  get output(): string {
    return this.#output;
  }

  /** @throws {Error} if the process ends before it listens */
  listening(): Promise<Listening> {
    return this.#listening;
  }

  /** Uses the server as its backend does. @throws {Error} if the process does not listen yet */
  get backend(): Backend {
    if (!this.#backend) throw new Error('The server does not listen yet.');
    return this.#backend;
  }

  /** The address on this machine. @throws {Error} if the process does not listen yet */
  get url(): string {
    return this.backend.url;
  }

  /** The process ids of its media workers. */
  workerPids(): number[] {
    const pid = String(this.child.pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills the process in whatever state it is. @throws {Error} if its log has something that it must not have */
  async close(): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
    if (this.#ownFolder !== undefined) removeFolder(this.#ownFolder);
    this.#scan?.add(this.#output);
    await this.#scan?.check();
  }
}

/** Whether a process exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
