import process from 'node:process';
import { compose } from '@televisit/server/compose';
import { parseConfig } from '@televisit/server/config';
import { createLogger } from '@televisit/server/observability/logger';
import type { OutboxTimes } from '@televisit/server/webhooks/outbox';
import { INTERNAL_SECRET, TOKEN_SECRET } from '../infra/secrets.ts';

/** A server process that tries webhooks again after moments rather than hours. */
const times: Partial<OutboxTimes> = {
  pollMs: 1000,
  timeoutMs: 400,
  leaseMs: 4000,
  retry: { firstMs: 50, longestMs: 5000, windowMs: 60 * 60_000 },
};
process.once('disconnect', () => process.exit(1));
const config = parseConfig(process.env);
const secrets = { internal: [INTERNAL_SECRET], tokens: [TOKEN_SECRET] } as const;
const server = await compose(config, secrets, createLogger(config.logLevel), { webhookTimes: times });
process.send?.({ type: 'listening', url: server.url, localUrl: `http://localhost:${server.port}` });
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
