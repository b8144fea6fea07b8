import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { driverConnection, patchDriver } from './patch-driver.ts';

/** Opens a driver connection to a server that reads nothing. */
async function opened() {
  const server = createServer((socket) => socket.pause()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  const options = { id: 1, generation: 0, hostAddress: `127.0.0.1:${port}` };
  return { socket, connection: new (driverConnection())(socket, options) };
}

const ADMIN = { db: 'admin' };
const CLOSED = /connection to \S+ closed/;

describe('patchDriver', () => {
  it('fails a command when the socket is destroyed but has not emitted close yet', async () => {
    const { socket, connection } = await opened();
    patchDriver();
    socket.destroy();
    await expect(connection.command(ADMIN, { ping: 1 }, {})).rejects.toThrow(CLOSED);
  });

  it('fails a command when the socket is destroyed during the write', async () => {
    const { socket, connection } = await opened();
    patchDriver();
    const writing = connection.command(ADMIN, { ping: 'a'.repeat(15_000_000) }, {});
    await expect.poll(() => socket.writableNeedDrain).toBe(true);
    socket.destroy();
    await expect(writing).rejects.toThrow(CLOSED);
  });

  it('leaves no listener on the socket', async () => {
    const { socket, connection } = await opened();
    patchDriver();
    const before = socket.listenerCount('close');
    connection.command(ADMIN, { ping: 1 }, {}).catch(() => undefined);
    await expect.poll(() => socket.bytesWritten).toBeGreaterThan(0);
    await expect.poll(() => socket.listenerCount('close')).toBe(before);
  });
});
