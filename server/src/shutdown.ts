import process from 'node:process';
import type { Logger } from 'pino';
import type { Televisit } from './compose.ts';

/** The longest time for a clean close, in milliseconds; after that the process exits with an error. */
const CLOSE_DEADLINE_MS = 9500;

/** Ends the process when the operating system or an operator asks for it. */
export interface Shutdown {
  /** Sets the server to close, once it runs. */
  watch(server: Televisit): void;
}

/**
 * Installs the signal handlers; without them Node.js would exit without closing rooms and the database. The first SIGTERM moves
 * rooms to other processes, for `drainSeconds` at most, and then closes cleanly. SIGINT closes at once, and so does the end of
 * a parent process with an IPC channel (npm start). A second signal ends the process.
 */
export function shutdownOnSignal(drainSeconds: number, logger: Logger): Shutdown {
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
  const handle = (signal: string, seconds: number) => {
    if (isRequested) process.exit(1);
    isRequested = true;
    logger.info({ signal }, 'closing');
    Promise.resolve(seconds > 0 ? server?.drain(seconds) : undefined)
      .catch((error: unknown) => logger.error({ err: error }, 'failed to drain'))
      .finally(close);
  };
  process.once('disconnect', () => handle('disconnect', 0));
  process.on('SIGTERM', () => handle('SIGTERM', drainSeconds));
  process.on('SIGINT', () => handle('SIGINT', 0));
  return {
    watch: (televisit) => {
      server = televisit;
      // An operator drained all of its nodes.
      void televisit.drained.then(close);
    },
  };
}
