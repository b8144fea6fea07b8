import process from 'node:process';
import { compose, type Overrides } from '@televisit/server/compose';
import { parseConfig } from '@televisit/server/config';
import { createLogger } from '@televisit/server/compose/environment';
import { SECRETS } from './settings.ts';

/** Serves in this process, a child of the test, with parts replaced; ends with SIGTERM or with the test. */
export async function serve(overrides: Overrides, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const config = parseConfig(env);
  const server = await compose(config, SECRETS, createLogger(config.logLevel), overrides);
  process.send?.({ type: 'listening', url: server.url, localUrl: `http://localhost:${server.port}` });
  process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
}
