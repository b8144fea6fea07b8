import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { cacheFolder, ROOT } from './paths.mjs';
import { onInterrupt } from './run.mjs';
import { note } from './step.mjs';

/** A holder shows this often that it lives; who hasn't for STALE_MS was killed. In milliseconds. */
const BEAT_MS = 2_000;
const STALE_MS = 15_000;

/**
 * Lets one set-up at a time do `work`; a second one waits. A holder that was killed doesn't block the next: its lock
 * goes stale. The time of the last beat decides and not the process id alone, because two containers may share a cache.
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
    if (!told) note('another set-up is at work here; waiting for it');
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

/** The name of a lock for this clone, since several clones share one cache. @param {string} name */
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
    // It went away between the two looks; the next attempt to take it decides.
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
    // Somebody took the lock for stale, for example after the machine slept. The work itself is safe: it renames.
  }
}
