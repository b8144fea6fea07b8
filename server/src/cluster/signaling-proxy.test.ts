import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TelevisitError } from '@televisit/shared/errors';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../domain/session.ts';
import type { KnownNode } from './node-registry.ts';
import { SignalingProxy } from './signaling-proxy.ts';

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' };
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-By:';

/** A server that accepts every connection and answers with its name. */
async function server(name: string): Promise<{ http: Server; url: string }> {
  const http = createServer();
  http.on('upgrade', ({ headers }: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    const mark = headers['x-forwarded'];
    socket.write(`${SWITCHING} ${name}${mark === undefined ? '' : `, ${String(mark)}`}\r\n\r\n`);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

/** A server with a proxy. The session's node is in the first of these states, and in the next one after each further look. */
async function routed(...looks: Partial<KnownNode>[]) {
  let isLimited = false;
  const { http, url } = await server('here');
  const all = looks.map((one) => ({ nodeId: 'sfu-1', processId: 'p', alive: true, here: false, ...one }));
  let look = 0;
  const now = () => all[Math.min(look, all.length - 1)] as KnownNode;
  const proxy = new SignalingProxy(http, {
    nodes: {
      processId: 'own',
      nodes: () => [now()],
      find: now,
      lookAgain: async () => {
        look += 1;
        onLook();
        await Promise.resolve();
      },
      onLost: () => undefined,
    },
    findSession: () => Promise.resolve({ placement: { nodeId: 'sfu-1' } } as Session),
    addresses: { header: 'x-forwarded', forwarding: () => 'signed' },
    limit: async () => {
      await Promise.resolve();
      if (isLimited) throw new TelevisitError('too_many_requests');
    },
    requestId: () => 'made-by-the-proxy',
    logger: pino({ level: 'silent' }),
  });
  let onLook = (): void => undefined;
  /** Closes the proxy while a connection waits, and returns the response. */
  const closed = async () => {
    onLook = () => {
      proxy.close();
    };
    const asked = request(`${url}${SIGNALING_PATH}/?session=sess_1`, { headers: UPGRADE }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: response.statusCode, looks: look };
  };
  /** Connects from an address that is over its limit, and returns the status. */
  const limited = async () => {
    isLimited = true;
    const asked = request(`${url}${SIGNALING_PATH}/?session=sess_1`, { headers: UPGRADE }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.statusCode;
  };
  const by = async () => {
    const asked = request(`${url}${SIGNALING_PATH}/?session=sess_1`, { headers: UPGRADE }).end();
    const [response, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex];
    socket.on('error', () => undefined).destroy();
    return response.headers['x-by'];
  };
  return { by, closed, limited };
}

describe('SignalingProxy', () => {
  it('forwards a connection to the server that runs the session', async () => {
    const { url } = await server('there');
    expect(await (await routed({ url })).by()).toBe('there, signed');
  });

  it('holds a connection until the restarted server listens', async () => {
    const { url } = await server('there');
    const deaf = { url: 'http://127.0.0.1:1' };
    const { by } = await routed(deaf, { ...deaf, processId: 'q' }, { url: '', processId: 'q' }, { url });
    expect(await by()).toBe('there, signed');
  });

  it('handles a connection itself when the other server is lost or the node is here', async () => {
    const deaf = { url: 'http://127.0.0.1:1' };
    expect(await (await routed(deaf, { ...deaf, alive: false })).by()).toBe('here');
    expect(await (await routed(deaf, { ...deaf, here: true })).by()).toBe('here');
  });

  it('answers a held connection with 503 at once when it is closed', async () => {
    expect(await (await routed({ url: '' })).closed()).toEqual({ status: 503, looks: 1 });
  });

  it('answers a connection of an address over its limit with 429', async () => {
    const { url } = await server('there');
    expect(await (await routed({ url })).limited()).toBe(429);
  });

  it('handles a connection itself when the node never accepts it', async () => {
    expect(await (await routed({ url: '' })).by()).toBe('here');
  });
});
