import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { insideNamespace } from './namespaces.ts';

const INSIDE = fileURLToPath(new URL('forward-inside.ts', import.meta.url));

/**
 * A TCP port of this process's own network that leads to a port inside a namespace, past every line. Connections are
 * accepted here and passed, while open, to a process in the namespace.
 */
export class Forward {
  readonly url: string;
  readonly #server: Server;
  readonly #inside: ChildProcess;

  private constructor(server: Server, inside: ChildProcess) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#inside = inside;
  }

  static async open(namespace: string, address: string, port: number): Promise<Forward> {
    const [command, args] = insideNamespace(namespace, process.execPath, [INSIDE, address, String(port)]);
    const inside = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      if (inside.connected) inside.send('connection', socket);
      else socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Forward(server, inside);
  }

  /** Idempotent; closes open connections, too. */
  close(): void {
    this.#server.close();
    this.#inside.kill('SIGKILL');
  }
}
