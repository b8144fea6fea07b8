import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { AddressGuard, parseAllowedHost, type Resolve } from './address-guard.ts';
import { HttpWebhookSender, type HttpSenderOptions } from './sender.ts';
import { ELSEWHERE, LOCALHOST } from './testing/certificates.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const HOSTS = ['localhost', '127.0.0.1'].flatMap((host) => parseAllowedHost(host) ?? []);
const LOOPBACK: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const clock = new ManualClock();

function senderOf(options: Partial<HttpSenderOptions> = {}): HttpWebhookSender {
  const sender = new HttpWebhookSender({ guard: new AddressGuard(HOSTS, LOOPBACK), clock, ...options });
  onTestFinished(() => sender.close());
  return sender;
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const receiver = async (handler: Handler) =>
  `http://127.0.0.1:${await listening(createServer(handler))}/hooks`;
const speaking = async (talk: (socket: Socket) => void) =>
  `http://127.0.0.1:${await listening(createTcpServer((socket) => socket.once('data', () => talk(socket))))}/`;
const request = (url: string) => ({ url, headers: { 'webhook-id': 'evt_1' }, body: '{"text":"Grüße"}' });

describe('HttpWebhookSender.send', () => {
  it('posts the body with its headers and returns status and text', async () => {
    const seen: unknown[] = [];
    const url = await receiver((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        seen.push(incoming.method, incoming.url, incoming.headers, Buffer.concat(chunks).toString());
        response.writeHead(202).end('tha\u0000nk\u001b[31ms');
      });
    });
    const answer = await senderOf().send(request(url));
    expect(answer).toEqual({ status: 202, retryAfterMs: null, excerpt: 'tha\ufffdnk\ufffd[31ms' });
    expect(seen).toEqual([
      'POST',
      '/hooks',
      expect.objectContaining({
        'webhook-id': 'evt_1',
        'content-type': 'application/json',
        'content-length': '18',
        'accept-encoding': 'identity',
        'user-agent': expect.stringMatching(/^Televisit/) as string,
      }),
      '{"text":"Grüße"}',
    ]);
  });

  it('reuses a connection, and opens a new one when the receiver has closed it', async () => {
    const sockets = new Set<Socket>();
    const url = await receiver(({ socket }, response) => {
      sockets.add(socket);
      response.end();
    });
    const sender = senderOf();
    for (let count = 0; count < 3; count++) await sender.send(request(url));
    expect(sockets.size).toBe(1);
    for (const socket of sockets) socket.resetAndDestroy();
    expect(await sender.send(request(url))).toMatchObject({ status: 200 });
    expect(sockets.size).toBe(2);
  });

  it('sends again when a reused connection breaks during the request', async () => {
    let requests = 0;
    const url = await receiver((incoming, response) => {
      requests++;
      if (requests === 2) incoming.socket.resetAndDestroy();
      else response.end();
    });
    const sender = senderOf();
    await sender.send(request(url));
    expect(await sender.send(request(url))).toMatchObject({ status: 200 });
    expect(requests).toBe(3);
  });

  it.each([301, 302, 303, 307, 308])('returns %i without following the redirect', async (status) => {
    const paths: unknown[] = [];
    const url = await receiver((incoming, response) => {
      paths.push(incoming.url);
      response.writeHead(status, { Location: '/elsewhere' }).end();
    });
    expect(await senderOf().send(request(url))).toMatchObject({ status });
    expect(paths).toEqual(['/hooks']);
  });

  it('returns the delay of Retry-After', async () => {
    const later = new Date(Math.ceil(clock.now() / 1000) * 1000 + 60_000);
    const values = ['120', later.toUTCString(), 'never'];
    const url = await receiver((_, response) =>
      response.writeHead(503, { 'Retry-After': values.shift() }).end(),
    );
    const sender = senderOf();
    const asked = [];
    for (let count = 0; count < 3; count++) asked.push((await sender.send(request(url))).retryAfterMs);
    expect(asked).toEqual([120_000, later.getTime() - clock.now(), null]);
  });

  it('keeps 1 KiB of the answer and reads at most 64 KiB', async () => {
    let closed = false;
    const url = await receiver((_, response) => {
      const chunk = Buffer.alloc(16 * 1024, 'ü');
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour).on('close', () => (closed = true));
      pour();
    });
    const { status, excerpt } = await senderOf().send(request(url));
    expect({ status, excerpt }).toEqual({ status: 200, excerpt: 'ü'.repeat(512) });
    await expect.poll(() => closed).toBe(true);
  });

  it('omits a cut-off character at the end of the excerpt', async () => {
    const url = await receiver((_, response) => response.end(`a${'ü'.repeat(1000)}`));
    expect((await senderOf().send(request(url))).excerpt).toBe(`a${'ü'.repeat(511)}`);
  });

  it.each<[string, Handler]>([
    ['never answers', () => undefined],
    [
      'drips headers',
      (_, response) => {
        const { socket } = response;
        socket?.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket?.write('X-A: b\r\n'), 20);
        socket?.on('close', () => clearInterval(drip));
      },
    ],
    [
      'drips a body',
      (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
    [
      'sends one 102 after the other',
      (_, response) => {
        const drip = setInterval(() => response.writeProcessing(), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('times out when the receiver %s', async (_, handler) => {
    let closed = false;
    const url = await receiver((incoming, response) => {
      incoming.socket.on('close', () => (closed = true));
      handler(incoming, response);
    });
    const sending = senderOf({ timeoutMs: 200 }).send(request(url));
    await expect(sending).rejects.toMatchObject({ name: 'SendError', code: 'timeout' });
    await expect.poll(() => closed).toBe(true);
  });

  it('times out when the name server does not answer', async () => {
    const guard = new AddressGuard([], () => new Promise(() => undefined));
    const sending = senderOf({ guard, timeoutMs: 100 }).send(request('https://example.org'));
    await expect(sending).rejects.toMatchObject({ code: 'timeout' });
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ['resets the connection', 'reset', (socket) => socket.resetAndDestroy()],
    ['closes it without an answer', 'reset', (socket) => socket.end()],
    ['closes it within the headers', 'reset', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
    [
      'closes it within the body',
      'reset',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
    ],
    [
      'switches the protocol',
      'reset',
      (socket) => socket.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    ],
    ['speaks no HTTP', 'protocol', (socket) => socket.end('220 mail.example.org ESMTP\r\n')],
    [
      'sends headers without end',
      'protocol',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(20_000)}`),
    ],
    [
      'sends two lengths',
      'protocol',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    ],
  ])('fails when the receiver %s', async (_, code, talk) => {
    await expect(senderOf().send(request(await speaking(talk)))).rejects.toMatchObject({
      name: 'SendError',
      code,
    });
  });

  it('fails when the port is closed', async () => {
    const server = createTcpServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(senderOf().send(request(`http://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'refused',
    });
  });

  it('connects to the checked address even if the name resolves to another one later', async () => {
    const url = new URL(await receiver((_, response) => response.end()));
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const guard = new AddressGuard([{ hostname: 'receiver.test', port: null }], () =>
      Promise.resolve((answers.shift() ?? []).map((address) => ({ address, family: 4 }))),
    );
    expect(await senderOf({ guard }).send(request(`http://receiver.test:${url.port}`))).toMatchObject({
      status: 200,
    });
    expect(answers).toHaveLength(1);
  });

  it.each([
    'https://rebound.test',
    'http://127.0.0.1',
    'https://2130706433',
    'https://[::1]',
    'ftp://a.test',
  ])('does not connect to %s', async (address) => {
    let connections = 0;
    const server = createTcpServer(() => connections++);
    const port = await listening(server);
    const sending = senderOf({ guard: new AddressGuard([], LOOPBACK) }).send(request(`${address}:${port}`));
    await expect(sending).rejects.toMatchObject({
      code: expect.stringMatching(/_forbidden$/) as string,
    });
    expect(connections).toBe(0);
  });
});

describe('HttpWebhookSender.send over TLS', () => {
  const tls = async (certificate: object) =>
    `https://localhost:${await listening(createTlsServer(certificate, (_, response) => response.end('ok')))}/`;

  it('accepts a trusted certificate', async () => {
    const answer = await senderOf({ ca: LOCALHOST.cert }).send(request(await tls(LOCALHOST)));
    expect(answer).toMatchObject({ status: 200, excerpt: 'ok' });
  });

  it('rejects an untrusted certificate, regardless of NODE_TLS_REJECT_UNAUTHORIZED', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    onTestFinished(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    });
    await expect(senderOf().send(request(await tls(LOCALHOST)))).rejects.toMatchObject({ code: 'tls' });
  });

  it('rejects the certificate of another name', async () => {
    const sending = senderOf({ ca: ELSEWHERE.cert }).send(request(await tls(ELSEWHERE)));
    await expect(sending).rejects.toMatchObject({ code: 'tls' });
  });

  it('rejects TLS versions before 1.2', async () => {
    const old = { ...LOCALHOST, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const sending = senderOf({ ca: LOCALHOST.cert }).send(request(await tls(old)));
    await expect(sending).rejects.toMatchObject({ code: 'tls' });
  });

  it('fails when the receiver does not speak TLS', async () => {
    const port = new URL(await receiver((_, response) => response.end())).port;
    await expect(senderOf().send(request(`https://localhost:${port}`))).rejects.toMatchObject({
      code: 'tls',
    });
  });
});

describe('HttpWebhookSender.close', () => {
  it('fails requests under way and rejects new ones', async () => {
    const url = await receiver(() => undefined);
    const sender = senderOf();
    const sending = sender.send(request(url));
    sender.close();
    sender.close();
    await expect(sending).rejects.toMatchObject({ code: 'closed' });
    await expect(sender.send(request(url))).rejects.toMatchObject({ code: 'closed' });
  });
});
