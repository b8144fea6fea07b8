import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import mongoose from 'mongoose';

/** The members of the driver's connections that the patch uses. */
interface DriverConnection {
  readonly address: string;
  readonly socket: Socket;
  /** Missing if a new version of the driver has renamed it. */
  writeCommand?: (...args: unknown[]) => Promise<void>;
  /** @throws MongoNetworkError */
  command(namespace: { readonly db: string }, command: object, options: object): Promise<unknown>;
}

interface DriverConnectionClass {
  readonly prototype: DriverConnection;
  new (socket: Socket, options: object): DriverConnection;
}

/** Returns the connection class of the driver (`lib/cmap/connection.js` of the `mongodb` that mongoose uses). */
export function driverConnection(): DriverConnectionClass {
  const ofMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  return (ofMongoose('mongodb/lib/cmap/connection.js') as { Connection: DriverConnectionClass }).Connection;
}

let patched = false;

/**
 * Makes writes of the MongoDB driver fail when their socket is destroyed. Without it, the driver (7.8, 7.9) waits for a
 * 'drain' event that never comes and the operation hangs. If the operation was a check of the server monitor, the
 * monitor stops, and all operations fail until the process ends. This happens in a busy process whose database goes
 * away; see `docs/decisions/2026-11-22-patched-mongodb-driver.md`. Idempotent.
 * @throws if the driver does not have the method to patch
 */
export function patchDriver(): void {
  if (patched) return;
  const { prototype } = driverConnection();
  const { writeCommand: write } = prototype;
  if (!write) throw new Error('This version of the MongoDB driver has no Connection.writeCommand to patch.');
  patched = true;
  prototype.writeCommand = async function (this: DriverConnection, ...args: unknown[]) {
    const { socket, address } = this;
    const closed = Promise.withResolvers<never>();
    const close = () =>
      closed.reject(new mongoose.mongo.MongoNetworkError(`connection to ${address} closed`));
    if (socket.destroyed) close();
    socket.once('close', close);
    try {
      await Promise.race([closed.promise, write.apply(this, args)]);
    } finally {
      socket.off('close', close);
    }
  };
}
