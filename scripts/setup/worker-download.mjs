import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import { withTemporary } from './run.mjs';

/** A host that does not respond within this time is unreachable, in milliseconds. */
const ANSWER_MS = 4_000;
/** A download that takes longer is slower than a build, in milliseconds. */
const DOWNLOAD_MS = 90_000;

/**
 * Returns the address of mediasoup's prebuilt worker. mediasoup's own setting for a mirror applies here, too.
 * @param {{ version: string, repository: { url: string } }} mediasoup its package.json
 * @param {NodeJS.ProcessEnv} env
 */
export function prebuiltUrl(mediasoup, env = process.env) {
  const repository = mediasoup.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const base = env['MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL'] || `${repository}/releases/download`;
  const kernel = platform() === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  return `${base}/${mediasoup.version}/mediasoup-worker-${mediasoup.version}-${platform()}-${arch()}${kernel}.tgz`;
}

/**
 * Downloads the official prebuilt worker, and returns whether it succeeded. It never throws because of the network:
 * there is another way to get a worker.
 * @param {string} url
 * @param {string} target
 */
export async function downloadWorker(url, target) {
  const archive = await fetchArchive(url);
  if (!archive) return false;
  return withTemporary(`${target}.download-${process.pid}`, (folder) => {
    const file = join(folder, 'worker.tgz');
    const unpacked = join(folder, 'unpacked');
    writeFileSync(file, archive);
    mkdirSync(unpacked);
    const tar = spawnSync('tar', ['-xzf', file, '-C', unpacked, '--no-same-owner'], { stdio: 'ignore' });
    if (tar.status !== 0) return Promise.resolve(false);
    try {
      renameSync(join(unpacked, 'mediasoup-worker'), target);
    } catch {
      return Promise.resolve(false);
    }
    return Promise.resolve(true);
  });
}

/** @param {string} url */
async function fetchArchive(url) {
  const giveUp = new AbortController();
  let timer = setTimeout(() => giveUp.abort(), ANSWER_MS);
  try {
    const response = await fetch(url, { signal: giveUp.signal });
    if (!response.ok) return undefined;
    clearTimeout(timer);
    timer = setTimeout(() => giveUp.abort(), DOWNLOAD_MS);
    return Buffer.from(await response.arrayBuffer());
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
