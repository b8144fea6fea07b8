import { createServer } from 'node:net';
import { sleep, type Clock } from '../../core/clock.ts';
import { CompositionError } from './composition-error.ts';

/** How often a process asks for a lock that another one has, in milliseconds. */
const RETRY_MS = 500;

/**
 * Takes a lock that one process on this machine (one network namespace) has at a time, and waits for it. It is a socket in Linux's
 * abstract namespace, so the kernel releases it with its process, however that ends.
 * @throws {CompositionError} `aborted`
 */
export async function lockMachine(name: string, clock: Clock, signal: AbortSignal): Promise<AsyncDisposable> {
  for (;;) {
    if (signal.aborted) throw new CompositionError('aborted');
    const lock = await tryLock(name);
    if (lock) return lock;
    await sleep(clock, RETRY_MS);
  }
}

async function tryLock(name: string): Promise<AsyncDisposable | null> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  server.once('listening', () => resolve(true));
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') resolve(false);
    else reject(error);
  });
  server.listen(`\0televisit-${name}`);
  if (!(await promise)) return null;
  return {
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  };
}
