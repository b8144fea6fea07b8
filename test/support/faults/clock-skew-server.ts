import process from 'node:process';
import { compose } from '@televisit/server/compose';
import { parseConfig } from '@televisit/server/config';
import { systemClock, type Clock } from '@televisit/server/domain/clock';
import { createLogger } from '@televisit/server/observability/logger';
import { INTERNAL_SECRET, TOKEN_SECRET } from '../infra/secrets.ts';

/** A server process whose clock is off by `CLOCK_OFFSET_MS`, and whose mail is its own for `MAIL_LEASE_MS` only. */
const { CLOCK_OFFSET_MS = '0', MAIL_LEASE_MS, ...env } = process.env;
const offset = Number(CLOCK_OFFSET_MS);
const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
const config = parseConfig(env);
const server = await compose(
  config,
  { internal: [INTERNAL_SECRET], tokens: [TOKEN_SECRET] },
  createLogger(config.logLevel),
  { clock, ...(MAIL_LEASE_MS === undefined ? {} : { mailLeaseMs: Number(MAIL_LEASE_MS) }) },
);
process.send?.({ type: 'listening', url: server.url, localUrl: `http://localhost:${server.port}` });
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
process.once('disconnect', () => process.exit(1));
