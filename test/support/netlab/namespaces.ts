import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const JANITOR = fileURLToPath(new URL('janitor.sh', import.meta.url));

/** The command line that runs a program inside a namespace; as it is where none is named. */
export function insideNamespace(
  namespace: string | undefined,
  command: string,
  args: readonly string[],
): [string, string[]] {
  if (namespace === undefined) return [command, [...args]];
  return ['ip', ['netns', 'exec', namespace, command, ...args]];
}

/** iproute2's `ip`. Throws with what it complained about. */
export function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/**
 * The network namespaces of one lab. A shell of its own removes them, with what runs inside them, when it is told to
 * or when this process dies, however that happens.
 */
export class Namespaces {
  readonly #janitor: ChildProcess;
  readonly #janitorEnded: Promise<unknown>;

  constructor() {
    // Detached, because Ctrl-C at a terminal would reach it too.
    this.#janitor = spawn('/bin/sh', [JANITOR], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#janitorEnded = once(this.#janitor, 'exit');
  }

  /** Makes one, with its loopback up. */
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
