import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const JANITOR = fileURLToPath(new URL('janitor.sh', import.meta.url));

/** Returns the command line that runs a program inside a namespace; unchanged without one. */
export function insideNamespace(
  namespace: string | undefined,
  command: string,
  args: readonly string[],
): [string, string[]] {
  if (namespace === undefined) return [command, [...args]];
  return ['ip', ['netns', 'exec', namespace, command, ...args]];
}

/** Runs iproute2's `ip`. @throws {Error} with its message */
export function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/**
 * The network namespaces of one lab. A shell removes them, with the programs inside, on request or when this process
 * dies, however that happens.
 */
export class Namespaces {
  readonly #janitor: ChildProcess;
  readonly #janitorEnded: Promise<unknown>;

  constructor() {
    // Detached, because Ctrl-C at a terminal would reach it too.
    this.#janitor = spawn('/bin/sh', [JANITOR], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#janitorEnded = once(this.#janitor, 'exit');
  }

  /** Creates a namespace with its loopback up. */
  add(name: string): void {
    this.#janitor.stdin?.write(`${name}\n`);
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  /** Idempotent; resolves when nothing is left. */
  async close(): Promise<void> {
    this.#janitor.stdin?.end();
    await this.#janitorEnded;
  }
}
