import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The folder in which npm links the executables of the dependencies. */
export const BIN = join(ROOT, 'node_modules', '.bin');

/**
 * The Node that runs the product. mediasoup needs Node 22 or newer and a machine may have 20, so the npm package
 * `node`, a dev dependency, provides the binary. npm puts `node_modules/.bin` first in the PATH of every npm script, so
 * `node` means this one there once the dependencies are installed. The scripts in this folder must still run on the
 * system's Node 20: before the first `npm ci` there is no other.
 */
export const NODE = join(BIN, 'node');

/**
 * Returns the folder of what outlives a clean install: the worker binary and logs. It is outside the repository, so
 * that removing node_modules or a second clone costs no further download or build.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(env = process.env) {
  const base = env['TELEVISIT_CACHE'] || env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(resolve(base), 'televisit');
}

/**
 * Returns the environment for everything that belongs to the product: its Node comes first in the PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function productEnv(env = process.env) {
  return { ...env, PATH: [BIN, pathWithoutOurs(env)].join(delimiter) };
}

/**
 * Returns the environment for npm itself, which runs on the system's Node, because an install deletes ours while it
 * runs.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function systemEnv(env = process.env) {
  return { ...env, PATH: pathWithoutOurs(env) };
}

/** @param {NodeJS.ProcessEnv} env */
function pathWithoutOurs(env) {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter(
      (folder) => !folder.endsWith(join('node_modules', '.bin')) && !folder.includes(`node-gyp-bin${sep}`),
    )
    .join(delimiter);
}
