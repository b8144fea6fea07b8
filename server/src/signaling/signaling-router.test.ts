import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KnownNode } from '../cluster/node-registry.ts';
import type { Session } from '../domain/session.ts';
import { SignalingRouter } from './signaling-router.ts';

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' };
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-By:';

/** A server that takes every connection, and says its name. */
async function server(name: string): Promise<{ http: Server; url: string }> {
  const http = createServer();
  http.on('upgrade', (_request, socket: Duplex) => {
    socket.on('error', () => undefined);
    socket.write(`${SWITCHING} ${name}\r\n\r\n`);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

/** A server with a router, for which the visit's node is at first as it is told, and after each further look as the next. */
async function routed(...looks: Partial<KnownNode>[]) {
  const { http, url } = await server('here');
  const all = looks.map((one) => ({ nodeId: 'sfu-1', processId: 'p', alive: true, here: false, ...one }));
  let look = 0;
  const now = () => all[Math.min(look, all.length - 1)] as KnownNode;
  const router = new SignalingRouter(http, {
    nodes: {
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
    logger: pino({ level: 'silent' }),
  });
  let onLook = (): void => undefined;
  /** Closes the router while somebody is held, and tells what they are answered. */
  const closed = async () => {
    onLook = () => {
      router.close();
    };
    const asked = request(`${url}${SIGNALING_PATH}/?session=sess_1`, { headers: UPGRADE }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: response.statusCode, looks: look };
  };
  const by = async () => {
    const asked = request(`${url}${SIGNALING_PATH}/?session=sess_1`, { headers: UPGRADE }).end();
    const [response, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex];
    socket.on('error', () => undefined).destroy();
    return response.headers['x-by'];
  };
  return { by, closed };
}

describe('SignalingRouter', () => {
  it('passes a connection on to the server that has the visit', async () => {
    const { url } = await server('there');
    expect(await (await routed({ url })).by()).toBe('there');
  });

  it('holds one for a server that has just been started again until that listens', async () => {
    const { url } = await server('there');
    const deaf = { url: 'http://127.0.0.1:1' };
    const { by } = await routed(deaf, { ...deaf, processId: 'q' }, { url: '', processId: 'q' }, { url });
    expect(await by()).toBe('there');
  });

  it('answers itself once the other server is lost, or the node has come here', async () => {
    const deaf = { url: 'http://127.0.0.1:1' };
    expect(await (await routed(deaf, { ...deaf, alive: false })).by()).toBe('here');
    expect(await (await routed(deaf, { ...deaf, here: true })).by()).toBe('here');
  });

  it('lets go of one at once when the server ends', async () => {
    expect(await (await routed({ url: '' })).closed()).toEqual({ status: 503, looks: 1 });
  });

  it('does not hold one for ever', async () => {
    expect(await (await routed({ url: '' })).by()).toBe('here');
  });
});
