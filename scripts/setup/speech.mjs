import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { npmEnv } from './dependencies.mjs';
import { digest } from './digest.mjs';
import { withLock } from './lock.mjs';
import { ensurePackages, canInstall, findCommand } from './packages.mjs';
import { cacheFolder, ROOT } from './paths.mjs';
import { run, withTemporary } from './run.mjs';
import { note, SetupError, step, tail } from './step.mjs';

/** Pins the packages and the files of the engines, by version and digest. */
const RECIPE = 'scripts/speech';
/** The models are the same for all systems; pip has to be told one for which there is a wheel. */
const ANY_SYSTEM = ['--only-binary=:all:', '--platform', 'manylinux_2_34_x86_64', '--python-version', '3.11'];
/** The files of onnxruntime-web that run models in a browser, of 140 MB for other ways to do so. */
const BROWSER_RUNTIME = ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'];
/** What browsers load to turn speech into text, with a compressed copy beside each. */
const FOR_BROWSERS = [
  ...BROWSER_RUNTIME.map((name) => `browser/${name}`),
  'models/moonshine-tiny-en/encoder_model.ort',
  'models/moonshine-tiny-en/decoder_model_merged.ort',
  'models/moonshine-tiny-en/tokenizer.bin',
  'models/silero-vad/silero_vad_v6.onnx',
];
/** The libraries of onnxruntime-node, one folder for each system. */
const LIBRARIES = 'runtime/node_modules/onnxruntime-node/bin/napi-v6';

/**
 * Returns the folder with the speech engines: that of SPEECH_DIR, or one of the cache, where they are installed once.
 * @param {NodeJS.ProcessEnv} env
 * @throws {SetupError} if they can't be installed
 */
export async function ensureSpeech(env = process.env, root = ROOT) {
  const given = env['SPEECH_DIR'];
  if (given) {
    if (!isInstalled(given)) throw new SetupError(`SPEECH_DIR is ${given}, which has no speech engines.`);
    return resolve(given);
  }
  const folder = speechFolder(env, root);
  if (!isInstalled(folder)) await install(folder, env, root);
  return folder;
}

/**
 * Installs the engines for tests. If that fails it prints a line, and the tests that need them are skipped.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NodeJS.ProcessEnv>} the environment that tells the tests about them
 */
export async function ensureSpeechForTests(env = process.env, root = ROOT) {
  try {
    return { SPEECH_DIR: await ensureSpeech(env, root) };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (error.log) process.stderr.write(`${tail(error.log, 5)}\n`);
    note(`NO SPEECH ENGINES: the tests of speech to text are SKIPPED. ${error.message}`);
    return {};
  }
}

/**
 * Returns the environment that tells the server about engines that are installed already.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function speechEnv(env = process.env, root = ROOT) {
  const folder = speechFolder(env, root);
  return !env['SPEECH_DIR'] && isInstalled(folder) ? { SPEECH_DIR: folder } : {};
}

/** @param {NodeJS.ProcessEnv} env @param {string} root */
function speechFolder(env, root) {
  const recipe = digest(root, [RECIPE]).slice(0, 12);
  return join(cacheFolder(env), `speech-${process.platform}-${process.arch}-${recipe}`);
}

/** @param {string} folder */
function isInstalled(folder) {
  // The last file that the installation makes.
  return existsSync(join(folder, 'complete'));
}

/** @param {string} folder @param {NodeJS.ProcessEnv} env @param {string} root */
async function install(folder, env, root) {
  const python = await findPython(env);
  mkdirSync(folder, { recursive: true });
  await withLock(
    'speech',
    async () => {
      if (isInstalled(folder)) return;
      const title =
        'installing the speech engines and their models (400 MB to fetch, a minute or more, once)';
      await step(title, async () => {
        await installWhisper(python, folder, env, root);
        await installModels(folder, env, root);
        await installRuntime(folder, root);
        await installBrowserRuntime(folder, root);
        await compressForBrowsers(folder);
        writeFileSync(join(folder, 'complete'), '');
      });
    },
    join(cacheFolder(env), 'locks'),
  );
}

