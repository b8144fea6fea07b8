import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './digest.mjs';
import { withLock } from './lock.mjs';
import { ensurePackages, canInstall, findCommand, isExecutable } from './packages.mjs';
import { cacheFolder, ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { note, SetupError, step, tail } from './step.mjs';

/** The tools with their versions. */
const REQUIREMENTS = 'scripts/api-tools/requirements.txt';

/**
 * Installs the generators of API clients and the API fuzzer into a Python environment of the cache, once. Without Python it
 * prints a line, and the tests that need them are skipped.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NodeJS.ProcessEnv>} where their programs are, if they are
 */
export async function ensureApiTools(env = process.env, root = ROOT) {
  const version = digest(root, [REQUIREMENTS]).slice(0, 12);
  const folder = join(cacheFolder(env), `api-tools-${version}`);
  const bin = join(folder, 'bin');
  if (!isInstalled(bin)) {
    try {
      await install(folder, env, root);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      if (error.log) process.stderr.write(`${tail(error.log, 5)}\n`);
      note(`NO API TOOLS: the tests of generated clients are SKIPPED. ${error.message}`);
      return {};
    }
  }
  return { API_TOOLS_BIN: bin };
}

/** @param {string} bin */
function isInstalled(bin) {
  // The last file that the installation makes.
  return isExecutable(join(bin, 'complete'));
}

/** @param {string} folder @param {NodeJS.ProcessEnv} env @param {string} root */
async function install(folder, env, root) {
  const python = await findPython(env);
  const bin = join(folder, 'bin');
  mkdirSync(folder, { recursive: true });
  await withLock(
    'api-tools',
    async () => {
      if (isInstalled(bin)) return;
      await step(
        'installing the generators of API clients and the API fuzzer (half a minute, once)',
        async () => {
          const options = { log: 'api-tools', env, failure: 'The API tools could not be installed.' };
          await run(python, ['-m', 'venv', '--clear', folder], options);
          const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', join(root, REQUIREMENTS)];
          await run(join(bin, 'python'), pip, { ...options, append: true });
          await run('ln', ['-s', 'python', join(bin, 'complete')], { ...options, append: true });
        },
      );
    },
    join(cacheFolder(env), 'locks'),
  );
}

/** Returns a Python that can make environments. @param {NodeJS.ProcessEnv} env */
async function findPython(env) {
  const found = () => {
    const python = findCommand(['python3'], env);
    const canMake = python && spawnSync(python, ['-c', 'import ensurepip'], { timeout: 20_000 }).status === 0;
    return canMake ? python : undefined;
  };
  const python = found();
  if (python) return python;
  if (!canInstall()) throw new SetupError('Install python3 with venv (Debian: python3-venv).');
  await ensurePackages(['python3-venv'], 'generate API clients');
  const installed = found();
  if (!installed) throw new SetupError('python3-venv was installed, but does not work.');
  return installed;
}
