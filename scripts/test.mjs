// npm test: sets up what is missing and runs every test. Arguments go to Vitest: npm test -- --project unit
import { setUpTests } from './setup/index.mjs';
import { runMain } from './setup/step.mjs';
import { runVitest } from './vitest.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  const env = await setUpTests();
  // `npm run chaos` has minutes of random failures.
  const all = args.some((arg) => arg.startsWith('--project')) ? [] : ['--project=!chaos-long'];
  return runVitest(env, [...all, ...args]);
});
