// npm run dev: runs the server, restarted at every change, and Vite's development server for the page, side by side.
import { join } from 'node:path';
import { ended, forwardSignals, start } from './processes.mjs';
import { setUpServer } from './setup/index.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';

await runMain(async () => {
  const env = await setUpServer({ client: false });
  // There is no load balancer that has to notice a restart.
  const serverEnv = { SHUTDOWN_DELAY_SECONDS: '0', ...env };
  const server = start(NODE, ['--watch', 'server/src/main.ts'], { cwd: ROOT, env: serverEnv });
  const page = start(NODE, [join(ROOT, 'node_modules/vite/bin/vite.js')], { cwd: join(ROOT, 'client'), env });
  forwardSignals(() => [server, page]);
  // Neither is useful without the other.
  const code = await Promise.race([ended(server), ended(page)]);
  server.kill('SIGTERM');
  page.kill('SIGTERM');
  await Promise.all(
    [server, page].filter((child) => child.exitCode === null && !child.signalCode).map(ended),
  );
  return code;
});
