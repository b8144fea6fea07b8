import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import pino from 'pino';
import { Server } from 'socket.io';
import { expect, it, onTestFinished } from 'vitest';
import { ClientAddresses } from '../access/client-address.ts';
import { LinkSignatures } from '../access/link-signature.ts';
import { systemClock } from '../core/clock.ts';
import { SocketGuard, type EngineSocket } from './socket-guard.ts';

/** A masked frame of WebSocket (RFC 6455, 5.2) with an empty mask. */
function frame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
const message = (text: string) => frame(1, text);
const ping = frame(9, 'ping');

async function started() {
  const addresses = new ClientAddresses(
    () => true,
    new LinkSignatures(['a-secret-of-thirty-two-characters']),
  );
  const guard = new SocketGuard({ addresses, clock: systemClock, logger: pino({ level: 'silent' }) });
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'], pingInterval: 60_000 });
  const conns: EngineSocket[] = [];
  io.engine.on('connection', (conn: EngineSocket) => {
    guard.watch(conn);
    conns.push(conn);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(async () => {
    await io.close();
  });
  /** Opens a WebSocket as a program without a WebSocket library does, which may choose not to read. */
  const open = async (address = '203.0.113.1') => {
    const { port } = http.address() as AddressInfo;
    const asked = request(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'X-Forwarded-For': address,
      },
    }).end();
    const [, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Socket];
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  return { guard, conns, open };
}

it('watch disconnects a client that sends too many messages, and not one that sends as many as a page', async () => {
  const { conns, open } = await started();
  const [page, flooding] = [await open(), await open()];
  // Pongs of Engine.IO.
  page.write(Buffer.concat(Array.from({ length: 400 }, () => message('3'))));
  flooding.write(Buffer.concat(Array.from({ length: 600 }, () => message('3'))));
  await expect.poll(() => conns.map(({ readyState }) => readyState)).toEqual(['open', 'closed']);
});

it('watch disconnects a client that does not read, and not one that reads', async () => {
  const { conns, open } = await started();
  const reading = await open();
  reading.resume();
  const silent = await open();
  silent.pause();
  const isOpen = () => conns.map(({ readyState }) => readyState);
  for (let index = 0; index < 300 && isOpen()[1] === 'open'; index++) {
    for (const conn of conns) conn.write('x'.repeat(50_000));
    await new Promise(setImmediate);
  }
  await expect.poll(isOpen).toEqual(['open', 'closed']);
});

it.each([
  ['20 messages of 50 kB', 20, 'open'],
  ['23 messages of 50 kB', 23, 'closed'],
])('watch measures what a client has not read without the largest message: %s', async (_, count, state) => {
  const { conns, open } = await started();
  (await open()).pause();
  const [conn] = conns;
  // The buffers of the operating system take the first ones.
  while (conn!.request.socket.writableLength === 0) {
    conn!.write('x'.repeat(50_000));
    await new Promise(setImmediate);
  }
  const unsent = conn!.request.socket.writableLength;
  for (let index = Math.ceil(unsent / 50_000); index < count; index++) conn!.write('x'.repeat(50_000));
  await new Promise(setImmediate);
  expect(conn!.readyState).toBe(state);
});

it('watch lets a client read the answer to join of a large visit on a slow line', async () => {
  const { conns, open } = await started();
  (await open()).pause();
  conns[0]!.write('x'.repeat(1_500_000));
  conns[0]!.write('x'.repeat(500_000));
  await new Promise(setImmediate);
  expect(conns[0]!.readyState).toBe('open');
});

it('watch disconnects a client that sends pings of WebSocket without end', async () => {
  const { conns, open } = await started();
  const socket = await open();
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => ping));
  socket.pause();
  for (let index = 0; index < 60; index++) socket.write(many);
  await expect.poll(() => conns[0]?.readyState).toBe('closed');
});

it('watch limits the WebSockets of an address that have not sent a valid token', async () => {
  const { guard, conns, open } = await started();
  for (let index = 0; index < 200; index++) await open('203.0.113.7');
  await open('203.0.113.7');
  await expect.poll(() => conns[200]?.readyState).toBe('closed');
  await open('203.0.113.8');
  guard.admitted(conns[0]!);
  guard.admitted(conns[0]!);
  await open('203.0.113.7');
  await open('203.0.113.7');
  await expect.poll(() => conns[203]?.readyState).toBe('closed');
  expect([201, 202].map((index) => conns[index]?.readyState)).toEqual(['open', 'open']);
});

it('watch closes a connection whose client keeps sending instead of confirming its end', async () => {
  const { conns, open } = await started();
  const client = await open();
  const drip = setInterval(() => client.write(Buffer.from([0x81])), 100);
  onTestFinished(() => clearInterval(drip));
  const [conn] = conns;
  conn!.close(true);
  await expect.poll(() => conn!.request.socket.destroyed).toBe(true);
});

it('watch closes a connection whose client does not confirm its end', async () => {
  const { conns, open } = await started();
  (await open()).pause();
  const [conn] = conns;
  conn!.close(true);
  await expect.poll(() => conn!.request.socket.destroyed).toBe(true);
});
