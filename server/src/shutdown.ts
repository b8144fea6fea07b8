import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Televisit } from './compose.ts';
import type { Config } from './config.ts';

/** The longest time for a clean close, in milliseconds; after that the process exits with an error. */
const CLOSE_DEADLINE_MS = 9500;

/** Ends the process when the operating system or an operator asks for it. */
export interface Shutdown {
  /** Sets the server to close, once it runs. */
  watch(server: Televisit): void;
}

type Times = Pick<Config, 'shutdownDelaySeconds' | 'drainSeconds'>;

/**
 * Installs the signal handlers; without them Node.js would exit without closing rooms and the database. After the first SIGTERM
 * the server is unready and serves for `shutdownDelaySeconds`, moves rooms to other processes for `drainSeconds` at most, and
 * then closes cleanly. SIGINT closes at once, and so does the end of a parent process with an IPC channel (npm start). A second
 * signal ends the process.
 */
export function shutdownOnSignal(times: Times, logger: Logger): Shutdown {
  let server: Televisit | undefined;
  let isRequested = false;
  let isClosing = false;
  const close = () => {
    if (isClosing) return;
    isClosing = true;
    setTimeout(() => {
      logger.error('failed to close in time');
      process.exit(1);
    }, CLOSE_DEADLINE_MS).unref();
    Promise.resolve(server?.close()).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'failed to close');
        process.exit(1);
      },
    );
  };
  const handle = (signal: string, leave: () => Promise<void>) => {
    if (isRequested) process.exit(1);
    isRequested = true;
    logger.info({ signal }, 'closing');
    leave()
      .catch((error: unknown) => logger.error({ err: error }, 'failed to drain'))
      .finally(close);
  };
  const retire = async () => {
    if (!server) return;
    server.retire();
    await wait(times.shutdownDelaySeconds * 1000);
  };
  const orderly = async () => {
    await retire();
    if (times.drainSeconds > 0) await server?.drain(times.drainSeconds);
  };
  const atOnce = () => Promise.resolve();
  process.once('disconnect', () => handle('disconnect', atOnce));
  process.on('SIGTERM', () => handle('SIGTERM', orderly));
  process.on('SIGINT', () => handle('SIGINT', atOnce));
  return {
    watch: (televisit) => {
      server = televisit;
      // An operator drained all of its nodes. If the process is shutting down already, load balancers have been given time.
      void televisit.drained.then(() => (isRequested ? undefined : retire())).then(close);
    },
  };
}
