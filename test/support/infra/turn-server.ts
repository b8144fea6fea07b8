import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { insideNamespace } from '../netlab/index.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** Returns whether Debian's coturn is installed; if not, reports which tests are skipped. */
export function turnAvailable(forWhat: string): boolean {
  const found = spawnSync('turnserver', ['--help'], { stdio: 'ignore' }).error === undefined;
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs turnserver (Debian: coturn).`);
  return found;
}

/** A real TURN server (RFC 8656) that accepts the credentials of the server. */
export class TurnServer {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#ended = once(child, 'exit');
  }

  /**
   * Listens for UDP and TCP when this resolves.
   * @param settings further ones, as in a file of coturn
   * @throws {Error} if it ends before
   */
  static async start(
    place: { namespace: string; address: string },
    port: number,
    secret: string,
    settings = '',
  ): Promise<TurnServer> {
    const folder = makeTemporaryFolder();
    const file = join(folder, 'turnserver.conf');
    writeFileSync(file, settings);
    const [command, args] = insideNamespace(place.namespace, 'turnserver', [
      ...['-c', file],
      ...['--no-cli', '--no-tls', '--no-dtls', '--log-file', 'stdout', '--simple-log', '--verbose'],
      ...['--listening-ip', place.address, '--relay-ip', place.address, '--listening-port', String(port)],
      ...['--use-auth-secret', '--static-auth-secret', secret, '--realm', 'televisit.test'],
      ...['--pidfile', `${folder}/turn.pid`, '--userdb', `${folder}/turn.db`],
    ]);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const server = new TurnServer(child, folder);
    let output = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('UDP listener opened')) resolve();
      });
      child.once('exit', () => reject(new Error(`turnserver ended before it listened:\n${output}`)));
    });
    return server;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    removeFolder(this.#folder);
  }
}
