import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import mongoose from 'mongoose';

/** What is relied on of the driver's connections. */
interface DriverConnection {
  readonly address: string;
  readonly socket: Socket;
  writeCommand: (...what: unknown[]) => Promise<void>;
  /** @throws MongoNetworkError */
  command(namespace: { readonly db: string }, command: object, options: object): Promise<unknown>;
}

interface DriverConnectionClass {
  readonly prototype: DriverConnection;
  new (socket: Socket, options: object): DriverConnection;
}

/** The class of the driver's connections (`lib/cmap/connection.js` of `mongodb`, as mongoose has it). */
export function driverConnection(): DriverConnectionClass {
  const ofMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  return (ofMongoose('mongodb/lib/cmap/connection.js') as { Connection: DriverConnectionClass }).Connection;
}

let mended = false;

/**
 * Lets writes of the MongoDB driver fail with their socket. Where a socket is destroyed before or during a write, the driver
 * (7.8, 7.9) waits for a 'drain' that never comes: the operation has no end, and where it was the driver's own look at the
 * server, it never looks again, and whatever is asked of it fails until the process ends. That happens in a process that is
 * busy when its database goes away. Idempotent.
 */
export function mendWrites(): void {
  if (mended) return;
  mended = true;
  const { prototype } = driverConnection();
  const write = prototype.writeCommand;
  prototype.writeCommand = async function (this: DriverConnection, ...what: unknown[]) {
    const { socket, address } = this;
    const closed = Promise.withResolvers<never>();
    const close = () =>
      closed.reject(new mongoose.mongo.MongoNetworkError(`connection to ${address} closed`));
    if (socket.destroyed) close();
    socket.once('close', close);
    try {
      await Promise.race([closed.promise, write.apply(this, what)]);
    } finally {
      socket.off('close', close);
    }
  };
}
