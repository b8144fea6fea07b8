import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { insideNamespace } from '../netlab/index.ts';
import { INTERNAL_SECRET, TOKEN_SECRET } from './secrets.ts';

const MAIN = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));

export interface Listening {
  readonly url: string;
  readonly localUrl: string;
  readonly internalSecret?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The server as an operator runs it: a process of its own, which tests may kill. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #listening: Promise<Listening>;
  #output = '';

  /**
   * @param namespace the network namespace to run in; its own by default
   * @param program what runs in it; the server as it ships by default
   */
  constructor(env: Record<string, string>, namespace?: string, program = MAIN) {
    const [command, args] = insideNamespace(namespace, process.execPath, [program]);
    this.child = spawn(command, args, {
      env: {
        PATH: process.env.PATH,
        MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN,
        PORT: '0',
        RTC_PORT: '0',
        WORKERS: '2',
        LISTEN_IP: '127.0.0.1',
        MAX_CPU_PERCENT: '0',
        MAX_MEMORY_PERCENT: '0',
        INTERNAL_SECRET,
        VIDEO_JWT_SECRET: TOKEN_SECRET,
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
      this.child.once('message', (message) => resolve(message as Listening));
      this.child.once('exit', () =>
        reject(new Error(`The server ended before it listened:\n${this.#output}`)),
      );
    });
    // Whoever waits for it hears of it; a test that expects the end does not.
    this.#listening.catch(() => undefined);
  }

  /** All that it wrote so far, logs and errors. */
  get output(): string {
    return this.#output;
  }

  /** @throws where it ends before it listens */
  listening(): Promise<Listening> {
    return this.#listening;
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

  /** Ends it whatever state it is in. */
  async dispose(): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }
}

/** Whether a process is there (and no zombie). */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
