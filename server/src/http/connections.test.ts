import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Connections } from './connections.ts';

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Starts a server that handles each request with `handle`. */
async function started(handle: (path: string, response: ServerResponse) => void, timeout = 0) {
  const server = createServer({ keepAliveTimeout: timeout });
  server.timeout = timeout;
  const connections = new Connections(server, (request, response) => handle(request.url ?? '', response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const open = (): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    return socket;
  };
  return { connections, open };
}

/** Collects what a connection receives. */
function received(socket: Socket): () => string {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

describe('Connections', () => {
  it('handle the requests of one connection in turn', async () => {
    const handled: string[] = [];
    const responses: ServerResponse[] = [];
    const { open } = await started((path, response) => {
      handled.push(path);
      responses.push(response);
    });
    const socket = open();
    const text = received(socket);
    socket.write(GET('/a') + GET('/b') + GET('/c'));
    await expect.poll(() => handled).toEqual(['/a']);
    responses[0]?.end('first');
    await expect.poll(() => handled).toEqual(['/a', '/b']);
    responses[1]?.end('second');
    await expect.poll(() => handled).toEqual(['/a', '/b', '/c']);
    expect(text()).toMatch(/first.*second/s);
  });

  it('handle the requests of different connections at the same time', async () => {
    const handled: string[] = [];
    const { open } = await started((path) => handled.push(path));
    open().write(GET('/a'));
    open().write(GET('/b'));
    await expect.poll(() => handled.sort()).toEqual(['/a', '/b']);
  });

  it('handle no further request of a client that has disconnected', async () => {
    const handled: string[] = [];
    const closed: string[] = [];
    const { open } = await started((path, response) => {
      handled.push(path);
      response.once('close', () => closed.push(path));
    });
    const socket = open();
    socket.write(GET('/a') + GET('/b'));
    await expect.poll(() => handled).toEqual(['/a']);
    socket.destroy();
    await expect.poll(() => closed).toEqual(['/a']);
    expect(handled).toEqual(['/a']);
  });

  it('disconnect a client that does not wait for responses', async () => {
    const { open } = await started(() => undefined);
    const socket = open();
    socket.write(GET('/').repeat(33));
    await once(socket, 'close');
  });

  it('disconnect a client that does not read, and keep one that waits for a response', async () => {
    const responses = new Map<string, ServerResponse>();
    const { open } = await started((path, response) => {
      responses.set(path, response);
      if (path === '/large') response.end(Buffer.alloc(32 * 1024 * 1024));
    }, 300);
    const waiting = open();
    const text = received(waiting);
    waiting.write(GET('/slow'));
    const unread = open();
    unread.pause();
    unread.write(GET('/large'));
    await expect.poll(() => responses.get('/large')?.destroyed).toBe(true);
    responses.get('/slow')?.end('done');
    await expect.poll(text).toContain('done');
    // Then it is idle.
    await once(waiting, 'close');
  });
});

describe('Connections.finish', () => {
  it('waits for requests under way, and closes their connections after the response', async () => {
    const responses: ServerResponse[] = [];
    const { connections, open } = await started((_, response) => responses.push(response));
    const socket = open();
    const text = received(socket);
    socket.write(GET('/'));
    await expect.poll(() => responses.length).toBe(1);
    let isFinished = false;
    const finishing = connections.finish(60_000).then(() => (isFinished = true));
    // A request that arrives meanwhile is answered, too.
    const late = open();
    late.write(GET('/'));
    await expect.poll(() => responses.length).toBe(2);
    expect(isFinished).toBe(false);
    for (const response of responses) response.end('done');
    await finishing;
    await once(socket, 'close');
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n/);
  });

  it('resolves at once without requests, and otherwise after the given time at the latest', async () => {
    const responses: ServerResponse[] = [];
    const { connections, open } = await started((_, response) => responses.push(response));
    await connections.finish(60_000);
    open().write(GET('/'));
    await expect.poll(() => responses.length).toBe(1);
    await connections.finish(10);
    expect(responses[0]?.writableEnded).toBe(false);
  });
});
