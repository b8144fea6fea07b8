import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BUILD_PACKAGES } from '../mediasoup-worker/recipe.mjs';
import { digest } from './digest.mjs';
import { withLock } from './lock.mjs';
import { ensurePackages, isExecutable, systemName } from './packages.mjs';
import { cacheFolder, ROOT } from './paths.mjs';
import { onInterrupt } from './run.mjs';
import { SetupError, step } from './step.mjs';
import { buildWorker, RECIPE } from './worker-build.mjs';
import { downloadWorker, prebuiltUrl } from './worker-download.mjs';

/** Exit code of a worker that runs without a version (`main.cpp`); anything else is a broken binary. */
const RUNS_EXIT_CODE = 41;

/**
 * Returns the path of a mediasoup worker that runs on this machine, in this order: the one of MEDIASOUP_WORKER_BIN, a
 * cached one, the official prebuilt, one built here.
 * @param {NodeJS.ProcessEnv} env
 */
export async function ensureWorker(env = process.env, root = ROOT) {
  const given = env['MEDIASOUP_WORKER_BIN'];
  if (given) return givenWorker(given);

  const packageFolder = join(root, 'node_modules/mediasoup');
  const mediasoup = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const cached = cachePaths(cacheFolder(env), mediasoup.version, recipeDigest(root));
  const present = () => [cached.prebuilt, cached.built].find(workerRuns);

  const locked = () =>
    withLock(
      'mediasoup-worker',
      async () => present() ?? (await obtain(mediasoup, packageFolder, cached, env)),
      join(cacheFolder(env), 'locks'),
    );
  return present() ?? (await locked());
}

/**
 * @param {{ version: string, repository: { url: string } }} mediasoup
 * @param {string} packageFolder
 * @param {{ prebuilt: string, built: string }} cached
 * @param {NodeJS.ProcessEnv} env
 */
async function obtain(mediasoup, packageFolder, cached, env) {
  mkdirSync(dirname(cached.built), { recursive: true });
  if (!env['MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD']) {
    const url = prebuiltUrl(mediasoup, env);
    const came = await step(`looking for the prebuilt mediasoup worker at ${new URL(url).host}`, () =>
      intoCache(cached.prebuilt, (file) => downloadWorker(url, file)),
    );
    if (came) return cached.prebuilt;
  }
  await ensurePackages(BUILD_PACKAGES, 'build the mediasoup worker, because no prebuilt one is available');
  // A cached one may only have lacked the libraries that came with these packages.
  if (workerRuns(cached.built)) return cached.built;
  const built = await step('building the mediasoup worker (some minutes, once)', () =>
    intoCache(cached.built, async (file) => {
      await buildWorker(packageFolder, file);
      return true;
    }),
  );
  if (!built) throw new SetupError('The mediasoup worker was built, but does not run on this machine.');
  return cached.built;
}

/**
 * Returns the paths of the binaries in the cache. One that is built here also depends on the recipe and the system's
 * libraries.
 * @param {string} folder
 * @param {string} version of mediasoup
 * @param {string} recipe digest of the recipe
 */
export function cachePaths(folder, version, recipe, system = systemName()) {
  const base = `mediasoup-worker-${version}-${process.platform}-${process.arch}`;
  return {
    prebuilt: join(folder, `${base}-prebuilt`),
    built: join(folder, `${base}-${system}-${recipe.slice(0, 12)}`),
  };
}

/** @param {string} [root] */
export function recipeDigest(root = ROOT) {
  return digest(root, [RECIPE]);
}

/**
 * Puts a worker into the cache in one step, if it runs.
 * @param {string} target
 * @param {(file: string) => Promise<boolean>} make writes the binary to `file`; false if there is none
 */
export async function intoCache(target, make) {
  const file = `${target}.new-${process.pid}`;
  const remove = () => rmSync(file, { force: true });
  const keep = onInterrupt(remove);
  try {
    if (!(await make(file))) return false;
    chmodSync(file, 0o755);
    if (!workerRuns(file)) return false;
    renameSync(file, target);
    return true;
  } finally {
    keep();
    remove();
  }
}

/**
 * Returns whether this is a worker that runs here: without MEDIASOUP_VERSION it ends at once with its own exit code.
 * Another libc, a missing shared library or another architecture give other codes.
 * @param {string} file
 */
export function workerRuns(file) {
  if (!isExecutable(file)) return false;
  const env = { ...process.env };
  delete env['MEDIASOUP_VERSION'];
  return spawnSync(file, [], { env, stdio: 'ignore', timeout: 5_000 }).status === RUNS_EXIT_CODE;
}

/** @param {string} given */
function givenWorker(given) {
  const file = resolve(given);
  if (!isExecutable(file)) {
    throw new SetupError(`MEDIASOUP_WORKER_BIN is ${given}, which is not an executable file.`);
  }
  if (!workerRuns(file)) {
    throw new SetupError(`MEDIASOUP_WORKER_BIN is ${given}, which does not run here as a mediasoup worker.`);
  }
  return file;
}
