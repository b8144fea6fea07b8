import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FAKE_WORKER, temporaryFolder, write } from '../temporary.ts';
import { cachePaths, ensureWorker, intoCache, recipeDigest, workerRuns } from './worker.mjs';
import { downloadWorker, prebuiltUrl } from './worker-download.mjs';

const MEDIASOUP = { version: '3.27.1', repository: { url: 'git+https://example.org/mediasoup.git' } };
const BROKEN = '#!/bin/sh\nexit 127\n';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function archiveOf(worker: string): Buffer {
  const folder = temporaryFolder({ 'mediasoup-worker': worker });
  return execFileSync('tar', ['-czf', '-', '-C', folder, 'mediasoup-worker']);
}

/** Creates a clone with mediasoup's package.json and the recipe, and a cache of its own. */
function clone() {
  const root = temporaryFolder({
    'node_modules/mediasoup/package.json': JSON.stringify(MEDIASOUP),
    'scripts/mediasoup-worker/recipe.mjs': 'recipe',
  });
  const env = { TELEVISIT_CACHE: join(root, 'cache') };
  const cached = cachePaths(join(root, 'cache/televisit'), MEDIASOUP.version, recipeDigest(root));
  return { root, env, cached };
}

describe('workerRuns', () => {
  it('workerRuns is true for a worker, and false for what does not start or is something else', () => {
    const folder = temporaryFolder({
      worker: FAKE_WORKER,
      'missing-library': BROKEN,
      other: '#!/bin/sh\nexit 0\n',
      'other-architecture': '#!/nowhere\n',
      'not-executable': 'x',
    });
    const running = readdirSync(folder).filter((name) => workerRuns(join(folder, name)));
    expect(running).toEqual(['worker']);
  });
});

describe('cachePaths', () => {
  it('cachePaths returns other names for another mediasoup, recipe or system', () => {
    const names = [
      cachePaths('/c', '3.27.1', 'a'.repeat(64), 'debian12').built,
      cachePaths('/c', '3.27.2', 'a'.repeat(64), 'debian12').built,
      cachePaths('/c', '3.27.1', 'b'.repeat(64), 'debian12').built,
      cachePaths('/c', '3.27.1', 'a'.repeat(64), 'debian13').built,
      cachePaths('/c', '3.27.1', 'a'.repeat(64), 'debian12').prebuilt,
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('intoCache', () => {
  it('intoCache stores no worker that does not run, and keeps the previous one', async () => {
    const folder = temporaryFolder({ worker: FAKE_WORKER });
    const target = join(folder, 'worker');
    expect(await intoCache(target, (file) => Promise.resolve(Boolean(write(file, BROKEN))))).toBe(false);
    expect(readdirSync(folder)).toEqual(['worker']);
    expect(workerRuns(target)).toBe(true);
  });

  it('intoCache stores nothing if making the worker throws', async () => {
    const folder = temporaryFolder();
    const making = intoCache(join(folder, 'worker'), (file) => {
      write(file, 'half of it');
      return Promise.reject(new Error('interrupted'));
    });
    await expect(making).rejects.toThrow('interrupted');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('ensureWorker', () => {
  it('ensureWorker takes the worker of MEDIASOUP_WORKER_BIN', async () => {
    const file = join(temporaryFolder({ mine: FAKE_WORKER }), 'mine');
    expect(await ensureWorker({ MEDIASOUP_WORKER_BIN: file }, '/nowhere')).toBe(file);
  });

  it('ensureWorker refuses a MEDIASOUP_WORKER_BIN that is missing or does not run', async () => {
    const folder = temporaryFolder({ broken: BROKEN });
    await expect(ensureWorker({ MEDIASOUP_WORKER_BIN: join(folder, 'none') })).rejects.toThrow(
      'not an executable file',
    );
    await expect(ensureWorker({ MEDIASOUP_WORKER_BIN: join(folder, 'broken') })).rejects.toThrow(
      'does not run here',
    );
  });

  it('ensureWorker takes a cached worker without a download', async () => {
    const { root, env, cached } = clone();
    write(cached.built, FAKE_WORKER);
    expect(await ensureWorker(env, root)).toBe(cached.built);
  });

  it('ensureWorker downloads the prebuilt worker if the cached one does not run', async () => {
    const { root, env, cached } = clone();
    write(cached.built, BROKEN);
    const archive = archiveOf(FAKE_WORKER);
    const mirror = await serve((_, response) => response.end(archive));
    const worker = await ensureWorker({ ...env, MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: mirror }, root);
    expect(worker).toBe(cached.prebuilt);
    expect(readdirSync(dirname(worker)).filter((name) => /\.(new|download)-/.test(name))).toEqual([]);
  });
});

describe('downloadWorker', () => {
  it('downloadWorker requests the file that mediasoup publishes', () => {
    expect(prebuiltUrl(MEDIASOUP, {})).toMatch(
      /^https:\/\/example\.org\/mediasoup\/releases\/download\/3\.27\.1\/mediasoup-worker-3\.27\.1-\w+-\w+(-kernel\d+)?\.tgz$/,
    );
  });

  it.each<[string, RequestListener]>([
    ['an answer of 404', (_, response) => response.writeHead(404).end()],
    ['no archive', (_, response) => response.end('<html>Please sign in to this network</html>')],
    [
      'an archive of something else',
      (_, response) => response.end(execFileSync('tar', ['-czf', '-', '-T', '/dev/null'])),
    ],
    ['a connection that breaks', (request) => request.socket.destroy()],
  ])('downloadWorker is false for %s', async (_, listener) => {
    const folder = temporaryFolder();
    const target = join(folder, 'worker');
    expect(await downloadWorker(await serve(listener), target)).toBe(false);
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('downloadWorker abandons a server that never responds', async () => {
    const silent = await serve(() => undefined);
    const started = Date.now();
    expect(await downloadWorker(silent, join(temporaryFolder(), 'worker'))).toBe(false);
    expect(Date.now() - started).toBeLessThan(6_000);
  }, 10_000);
});
