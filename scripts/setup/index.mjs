import { ensureApiTools } from './api-tools.mjs';
import { ensureChromium, ensureExtras } from './browsers.mjs';
import { ensureClient } from './client.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureHelm } from './helm.mjs';
import { ensureMongo, mongoEnv } from './mongo.mjs';
import { productEnv } from './paths.mjs';
import { ensureS3Server, s3ServerEnv } from './s3-server.mjs';
import { ensureSpeechForTests, speechEnv } from './speech.mjs';
import { ensureWorker } from './worker.mjs';

/**
 * Performs the missing steps before a server can start, and nothing else.
 * @param {{ client?: boolean }} [options] `client: false` if the page is not needed
 * @returns {Promise<NodeJS.ProcessEnv>} the environment that the product runs in
 */
export async function setUpServer(options = {}) {
  await ensureDependencies();
  const worker = await ensureWorker();
  if (options.client !== false) await ensureClient();
  return { ...productEnv(), MEDIASOUP_WORKER_BIN: worker, ...speechEnv() };
}

/**
 * Performs the missing steps for tests and benches, which also need browsers, a MongoDB, an S3 server and Helm.
 * @param {{ apiTools?: boolean, speech?: boolean }} [options] `apiTools: false` if nothing generates API clients or fuzzes the
 *   API, `speech: false` if nothing transcribes speech
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function setUpTests(options = {}) {
  const env = await setUpServer();
  const chromium = await ensureChromium();
  const mongo = await ensureMongo();
  const s3Server = await ensureS3Server();
  return {
    ...env,
    CHROMIUM_BIN: chromium,
    ...mongoEnv(mongo),
    ...s3ServerEnv(s3Server),
    ...(await ensureHelm()),
    ...(await ensureExtras()),
    ...(options.speech === false ? {} : await ensureSpeechForTests()),
    ...(options.apiTools === false ? {} : await ensureApiTools()),
  };
}
