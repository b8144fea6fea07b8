import process from 'node:process';
import type { Logger } from 'pino';
import type { Televisit } from './compose.ts';

/** After this long a clean close is given up, in milliseconds. */
const CLOSE_DEADLINE_MS = 4500;

/** What becomes of the process when the operating system, or an operator over the API, asks it to end. */
export interface Ending {
  /** The server is there: it is what has to be closed. */
  begin(server: Televisit): void;
}

/**
 * The first SIGTERM moves visits to other servers, if there are any, for `drainSeconds` at most, and closes cleanly then;
 * SIGINT closes at once, and so does the end of whoever started us with a channel (npm start). The second signal ends the
 * process. Without handlers of our own Node would leave rooms and the database as they are.
 */
export function endOnSignal(drainSeconds: number, logger: Logger): Ending {
  let server: Televisit | undefined;
  let asked = false;
  let closing = false;
  const close = () => {
    if (closing) return;
    closing = true;
    setTimeout(() => {
      logger.error('could not close in time');
      process.exit(1);
    }, CLOSE_DEADLINE_MS).unref();
    Promise.resolve(server?.close()).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'closing failed');
        process.exit(1);
      },
    );
  };
  const handle = (signal: string, seconds: number) => {
    if (asked) process.exit(1);
    asked = true;
    logger.info({ signal }, 'closing');
    Promise.resolve(seconds > 0 ? server?.drain(seconds) : undefined)
      .catch((error: unknown) => logger.error({ err: error }, 'visits could not be moved'))
      .finally(close);
  };
  process.once('disconnect', () => handle('disconnect', 0));
  process.on('SIGTERM', () => handle('SIGTERM', drainSeconds));
  process.on('SIGINT', () => handle('SIGINT', 0));
  return {
    begin: (televisit) => {
      server = televisit;
      // All of its nodes were drained over the API.
      void televisit.drained.then(close);
    },
  };
}
