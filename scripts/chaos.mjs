// npm run chaos: servers, workers, Redis and the database fail at random under running visits, for CHAOS_MINUTES minutes (10)
// with CHAOS_VISITS visits (40), in the order that CHAOS_SEED gives; the server of a video is killed CHAOS_KILLS times (10). Arguments
// go to Vitest.
import { setUpTests } from './setup/index.mjs';
import { runMain } from './setup/step.mjs';
import { runVitest } from './vitest.mjs';

await runMain(async () =>
  runVitest(await setUpTests({ apiTools: false }), ['--project=chaos-long', ...process.argv.slice(2)]),
);
