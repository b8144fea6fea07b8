import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy to a server on this machine that can cut connections or stall them. Media does not go through it. */
export class TcpFaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #clients = 0;
  #stalled = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      this.#clients += 1;
      near.on('close', () => (this.#clients -= 1));
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (chunk) => {
          if (!this.#stalled) to.write(chunk);
        });
        // An unreachable server refuses connections, as far as the client can still see that.
        from.on('error', () => (this.#stalled ? to.destroy() : to.resetAndDestroy()));
        from.on('close', () => {
          this.#sockets.delete(from);
          // A stalled connection does not report an end, either.
          if (!this.#stalled) to.destroy();
        });
      }
    });
  }

  /** Closed after the test. @param port of the server */
  static async open(port: number): Promise<TcpFaultProxy> {
    const proxy = await TcpFaultProxy.listen(port);
    onTestFinished(() => proxy.close());
    return proxy;
  }

  /** Closed by the caller. @param port of the server */
  static async listen(port: number): Promise<TcpFaultProxy> {
    const proxy = new TcpFaultProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The number of open connections of clients. */
  get connections(): number {
    return this.#clients;
  }

  /** Returns the same address with this proxy instead of the server. */
  through(url: string): string {
    const changed = new URL(url);
    changed.host = `127.0.0.1:${this.port}`;
    return changed.href;
  }

  /** Resets every connection; new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Stalls everything without closing: connections are half open until `heal`. */
  stall(): void {
    this.#stalled = true;
  }

  /** Lets new connections work; stalled ones are reset, since their data is lost. */
  heal(): void {
    this.cut();
    this.#stalled = false;
  }

  close(): void {
    this.#stalled = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