/** @param {string} python @param {string} folder @param {NodeJS.ProcessEnv} env @param {string} root */
async function installWhisper(python, folder, env, root) {
  const options = { log: 'speech', env, failure: 'The library that runs Whisper could not be installed.' };
  const environment = join(folder, 'python');
  await run(python, ['-m', 'venv', '--clear', environment], options);
  const list = join(root, RECIPE, 'requirements.txt');
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary=:all:'];
  await run(pythonOf(folder), [...pip, '--require-hashes', '-r', list], { ...options, append: true });
}

/** @param {string} folder @param {NodeJS.ProcessEnv} env @param {string} root */
async function installModels(folder, env, root) {
  const options = { log: 'speech', append: true, env, failure: 'The speech models could not be fetched.' };
  const python = pythonOf(folder);
  await withTemporary(join(folder, 'wheels'), async (wheels) => {
    const pip = ['-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', ...ANY_SYSTEM];
    const list = join(root, RECIPE, 'models.txt');
    await run(python, [...pip, '--require-hashes', '-d', wheels, '-r', list], options);
    await run(python, [join(root, RECIPE, 'unpack.py'), wheels, folder], options);
  });
}

/** Its install script fetches libraries for graphics cards and is not run. @param {string} folder @param {string} root */
async function installRuntime(folder, root) {
  const runtime = join(folder, 'runtime');
  rmSync(runtime, { recursive: true, force: true });
  cpSync(join(root, RECIPE, 'runtime'), runtime, { recursive: true });
  await installPackages(runtime, 'The library that runs the models of captions could not be installed.');
  keepOnly(join(folder, LIBRARIES), process.platform);
  keepOnly(join(folder, LIBRARIES, process.platform), process.arch);
}

/** @param {string} folder @param {string} root */
async function installBrowserRuntime(folder, root) {
  const target = join(folder, 'browser');
  mkdirSync(target, { recursive: true });
  await withTemporary(join(folder, 'browser-packages'), async (packages) => {
    cpSync(join(root, RECIPE, 'browser'), packages, { recursive: true });
    await installPackages(packages, 'The library that runs models in browsers could not be installed.');
    for (const name of BROWSER_RUNTIME) {
      renameSync(join(packages, 'node_modules/onnxruntime-web/dist', name), join(target, name));
    }
  });
}

/** @param {string} folder */
async function compressForBrowsers(folder) {
  for (const name of FOR_BROWSERS) {
    const file = join(folder, name);
    writeFileSync(`${file}.gz`, await promisify(gzip)(readFileSync(file), { level: 9 }));
  }
}

/** @param {string} folder @param {string} failure */
async function installPackages(folder, failure) {
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    log: 'speech',
    append: true,
    cwd: folder,
    env: npmEnv(),
    failure,
  });
}

/** @param {string} folder @param {string} name */
function keepOnly(folder, name) {
  if (!existsSync(join(folder, name))) {
    throw new SetupError(`There is no library for ${process.platform} ${process.arch} in onnxruntime-node.`);
  }
  for (const other of readdirSync(folder)) {
    if (other !== name) rmSync(join(folder, other), { recursive: true });
  }
}

/** @param {string} folder */
function pythonOf(folder) {
  return join(folder, 'python/bin/python');
}

/** Returns a Python that can make environments. @param {NodeJS.ProcessEnv} env */
async function findPython(env) {
  const found = () => {
    const python = findCommand(['python3'], env);
    const canMake = python && spawnSync(python, ['-c', CAN_RUN], { timeout: 20_000 }).status === 0;
    return canMake ? python : undefined;
  };
  const python = found();
  if (python) return python;
  if (!canInstall()) throw new SetupError('Install Python 3.11 or newer with venv (Debian: python3-venv).');
  await ensurePackages(['python3-venv'], 'transcribe speech');
  const installed = found();
  if (!installed) throw new SetupError('python3-venv was installed, but is not Python 3.11 or newer.');
  return installed;
}

const CAN_RUN = 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))';
