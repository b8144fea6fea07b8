import process from 'node:process';
import { config as loadDotenv } from 'dotenv';
import type { Logger } from 'pino';
import { developmentSecret } from './access/secrets.ts';
import { compose, type Secrets } from './compose.ts';
import { createLogger } from './compose/environment.ts';
import { ConfigError, parseConfig, type Config } from './config.ts';
import { backUpOnSignal } from './backup-signal.ts';
import { AnnouncedAddressError } from './media/announced-addresses.ts';
import { shutdownOnSignal } from './shutdown.ts';

async function main(): Promise<void> {
  loadDotenv({ quiet: true });
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel);
  const secrets = secretsOf(config, logger);
  const shutdown = shutdownOnSignal(config, logger);
  const server = await compose(config, secrets, logger);
  shutdown.watch(server);
  backUpOnSignal(server, logger);
  logger.info({ url: server.url, port: server.port, nodes: config.sfuNodes }, 'listening');
  process.send?.({
    type: 'listening',
    url: server.url,
    localUrl: `http://localhost:${server.port}`,
    // In development the parent process gets to call the API.
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
    recordings:
      config.production && !config.recording.key
        ? []
        : [secret(config.recording.key, 'recording-key'), ...previous(config.recording.previousKey)],
    tokens: [secret(config.videoJwtSecret, 'video-jwt-secret'), ...previous(config.videoJwtSecretPrevious)],
  };
}

/** Returns whether the message alone tells the operator what to change. */
function isSettingsError(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof AnnouncedAddressError;
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${isSettingsError(error) ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  process.exit(1);
});
