// Usage: node scripts/setup.mjs [--tests | --worker] [--speech]
// Performs the set-up without starting anything. `--tests` includes the browsers and the speech engines; `--worker` omits the
// page, as the build of the container image does. `--speech` installs the engines of captions and transcripts.
import { setUpServer, setUpTests } from './setup/index.mjs';
import { ensureSpeech } from './setup/speech.mjs';
import { note, runMain } from './setup/step.mjs';

await runMain(async () => {
  const tests = process.argv.includes('--tests');
  const env = tests ? await setUpTests() : await setUpServer({ client: !process.argv.includes('--worker') });
  if (process.argv.includes('--speech')) note(`the speech engines are in ${await ensureSpeech()}`);
  note(`ready; the mediasoup worker is ${env['MEDIASOUP_WORKER_BIN']}`);
  return 0;
});
