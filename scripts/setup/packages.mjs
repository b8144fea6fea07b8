import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { withLock } from './lock.mjs';
import { onInterrupt, run } from './run.mjs';
import { SetupError, step } from './step.mjs';

/**
 * Installs missing Debian packages if that is allowed; otherwise one message contains the command.
 * @param {string[]} wanted
 * @param {string} purpose ends the sentence "... needed to"
 */
export async function ensurePackages(wanted, purpose) {
  if (!isDebian()) {
    throw new SetupError(
      `This system has no apt-get. These Debian packages, or equivalents, are needed to ${purpose}:\n  ${wanted.join(' ')}`,
    );
  }
  const missing = missingPackages(wanted);
  if (missing.length === 0) return;
  if (!isRoot()) {
    throw new SetupError(
      `Some Debian packages are needed to ${purpose}. Install them with:\n  ${installCommand(missing)}`,
    );
  }
  await withLock('apt', () =>
    step(`installing ${missing.length} Debian package${missing.length === 1 ? '' : 's'} to ${purpose}`, () =>
      install(missing),
    ),
  );
}

/** @param {string[]} packages */
export function installCommand(packages) {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Returns whether packages can be installed here without a password. */
export function canInstall() {
  return isDebian() && isRoot();
}

/** @param {string[]} wanted */
export function missingPackages(wanted) {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...wanted], {
    encoding: 'utf8',
  });
  return notInstalled(wanted, query.stdout ?? '');
}

/**
 * @param {string[]} wanted
 * @param {string} listing lines of `package status` as dpkg-query prints them; unknown packages have no line
 */
export function notInstalled(wanted, listing) {
  const installed = new Set(
    listing
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

/** @param {string[]} packages */
async function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // apt accepts an interrupt while it downloads, and finishes unpacking first otherwise.
  const options = { log: 'apt-get', env, stopSignal: /** @type {const} */ ('SIGINT') };
  // Another apt or an unattended upgrade may hold the lock: wait instead of failing.
  const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const command = `The full command is: ${installCommand(packages)}`;
  // An earlier, interrupted installation would make every later one fail.
  await run('dpkg', ['--configure', '-a'], {
    ...options,
    failure: 'dpkg could not finish an earlier installation.',
  });
  await run('apt-get', [...patience, 'update'], {
    ...options,
    append: true,
    failure: `The package lists could not be fetched. ${command}`,
  });
  await withoutServices(() =>
    run('apt-get', [...patience, 'install', '-y', '--no-install-recommends', ...packages], {
      ...options,
      append: true,
      failure: `The Debian packages could not be installed. ${command}`,
    }),
  );
}

/** Debian's packages ask this program before they start a service. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/**
 * Runs `work`, an installation, during which packages start no services: the set-up needs their programs, and a machine that gets
 * nginx or Redis by it must not have them on its ports. The administrator's own policy, if there is one, stays.
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [file]
 */
export async function withoutServices(work, file = SERVICE_POLICY) {
  if (existsSync(file)) return work();
  const remove = () => rmSync(file, { force: true });
  // 101: forbidden (invoke-rc.d(8)).
  writeFileSync(file, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const keep = onInterrupt(remove);
  try {
    return await work();
  } finally {
    keep();
    remove();
  }
}

/**
 * Returns the path of the first of these commands in the PATH.
 * @param {string[]} commands
 * @param {NodeJS.ProcessEnv} env
 */
export function findCommand(commands, env = process.env) {
  // System tools such as `ip` are in sbin, which may be missing in a user's PATH.
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
  for (const command of commands) {
    for (const folder of folders) {
      const path = join(folder, command);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the program that a variable names; undefined if it is not set.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @throws {SetupError} if it is no program
 */
export function givenExecutable(name, env) {
  const file = env[name];
  if (!file) return undefined;
  if (!isExecutable(file)) throw new SetupError(`${name} is ${file}, which is not an executable file.`);
  return resolve(file);
}

/** Returns the system in a few letters, for example `debian12`. @param {string} [release] the text of os-release */
export function systemName(release = osRelease()) {
  const field = (/** @type {string} */ name) =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1]?.replace(/[^\w.]/g, '') ?? '';
  return `${field('ID')}${field('VERSION_ID')}` || process.platform;
}

function osRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

function isDebian() {
  return findCommand(['apt-get']) !== undefined && findCommand(['dpkg-query']) !== undefined;
}

function isRoot() {
  return process.getuid?.() === 0;
}
