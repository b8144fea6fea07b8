import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { FILE_DEADLINE_MS } from '../http/request-body.ts';
import type { Environment } from './environment.ts';

/** The HTTP server, which listens only once everything else is ready. */
export interface WebServer {
  readonly http: HttpServer;
  /** The URL at which participants reach the server, without a slash at the end. */
  readonly clientBaseUrl: () => string;
  /** The path of that URL, such as `/visits`; empty at the root. */
  readonly basePath: string;
  /** Removes that path from a request, unless a proxy has done so. */
  readonly dropBasePath: (request: IncomingMessage) => void;
  /** The URL at which other processes reach this one; empty until it listens. */
  readonly nodeUrl: () => string;
  /** @throws if the port is not available */
  readonly listen: () => Promise<void>;
  readonly port: () => number;
}

/**
 * How long a connection without a request stays open, in milliseconds: longer than the proxies in front keep theirs (60 s on
 * AWS and in nginx), so that none sends a request on a connection that is being closed.
 */
const KEEP_ALIVE_MS = 75_000;
/** A connection on which no byte moves for this long is closed, in milliseconds. */
const SILENCE_MS = 30_000;

/** Creates the HTTP server with time limits for slow or silent clients. */
export function createWebServer({ config, httpTimeouts }: Environment): WebServer {
  const basePath = config.clientBaseUrl ? new URL(config.clientBaseUrl).pathname.replace(/\/$/, '') : '';
  const dropBasePath = (request: IncomingMessage) => {
    const { url = '' } = request;
    if (basePath !== '' && url.startsWith(`${basePath}/`)) request.url = url.slice(basePath.length);
  };
  const http = createServer({
    headersTimeout: httpTimeouts.headersMs,
    // Only files may take that long; `setDeadline` holds all other requests to less.
    requestTimeout: Math.max(httpTimeouts.requestMs, FILE_DEADLINE_MS),
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Other upgrades, such as h2c, are ignored (RFC 9110, 7.8).
    shouldUpgradeCallback: (request) => {
      dropBasePath(request);
      const { url = '', headers } = request;
      return url.startsWith(SIGNALING_PATH) && headers.upgrade?.toLowerCase() === 'websocket';
    },
  });
  http.timeout = SILENCE_MS;
  const port = () => {
    const address = http.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  return {
    http,
    port,
    basePath,
    dropBasePath,
    clientBaseUrl: () => config.clientBaseUrl ?? `http://localhost:${port()}`,
    nodeUrl: () => config.nodeUrl ?? (http.listening ? `http://127.0.0.1:${port()}` : ''),
    listen: () =>
      new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(config.port, resolve);
      }),
  };
}
