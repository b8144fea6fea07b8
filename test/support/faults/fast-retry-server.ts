import { serve } from '../infra/serve.ts';

/** A server process that retries webhooks after milliseconds instead of hours. */
await serve({
  webhookTimes: {
    pollMs: 1000,
    timeoutMs: 400,
    leaseMs: 4000,
    retry: { firstMs: 50, longestMs: 5000, windowMs: 60 * 60_000 },
  },
});
