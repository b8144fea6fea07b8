// npm run doctor [-- CHECK...]: checks what the server of this environment depends on, and prints a remedy for each failure.
import { ended, forwardSignals, start } from './processes.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { NODE, ROOT, productEnv } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';

await runMain(async () => {
  await ensureDependencies();
  const args = ['server/src/doctor.ts', ...process.argv.slice(2)];
  const doctor = start(NODE, args, { cwd: ROOT, env: productEnv() });
  forwardSignals(() => [doctor]);
  return ended(doctor);
});
