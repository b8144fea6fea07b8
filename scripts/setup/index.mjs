import { ensureChromium, ensureExtras } from './browsers.mjs';
import { ensureClient } from './client.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { productEnv } from './paths.mjs';
import { ensureWorker } from './worker.mjs';

/**
 * Does whatever is left to do before a server can start, and nothing else.
 * @param {{ client?: boolean }} [options] `client: false` when nothing of the page is needed
 * @returns {Promise<NodeJS.ProcessEnv>} the environment that the product runs in
 */
export async function setUpServer(options = {}) {
  await ensureDependencies();
  const worker = await ensureWorker();
  if (options.client !== false) await ensureClient();
  return { ...productEnv(), MEDIASOUP_WORKER_BIN: worker };
}

/**
 * The same for the tests, which need browsers too.
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function setUpTests() {
  const env = await setUpServer();
  const chromium = await ensureChromium();
  return { ...env, CHROMIUM_BIN: chromium, ...(await ensureExtras()) };
}
