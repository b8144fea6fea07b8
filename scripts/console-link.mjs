// npm run console:link: prints a one-time link that logs in to the operator console as admin.
import { ended, forwardSignals, start } from './processes.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { NODE, ROOT, productEnv } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';

await runMain(async () => {
  await ensureDependencies();
  const program = start(NODE, ['server/src/console-link.ts'], { cwd: ROOT, env: productEnv() });
  forwardSignals(() => [program]);
  return ended(program);
});
