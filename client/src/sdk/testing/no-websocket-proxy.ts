import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request to open a WebSocket: it is answered with 403, or never. */
export type UpgradeFate = 'refused' | 'swallowed';

/** An HTTP proxy as in networks that let no WebSocket through; every other request reaches the server. */
export class NoWebSocketProxy {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.url = `http://${address}:${port}`;
  }

  /** Closed by the caller. */
  static async open(target: string, fate: UpgradeFate, address = '127.0.0.1'): Promise<NoWebSocketProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer((request, response) => {
      const { method, url: path, headers } = request;
      const onward = httpRequest({ hostname, port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    server.on('upgrade', (_request, socket) => {
      socket.on('error', () => undefined);
      if (fate === 'refused')
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    return new NoWebSocketProxy(server);
  }

  /** Idempotent. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
