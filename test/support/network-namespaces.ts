import { execFileSync } from 'node:child_process';

/** Whether this process may make network namespaces: root, with iproute2. */
export function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('ip', ['netns', 'list'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The command line that runs a program inside a namespace; as it is where none is named. */
export function insideNamespace(
  namespace: string | undefined,
  command: string,
  args: readonly string[],
): [string, string[]] {
  if (namespace === undefined) return [command, [...args]];
  return ['ip', ['netns', 'exec', namespace, command, ...args]];
}

/** Two network namespaces of this process's own, joined by a veth pair: a server's side and a browser's. */
export class NamespacePair {
  readonly server: string;
  readonly browser: string;
  readonly serverAddress = '10.79.0.1';
  readonly browserAddress = '10.79.0.2';

  constructor() {
    const unique = `tv${process.pid}`;
    this.server = `${unique}s`;
    this.browser = `${unique}b`;
    for (const name of [this.server, this.browser]) ip('netns', 'add', name);
    try {
      ip(
        'link',
        'add',
        'veth0',
        'netns',
        this.server,
        'type',
        'veth',
        'peer',
        'name',
        'veth0',
        'netns',
        this.browser,
      );
      this.#raise(this.server, this.serverAddress);
      this.#raise(this.browser, this.browserAddress);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The veth pair goes with its namespaces. */
  close(): void {
    for (const name of [this.server, this.browser]) ip('netns', 'del', name);
  }

  #raise(namespace: string, address: string): void {
    ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'veth0');
    ip('-n', namespace, 'link', 'set', 'veth0', 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
