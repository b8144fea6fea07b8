// npm start: sets up what is missing, starts the server and, outside production, a demo visit.
import { createDemoVisit, demoText } from './demo.mjs';
import { ended, forwardSignals, start } from './processes.mjs';
import { setUpServer } from './setup/index.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';

await runMain(async () => {
  const env = await setUpServer();
  // The server reports over the IPC channel when it listens.
  const server = start(NODE, ['server/src/main.ts'], { cwd: ROOT, env, ipc: true });
  forwardSignals(() => [server]);
  server.on('message', (message) => void greet(message));
  return ended(server);
});

/** @param {any} message `{ type: 'listening', url, localUrl?, internalSecret? }`; no secret in production */
async function greet(message) {
  if (message?.type !== 'listening' || !message.internalSecret || process.env['NODE_ENV'] === 'production')
    return;
  // The public address may be a proxy that is not up yet, or not reachable from here.
  const localUrl = message.localUrl ?? message.url;
  try {
    process.stdout.write(demoText(await createDemoVisit(localUrl, message.internalSecret)));
  } catch (error) {
    process.stderr.write(`failed to create the demo visit: ${/** @type {Error} */ (error).message}\n`);
  }
}
