import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { io } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenOf, type Backend } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { until } from '../support/infra/until.ts';
import { memoryOf } from '../support/measure/process-figures.ts';

const MEGABYTE = 1024 * 1024;

/** A visit that has to keep working: a patient joins it and writes to the doctor, who is in it all the time. */
async function canary(server: Backend) {
  const { sessionId } = await server.createVisit();
  const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
  let sent = 0;
  return {
    /** @throws {Error} if the server does not answer each message within five seconds */
    async check(): Promise<void> {
      const patient = await ProtocolClient.join(server, sessionId, 'patient');
      const text = `still here ${(sent += 1)}`;
      await patient.request('chat:send', { clientId: text, text });
      await until('the doctor gets the message', () =>
        doctor.received('chat:message').some((message) => message.text === text),
      );
      patient.socket.disconnect();
    },
  };
}

/** Opens a connection that sends `text` and reads nothing. */
function unread(port: number, text: string | Buffer): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Returns the file of a file descriptor of this process; empty if it is closed. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

const requests = (count: number, path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(count);

describe('a client without a token', () => {
  it('pipelines requests and does not read: memory stays bounded, and visits go on', async () => {
    const server = await startServer({ process: 'server', env: { ADDRESS_RATE_LIMIT: '0' } });
    const visit = await canary(server.backend);
    await visit.check();
    const port = Number(new URL(server.url).port);
    const pid = server.child.pid!;
    const before = memoryOf(pid);
    for (const path of ['/docs', '/openapi.json', '/docs/swagger-ui-bundle.js', '/nothing']) {
      for (let index = 0; index < 4; index++) unread(port, requests(1500, path));
      // As many as a client may send without waiting.
      for (let index = 0; index < 20; index++) unread(port, requests(32, path));
    }
    for (let round = 0; round < 3; round++) {
      await visit.check();
      expect((memoryOf(pid) - before) / MEGABYTE).toBeLessThan(150);
    }
  });

  it('closes connections without reading: no file stays open', async () => {
    const clientDir = temporaryFolder();
    await mkdir(join(clientDir, 'assets'));
    const file = join(clientDir, 'assets', 'app.js');
    await writeFile(file, Buffer.alloc(4 * MEGABYTE));
    const server = await startServer({ clientDir });
    const openFiles = () => readdirSync('/proc/self/fd').filter((fd) => targetOf(fd) === file).length;
    const sockets = [1000, 1000, 30, 30].map((count) =>
      unread(server.televisit.port, requests(count, '/assets/app.js')),
    );
    await until('the server sends the file', () => openFiles() > 0);
    // By the time that a further request is answered, the server has handled the others.
    await server.call('GET', '/healthz');
    expect(openFiles()).toBeLessThanOrEqual(sockets.length);
    for (const socket of sockets) socket.destroy();
    await until('the file is closed', () => openFiles() === 0);
    expect((await fetch(`${server.url}/assets/app.js`)).status).toBe(200);
  });

  it.each([
    '/',
    '/join/sess_00000000',
    '/docs',
    '/docs/docs.css',
    '/openapi.json',
    '/assets/x.js',
    '/nothing',
  ])('a client without a token is limited when it requests %s again and again', async (path) => {
    const server = await startServer({ env: { ADDRESS_RATE_LIMIT: '2' } });
    const statuses = [];
    for (let index = 0; index < 25; index++) statuses.push((await fetch(server.url + path)).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(5);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await server.call('GET', '/sessions')).status).toBe(200);
  });
});

describe('a participant', () => {
  it('floods the server with messages and does not read: it is disconnected, and visits go on', async () => {
    const server = await startServer({ process: 'server', env: { ADDRESS_RATE_LIMIT: '0' } });
    const visit = await canary(server.backend);
    await visit.check();
    const before = memoryOf(server.child.pid!);
    const { sessionId } = await server.backend.createVisit();
    const flood = async () => {
      const abuser = await ProtocolClient.open(server.backend, sessionId, 'patient');
      const disconnected = new Promise((resolve) => abuser.socket.once('disconnect', resolve));
      // The acks that the server sends are larger than the messages.
      for (let index = 0; index < 5000; index++) {
        abuser.socket.emit('presence:set', { away: index % 2 === 0 }, () => undefined);
      }
      await disconnected;
    };
    for (let round = 0; round < 5; round++) {
      await Promise.all([flood(), visit.check()]);
      expect((memoryOf(server.child.pid!) - before) / MEGABYTE).toBeLessThan(100);
    }
  });

  it('asks for the namespace again and again with a bad token: it is disconnected', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const abuser = new WebSocket(
      `${server.url.replace('http', 'ws')}${SIGNALING_PATH}/?EIO=4&transport=websocket`,
    );
    await new Promise((resolve) => abuser.addEventListener('open', resolve));
    const closed = new Promise((resolve) => abuser.addEventListener('close', resolve));
    for (let index = 0; index < 1000; index++) abuser.send('40{"token":"bad","sessionId":"bad"}');
    await closed;
    await doctor.request('consumer:ready', { consumerIds: [] });
  });
});

describe('an address', () => {
  it('opens too many signaling connections: it is refused for a while, and others are not', async () => {
    const server = await startServer({ env: { ADDRESS_RATE_LIMIT: '40' } });
    const { sessionId } = await server.createVisit();
    const link = await server.joinUrl(sessionId, 'patient');
    const connect = async (address: string) => {
      const socket = io(server.url, {
        path: SIGNALING_PATH,
        transports: ['websocket'],
        auth: { token: tokenOf(link), sessionId },
        extraHeaders: { 'X-Forwarded-For': address },
        forceNew: true,
        reconnection: false,
      });
      onTestFinished(() => void socket.disconnect());
      return new Promise<string>((resolve) => {
        socket.once('connect', () => resolve('connected'));
        socket.once('connect_error', () => resolve('refused'));
      });
    };
    const outcomes = [];
    for (let index = 0; index < 22; index++) outcomes.push(await connect(`203.0.113.5:${50_000 + index}`));
    // Each one counts as two requests: the WebSocket, and the token.
    expect(outcomes.indexOf('refused')).toBe(20);
    expect(await connect('203.0.113.6:50000')).toBe('connected');
  });
});
