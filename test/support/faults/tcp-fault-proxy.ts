import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way over TCP to a server on this machine that can be cut, or go dead without a word. Media goes past it. */
export class TcpFaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #dead = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (chunk) => {
          if (!this.#dead) to.write(chunk);
        });
        // Whoever could not be reached refuses, as far as that can still be told.
        from.on('error', () => (this.#dead ? to.destroy() : to.resetAndDestroy()));
        from.on('close', () => {
          this.#sockets.delete(from);
          // A dead line does not tell of an end, either.
          if (!this.#dead) to.destroy();
        });
      }
    });
  }

  /** Closed after the test. @param port the server's */
  static async open(port: number): Promise<TcpFaultProxy> {
    const line = await TcpFaultProxy.lay(port);
    onTestFinished(() => line.close());
    return line;
  }

  /** The same where the caller closes it. */
  static async lay(port: number): Promise<TcpFaultProxy> {
    const line = new TcpFaultProxy(port);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The same address with this line in the server's place. */
  through(url: string): string {
    const changed = new URL(url);
    changed.host = `127.0.0.1:${this.port}`;
    return changed.href;
  }

  /** Both sides are told that every connection has ended; new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Nothing gets through any more, and nobody is told: connections are half open until `heal`. */
  die(): void {
    this.#dead = true;
  }

  /** New connections work; what was lost stays lost, and so the old ones end. */
  heal(): void {
    this.cut();
    this.#dead = false;
  }

  close(): void {
    this.#dead = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
