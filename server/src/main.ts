import process from 'node:process';
import { config as loadDotenv } from 'dotenv';
import type { Logger } from 'pino';
import { developmentSecret } from './access/development-secret.ts';
import { compose, type Secrets, type Televisit } from './compose.ts';
import { ConfigError, parseConfig, type Config } from './config.ts';
import { createLogger } from './observability/logger.ts';

/** After this long a clean close is given up, in milliseconds. */
const CLOSE_DEADLINE_MS = 4500;

async function main(): Promise<void> {
  loadDotenv({ quiet: true });
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel);
  const secrets = secretsOf(config, logger);
  const ending = endOnSignal(config.drainSeconds, logger);
  const server = await compose(config, secrets, logger);
  ending.server = server;
  // Asked for over the API.
  void server.drained.then(() => ending.close());
  logger.info({ url: server.url, port: server.port, nodes: config.sfuNodes }, 'listening');
  process.send?.({
    type: 'listening',
    url: server.url,
    localUrl: `http://localhost:${server.port}`,
    // Whoever started us in development gets to call the API; in production that is told to nobody.
    ...(config.production ? {} : { internalSecret: secrets.internal[0] }),
  });
}

function secretsOf(config: Config, logger: Logger): Secrets {
  const secret = (given: string | null, name: string) => {
    if (given) return given;
    const { secret: own, file, made } = developmentSecret(config.dataDir, name);
    logger.info({ file }, made ? 'made a random secret' : 'using the random secret of an earlier start');
    return own;
  };
  const previous = (given: string | null) => (given ? [given] : []);
  return {
    internal: [secret(config.internalSecret, 'internal-secret'), ...previous(config.internalSecretPrevious)],
    tokens: [secret(config.videoJwtSecret, 'video-jwt-secret'), ...previous(config.videoJwtSecretPrevious)],
  };
}

/** What the signals of the operating system act on, as soon as it is there. */
interface Ending {
  server?: Televisit;
  /** Closes cleanly, in an order that tells people before their media ends, and ends the process. */
  close(): void;
}

/**
 * The first SIGTERM moves visits to other servers, if there are any, and closes cleanly then; SIGINT closes at once. The
 * second signal ends the process. Without handlers of our own Node would leave rooms and the database as they are.
 */
function endOnSignal(drainSeconds: number, logger: Logger): Ending {
  let asked = false;
  let closing = false;
  const ending: Ending = {
    close: () => {
      if (closing) return;
      closing = true;
      setTimeout(() => {
        logger.error('could not close in time');
        process.exit(1);
      }, CLOSE_DEADLINE_MS).unref();
      exitAfter(Promise.resolve(ending.server?.close()), logger);
    },
  };
  const handle = (signal: string, seconds: number) => {
    if (asked) process.exit(1);
    asked = true;
    logger.info({ signal }, 'closing');
    Promise.resolve(seconds > 0 ? ending.server?.drain(seconds) : undefined)
      .catch((error: unknown) => logger.error({ err: error }, 'visits could not be moved'))
      .finally(() => ending.close());
  };
  // Whoever started us with a channel (npm start) and is gone now can't stop us any more.
  process.once('disconnect', () => handle('disconnect', 0));
  process.on('SIGTERM', () => handle('SIGTERM', drainSeconds));
  process.on('SIGINT', () => handle('SIGINT', 0));
  return ending;
}

function exitAfter(closing: Promise<void>, logger: Logger): void {
  closing.then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, 'closing failed');
      process.exit(1);
    },
  );
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  process.exit(1);
});
