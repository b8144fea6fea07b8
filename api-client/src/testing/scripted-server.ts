import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A reaction of the server to a request. */
export type Step = (response: ServerResponse, request: IncomingMessage) => void;

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ScriptedServer {
  readonly url: string;
  /** All requests so far. */
  readonly seen: Seen[];
}

/** Starts an HTTP server that performs one step per request, and repeats the last one. */
export async function scriptedServer(...steps: [Step, ...Step[]]): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const step = steps[Math.min(seen.length, steps.length - 1)] as Step;
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      step(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Responds with JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Step {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Responds with text of a media type. */
export function text(body: string, type: string, status = 200): Step {
  return (response) => response.writeHead(status, { 'Content-Type': type }).end(body);
}

/** Responds with a problem in the format of the server. */
export function problem(
  status: number,
  code: string,
  more: object = {},
  headers: Record<string, string> = {},
): Step {
  const body = { title: code, status, code, detail: `${code}!`, remedy: 'Do better.', ...more };
  return json(body, status, {
    'Content-Type': 'application/problem+json',
    'X-Request-Id': 'r-1',
    ...headers,
  });
}

/** Closes the connection before it has responded. */
export const cut: Step = (response) => response.destroy();

/** Closes the connection in the middle of a response. */
export const cutHalfway: Step = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
  response.write('{"sessions":', () => response.destroy());
};

/** Never responds. */
export const silent: Step = () => undefined;
