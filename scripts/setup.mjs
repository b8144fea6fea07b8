// Usage: node scripts/setup.mjs [--tests | --worker]
// Performs the set-up without starting anything. `--tests` includes the browsers; `--worker` omits the page, as the
// build of the container image does.
import { setUpServer, setUpTests } from './setup/index.mjs';
import { note, runMain } from './setup/step.mjs';

await runMain(async () => {
  const tests = process.argv.includes('--tests');
  const env = tests ? await setUpTests() : await setUpServer({ client: !process.argv.includes('--worker') });
  note(`ready; the mediasoup worker is ${env['MEDIASOUP_WORKER_BIN']}`);
  return 0;
});
