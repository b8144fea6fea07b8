import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { cacheFolder, ROOT } from './paths.mjs';
import { onInterrupt } from './run.mjs';
import { note } from './step.mjs';

/**
 * Interval at which a holder updates its lock; one that is STALE_MS old belongs to a killed holder. In milliseconds.
 */
const BEAT_MS = 2_000;
const STALE_MS = 15_000;

/**
 * Runs `work` in one set-up at a time; a second one waits. The lock of a killed holder becomes stale. The time of its
 * last update decides rather than the process id, because two containers may share a cache.
 * @template T
 * @param {string} name unique for what is protected
 * @param {() => Promise<T>} work
 * @param {string} [folder]
 * @returns {Promise<T>}
 */
export async function withLock(name, work, folder = join(cacheFolder(), 'locks')) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.lock`);
  const me = `${hostname()} ${process.pid}`;
  let told = false;
  while (!take(file, me)) {
    if (isStale(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) note('waiting for another set-up to finish');
    told = true;
    await wait(250);
  }
  const beat = setInterval(() => touch(file), BEAT_MS);
  beat.unref();
  const release = () => rmSync(file, { force: true });
  const keep = onInterrupt(release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    keep();
    release();
  }
}

/** Returns the name of a lock for this clone, since several clones share one cache. @param {string} name */
export function cloneLock(name, root = ROOT) {
  return `${name}-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
}

/** @param {string} file @param {string} me */
function take(file, me) {
  try {
    writeFileSync(file, me, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
    const [host, pid] = readFileSync(file, 'utf8').split(' ');
    return host === hostname() && pid !== undefined && pid !== '' && !isAlive(Number(pid));
  } catch {
    // The lock disappeared between the two checks; the next attempt to take it decides.
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Another set-up took the lock as stale, for example after the machine slept. The work is safe, since it renames.
  }
}
