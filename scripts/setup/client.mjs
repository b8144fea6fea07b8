import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './digest.mjs';
import { cloneLock, withLock } from './lock.mjs';
import { NODE, productEnv, ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { step } from './step.mjs';

/** Sources of the page. */
const SOURCES = ['client', 'shared/src', 'package-lock.json'];
/** In the folder that Vite empties first, so an interrupted or a foreign build has none. */
const STAMP = 'client/dist/.stamp';

/** Builds the page, unless the existing build is of the current sources. */
export async function ensureClient(root = ROOT) {
  if (clientIsFresh(root)) return;
  await withLock(cloneLock('client', root), async () => {
    if (clientIsFresh(root)) return;
    await step('building the page', () => build(root));
  });
}

/** @param {string} root */
export function clientIsFresh(root) {
  const stamp = join(root, STAMP);
  if (!existsSync(stamp) || !existsSync(join(root, 'client/dist/index.html'))) return false;
  return readFileSync(stamp, 'utf8').trim() === sourceDigest(root);
}

/** @param {string} root */
export function sourceDigest(root) {
  return digest(root, SOURCES, isNoSource);
}

/** Tests and tool output do not affect the page. @param {string} path */
function isNoSource(path) {
  return /^client\/(dist|node_modules|\.vite)$|\.test\.tsx?$/.test(path);
}

/** @param {string} root */
async function build(root) {
  // Computed before the build: a file that is saved meanwhile makes the next start build again.
  const digestOfSources = sourceDigest(root);
  await run(NODE, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], {
    cwd: join(root, 'client'),
    // NODE_ENV of the shell is for the server; the page is always built for production.
    env: { ...productEnv(), NODE_ENV: 'production' },
    log: 'client-build',
    failure: 'The page could not be built.',
  });
  writeFileSync(join(root, STAMP), `${digestOfSources}\n`);
}
