import { createServer, type Server as HttpServer } from 'node:http';
import { FILE_DEADLINE_MS } from '../http/request-body.ts';
import type { Environment } from './environment.ts';

/** The HTTP server, which listens only once everything else is ready. */
export interface WebServer {
  readonly http: HttpServer;
  /** The URL at which participants reach the server, without a slash at the end. */
  readonly clientBaseUrl: () => string;
  /** The URL at which other processes reach this one; empty until it listens. */
  readonly nodeUrl: () => string;
  /** @throws if the port is not available */
  readonly listen: () => Promise<void>;
  readonly port: () => number;
}

/** Creates the HTTP server with time limits for slow or silent clients. */
export function createWebServer({ config, httpTimeouts }: Environment): WebServer {
  const http = createServer({
    headersTimeout: httpTimeouts.headersMs,
    // Only files may take that long; `setDeadline` holds all other requests to less.
    requestTimeout: Math.max(httpTimeouts.requestMs, FILE_DEADLINE_MS),
    connectionsCheckingInterval: 1000,
  });
  const port = () => {
    const address = http.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  return {
    http,
    port,
    clientBaseUrl: () => config.clientBaseUrl ?? `http://localhost:${port()}`,
    nodeUrl: () => config.nodeUrl ?? (http.listening ? `http://127.0.0.1:${port()}` : ''),
    listen: () =>
      new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(config.port, resolve);
      }),
  };
}
