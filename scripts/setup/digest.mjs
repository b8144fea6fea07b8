import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * A digest over the names and contents of files and folders. Contents and not times, because a checkout, a copy and a
 * `touch` change times only.
 * @param {string} root paths count relative to it, so that two clones agree
 * @param {string[]} paths files or folders inside `root`; a missing one counts as missing
 * @param {(path: string) => boolean} [skip] gets the path relative to `root`, with slashes
 */
export function digest(root, paths, skip = () => false) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesBelow(root, join(root, path), skip))) {
    const content = readFileSync(file);
    hash.update(`${slashes(root, file)}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path
 * @param {(path: string) => boolean} skip
 * @returns {string[]}
 */
function filesBelow(root, path, skip) {
  if (skip(slashes(root, path))) return [];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(root, join(path, name), skip));
}

/** @param {string} root @param {string} path */
function slashes(root, path) {
  return relative(root, path).split(sep).join('/');
}
