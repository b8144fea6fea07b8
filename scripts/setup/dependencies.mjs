import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './digest.mjs';
import { cloneLock, withLock } from './lock.mjs';
import { ROOT, systemEnv } from './paths.mjs';
import { run } from './run.mjs';
import { step } from './step.mjs';

const STAMP = 'node_modules/.televisit-setup.json';
const LOCK = 'package-lock.json';
/** npm's record of the content of node_modules. */
const INSTALLED = 'node_modules/.package-lock.json';
const PLATFORM = `${process.platform}-${process.arch}`;

/** Installs the packages of package-lock.json, unless they are installed. */
export async function ensureDependencies(root = ROOT) {
  if (dependenciesAreFresh(root) && nodeIsThere(root)) {
    if (!readJson(join(root, STAMP))) writeStamp(root);
    return;
  }
  await withLock(cloneLock('dependencies', root), async () => {
    if (!dependenciesAreFresh(root)) {
      await step('installing the npm packages (npm ci)', () => install(root));
    }
    if (!nodeIsThere(root)) {
      await step('fetching the Node that runs the product', () => fetchNode(root));
    }
    writeStamp(root);
  });
}

/**
 * Returns whether node_modules matches the lock file. Only contents count: a fresh clone and a
 * `git checkout` give every file a new time, and that alone must not cost an install. Nothing is believed without
 * npm's own record, which npm writes last: an install that was interrupted has none.
 * @param {string} root
 */
export function dependenciesAreFresh(root) {
  const lock = readJson(join(root, LOCK));
  const installed = readJson(join(root, INSTALLED));
  if (!lock || !installed) return false;
  const stamp = readJson(join(root, STAMP));
  // A folder shared with another machine has binaries of that machine.
  if (stamp && stamp.platform !== PLATFORM) return false;
  if (stamp && stamp.digest === lockDigest(root)) return true;
  // After a manual `npm ci` or `npm install` there is no stamp of the set-up.
  return installedMatches(lock, installed);
}

/**
 * Returns whether npm's record of node_modules agrees with the lock file. Optional packages may be missing: they are for
 * other platforms.
 * @param {Lockfile} lock
 * @param {Lockfile} installed
 *
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile
 */
export function installedMatches(lock, installed) {
  const wanted = Object.entries(lock.packages ?? {}).filter(([path]) => path.includes('node_modules/'));
  const present = installed.packages ?? {};
  const known = new Set(wanted.map(([path]) => path));
  return (
    wanted.length > 0 &&
    wanted.every(([path, entry]) => agrees(entry, present[path])) &&
    Object.keys(present).every((path) => known.has(path) || !path.includes('node_modules/'))
  );
}

/** @param {LockedPackage} wanted @param {LockedPackage | undefined} present */
function agrees(wanted, present) {
  if (!present) return wanted.optional === true;
  return (
    wanted.link === true || (wanted.version === present.version && wanted.integrity === present.integrity)
  );
}

/**
 * Without install scripts: npm before version 11 doesn't know `allowScripts` in package.json and would run
 * mediasoup's, which fails the whole install where GitHub can't be reached. The only script that we need comes next.
 * @param {string} root
 */
async function install(root) {
  // `--include=dev` because Vite and Node itself are dev dependencies, whatever NODE_ENV says.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', args, {
    log: 'npm-ci',
    cwd: root,
    env: npmEnv(),
    failure: 'The npm packages could not be installed.',
  });
}

/**
 * The package `node` fetches the binary in its install script; a person's own `ignore-scripts` must not keep it away.
 * @param {string} root
 */
async function fetchNode(root) {
  const args = ['rebuild', 'node', '--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', args, {
    log: 'npm-node',
    cwd: root,
    env: npmEnv(),
    failure: 'The Node binary of the npm package "node" could not be fetched.',
  });
}

/** npm hands its settings on in the environment; these are about the outer call only. */
export function npmEnv() {
  const env = systemEnv();
  for (const name of ['ignore_scripts', 'workspace', 'workspaces']) delete env[`npm_config_${name}`];
  return env;
}

/** @param {string} root */
function nodeIsThere(root) {
  try {
    accessSync(join(root, 'node_modules/.bin/node'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} root */
function writeStamp(root) {
  const stamp = { platform: PLATFORM, digest: lockDigest(root) };
  writeFileSync(join(root, STAMP), `${JSON.stringify(stamp)}\n`);
}

/** Over npm's record too: an `npm install` of something else changes it. @param {string} root */
function lockDigest(root) {
  return digest(root, [LOCK, INSTALLED]);
}

/** @param {string} file @returns {any} */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
