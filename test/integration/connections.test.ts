import { once } from 'node:events';
import { connect } from 'node:net';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';

/** Opens a connection and collects what it receives. */
function open(port: number) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return { socket, text: () => text };
}

const body = JSON.stringify({ appointmentId: 'appointment-1', doctorId: 'd', patientId: 'p' });
const create = (...headers: readonly string[]) =>
  [
    'POST /sessions HTTP/1.1',
    'Host: x',
    `X-Internal-Secret: ${INTERNAL_SECRET}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...headers,
  ].join('\r\n') + '\r\n\r\n';

describe('a request that offers another protocol', () => {
  const h2c = [
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  ];

  it('a request that offers another protocol is answered as if it did not (RFC 9110, 7.8)', async () => {
    const server = await startServer();
    const { socket, text } = open(server.televisit.port);
    socket.write(create(...h2c) + body);
    await expect.poll(text).toMatch(/^HTTP\/1\.1 201 /);
    // The connection stays usable.
    socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n${h2c.join('\r\n')}\r\n\r\n`);
    await expect.poll(text).toMatch(/\{"status":"ok"\}$/);
  });

  it.each([
    ['a WebSocket elsewhere', '/somewhere', 'websocket'],
    ['another protocol at the path of signaling', `${SIGNALING_PATH}/?EIO=4&transport=websocket`, 'h2c'],
    ['nothing, at the path of signaling', `${SIGNALING_PATH}/?EIO=4&transport=websocket`, ''],
  ])('a request that offers another protocol is answered with 404 on %s', async (_, path, upgrade) => {
    const server = await startServer();
    const { socket, text } = open(server.televisit.port);
    const headers = upgrade === '' ? '' : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
    await expect.poll(text).toMatch(/^HTTP\/1\.1 404 .*"code":"not_found"/s);
  });
});

describe('a connection that is kept alive', () => {
  it('a connection is kept alive longer than load balancers keep theirs, beyond the time limit for headers', async () => {
    const server = await startServer({ httpTimeouts: { headersMs: 300, requestMs: 1000 } });
    const { socket, text } = open(server.televisit.port);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(text).toMatch(/Keep-Alive: timeout=75\r\n.*"ok"/s);
    const answered = performance.now();
    // Node.js looks for connections past their limit once a second.
    await until('the limits have passed', () => performance.now() - answered > 3000);
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(text).toContain('"openapi"');
  });
});

describe('SIGTERM', () => {
  it('lets requests under way finish and answers new ones meanwhile, each with Connection: close', async () => {
    const server = await startServer({ process: 'server' });
    const port = Number(new URL(server.url).port);
    const slow = open(port);
    slow.socket.write(create('Expect: 100-continue'));
    await expect.poll(slow.text).toContain('100 Continue');
    const idle = open(port);
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(idle.text).toContain('"ok"');

    server.kill('SIGTERM');
    await until('the server closes', () => server.output.includes('"closing"'));
    const fresh = open(port);
    for (const { socket } of [fresh, idle]) socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    for (const { text } of [fresh, idle]) {
      await expect.poll(text).toMatch(/Connection: close\r\n[^{]*\{"status":"ok"\}$/);
    }
    slow.socket.write(body);
    await expect.poll(slow.text).toMatch(/201 Created\r\n.*Connection: close\r\n.*"sessionId"/s);
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  it('ends the process although a request never ends', async () => {
    const server = await startServer({ process: 'server' });
    const { sessionId } = await server.backend.createVisit();
    const doctor = await ProtocolClient.join(server.backend, sessionId, 'doctor');
    const slow = open(Number(new URL(server.url).port));
    slow.socket.write(create('Expect: 100-continue'));
    await expect.poll(slow.text).toContain('100 Continue');
    const disconnected = once(doctor.socket as unknown as NodeJS.EventEmitter, 'disconnect');
    server.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    await disconnected;
  });
});
