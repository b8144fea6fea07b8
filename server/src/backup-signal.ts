import process from 'node:process';
import type { Logger } from 'pino';

interface Server {
  /** Copies the database. @returns the file; null if the database is not in DATA_DIR */
  backUp(): Promise<string | null>;
}

/**
 * Copies the database whenever the process receives SIGUSR2, for a backup while visits are live. The log says when the copy is
 * complete. A signal that arrives before that is ignored.
 */
export function backUpOnSignal(server: Server, logger: Logger): void {
  let isRunning = false;
  process.on('SIGUSR2', () => {
    if (isRunning) return;
    isRunning = true;
    server
      .backUp()
      .then(
        (file) => {
          if (file !== null) logger.info({ file }, 'copied the database');
          else logger.warn('the database is not in DATA_DIR: back it up with its own tools');
        },
        (error: unknown) => logger.error({ err: error }, 'failed to copy the database'),
      )
      .finally(() => (isRunning = false));
  });
}
