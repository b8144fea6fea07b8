import process from 'node:process';
import { systemClock, type Clock } from '@televisit/server/core/clock';
import { serve } from '../infra/serve.ts';

/**
 * A server process whose clock is off by `CLOCK_OFFSET_MS`, and whose leases of mails and of text and push messages last
 * `MAIL_LEASE_MS` and `NOTIFICATION_LEASE_MS`.
 */
const { CLOCK_OFFSET_MS = '0', MAIL_LEASE_MS, NOTIFICATION_LEASE_MS, ...env } = process.env;
const offset = Number(CLOCK_OFFSET_MS);
const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
await serve(
  {
    clock,
    ...(MAIL_LEASE_MS === undefined ? {} : { mailLeaseMs: Number(MAIL_LEASE_MS) }),
    ...(NOTIFICATION_LEASE_MS === undefined ? {} : { notificationLeaseMs: Number(NOTIFICATION_LEASE_MS) }),
  },
  env,
);
