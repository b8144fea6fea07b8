import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';

const WITHOUT_SECRET = { 'X-Internal-Secret': '' };

describe('a rate limit', () => {
  it('the limit of an internal secret answers 429 with Retry-After, and admits requests after that time', async () => {
    const server = await startServer({ env: { API_RATE_LIMIT: '5' } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.call('GET', '/sessions')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.body.code).toBe('too_many_requests');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await expect.poll(async () => (await server.call('GET', '/sessions')).status).toBe(200);
  });

  it('the limit of an address stops clients that guess secrets, and not the backend', async () => {
    const server = await startServer({ env: { ADDRESS_RATE_LIMIT: '40' } });
    const guess = () => server.call('GET', '/sessions', undefined, { 'X-Internal-Secret': 'guess' });
    const guesses = [];
    for (let index = 0; index < 6; index++) guesses.push((await guess()).status);
    expect(guesses).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await server.call('GET', '/sessions')).status).toBe(200);
  });

  it('the limit of an address counts clients behind a trusted proxy separately', async () => {
    const server = await startServer({ env: { ADDRESS_RATE_LIMIT: '2' } });
    const visit = (address: string) =>
      server.call('GET', '/api/v1/visits/sess_00000000', undefined, {
        ...WITHOUT_SECRET,
        'X-Forwarded-For': address,
      });
    const statuses = async (address: string) => {
      const found = [];
      for (let index = 0; index < 3; index++) found.push((await visit(address)).status);
      return found;
    };
    expect(await statuses('203.0.113.1')).toEqual([401, 401, 429]);
    expect(await statuses('203.0.113.2')).toEqual([401, 401, 429]);
    expect(await statuses('203.0.113.3:50001')).toEqual([401, 401, 429]);
    expect(await statuses('203.0.113.4:50001')).toEqual([401, 401, 429]);
    expect(await statuses('203.0.113.4:50002')).toEqual([429, 429, 429]);
    expect(await statuses('2001:db8::1')).toEqual([401, 401, 429]);
    expect(await statuses('[2001:db8:0:1::1]:50001')).toEqual([401, 401, 429]);
    expect(await statuses('2001:db8::2')).toEqual([429, 429, 429]);
  });

  it('the limit of an address applies before the request is read', async () => {
    const server = await startServer({ env: { ADDRESS_RATE_LIMIT: '3' } });
    const statuses = [];
    for (let index = 0; index < 5; index++) {
      const path = '/api/v1/visits/sess_00000000/feedback';
      statuses.push((await server.call('POST', path, '{', WITHOUT_SECRET)).status);
    }
    expect(statuses).toEqual([400, 400, 400, 429, 429]);
  });

  it('the limit of a user stops a client that keeps reconnecting, and no one else', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const link = await server.joinUrl(sessionId, 'patient');
    for (let index = 0; index < 60; index++) {
      (await ProtocolClient.connect(server, link)).socket.disconnect();
    }
    await expect(ProtocolClient.connect(server, link)).rejects.toMatchObject({
      code: 'too_many_requests',
    });
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    expect(doctor.socket.connected).toBe(true);
  });

  it('a limit of 0 limits nothing', async () => {
    const server = await startServer({ env: { API_RATE_LIMIT: '0', ADDRESS_RATE_LIMIT: '0' } });
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => server.call('GET', '/sessions', undefined, WITHOUT_SECRET)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });
});

describe('clients that never finish', () => {
  /** Opens a connection that sends `text`, then a byte now and then, and never what the server waits for. */
  function slow(port: number, text: string): { ended: Promise<void>; socket: Socket } {
    const socket = connect(port, '127.0.0.1');
    socket.write(text);
    const drip = setInterval(() => socket.write('x'), 500);
    socket.on('error', () => undefined);
    socket.resume();
    const ended = new Promise<void>((resolve) =>
      socket.once('close', () => {
        clearInterval(drip);
        resolve();
      }),
    );
    onTestFinished(() => void socket.destroy());
    return { ended, socket };
  }

  it('slow headers or bodies (slow loris) are cut off, and other clients are answered meanwhile', async () => {
    const server = await startServer({ httpTimeouts: { headersMs: 2000, requestMs: 3000 } });
    const { port } = server.televisit;
    const connections = Array.from({ length: 300 }, (_, index) =>
      slow(
        port,
        index % 2 === 0
          ? 'POST /sessions HTTP/1.1\r\nHost: x\r\nX-Slow: '
          : 'POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{',
      ),
    );
    let open = connections.length;
    for (const { ended } of connections) void ended.then(() => (open -= 1));
    const times: number[] = [];
    while (open > 0) {
      const asked = performance.now();
      await server.createVisit();
      times.push(performance.now() - asked);
    }
    expect(times.length).toBeGreaterThan(10);
    expect(Math.max(...times)).toBeLessThan(2000);
  });

  it('an upload has more time than other requests', async () => {
    const server = await startServer({ httpTimeouts: { headersMs: 1000, requestMs: 1000 } });
    const { sessionId } = await server.createVisit();
    await server.televisit.sessions.enter(sessionId, 'patient');
    const token = tokenOf(await server.joinUrl(sessionId, 'patient'));
    const send = (path: string, type: string) => {
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n`;
      const { socket, ended } = slow(
        server.televisit.port,
        `${head}Content-Type: ${type}\r\nContent-Length: 5\r\n\r\n{`,
      );
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      return ended.then(() => answer);
    };
    const [feedback, file] = await Promise.all([
      send(`/api/v1/visits/${sessionId}/feedback`, 'application/json'),
      send(`/api/v1/visits/${sessionId}/files`, 'text/plain'),
    ]);
    expect(feedback).toMatch(/^HTTP\/1.1 408 /);
    expect(file).toMatch(/^HTTP\/1.1 201 /);
  });
});
