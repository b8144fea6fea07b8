import express from 'express';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientRoutes } from './client-files.ts';

interface Process {
  readonly url: string;
  readonly server: Server;
  readonly requests: string[];
}

/** As in `security-headers.ts`. */
const POLICY = "script-src 'self'; style-src 'self'";

let folder: string;
let processes: Process[];

/** Starts a process with a build of one file. The nodes of all processes are known to each. */
async function start(asset: string, basePath = ''): Promise<Process> {
  const clientDir = join(folder, asset);
  mkdirSync(join(clientDir, 'assets'), { recursive: true });
  writeFileSync(join(clientDir, 'index.html'), `<script src="./assets/${asset}"></script>`);
  writeFileSync(join(clientDir, 'assets', asset), `export default '${asset}';`);
  const requests: string[] = [];
  const app = express();
  const nodes = () =>
    processes.map(({ url, server: { listening } }) => ({ url, here: url === own.url, alive: listening }));
  app.use((request, response, next) => {
    requests.push(request.path);
    response.setHeader('Content-Security-Policy', POLICY);
    next();
  });
  app.use(clientRoutes({ clientDir, basePath, nodes, loadsProviderSdk: false, limited: [] }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests };
  processes.push(own);
  return own;
}

/** Requests a path as it is written; `fetch` would remove `..`. */
async function statusOf(url: string, path: string): Promise<number | undefined> {
  const [response] = (await once(get(url, { path }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'televisit-client-'));
  processes = [];
});
afterEach(async () => {
  for (const { server } of processes) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

describe('clientRoutes', () => {
  it('clientRoutes serves files that only the build of another process has, cached like its own', async () => {
    const old = await start('page-old.js');
    await start('page-new.js');
    const answer = await fetch(`${old.url}/assets/page-new.js`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("export default 'page-new.js';");
    expect(answer.headers.get('content-type')).toMatch(/javascript/);
    expect(answer.headers.get('cache-control')).toContain('immutable');
  });

  it('clientRoutes lets the worker that transcribes run WebAssembly, and no other script', async () => {
    const worker = await start('speech-worker-abc_1-2.js');
    const page = await start('page-speech-worker-1.js');
    const policyOf = async (url: string) => (await fetch(url)).headers.get('content-security-policy');
    const allowed = POLICY.replace("'self'; style", "'self' 'wasm-unsafe-eval'; style");
    // Whichever process has the file.
    for (const { url } of [worker, page]) {
      expect(await policyOf(`${url}/assets/speech-worker-abc_1-2.js`)).toBe(allowed);
      expect(await policyOf(`${url}/assets/page-speech-worker-1.js`)).toBe(POLICY);
      expect(await policyOf(`${url}/join/sess_1`)).toMatch(POLICY);
    }
  });

  it.each([
    ['', '/assets/page.js'],
    ['/visits', '/visits/assets/page.js'],
  ])('clientRoutes names the files of the page below the path %j of the address', async (basePath, file) => {
    const { url } = await start('page.js', basePath);
    for (const path of ['/', '/join/sess_1']) {
      expect(await (await fetch(url + path)).text()).toBe(`<script src="${file}"></script>`);
    }
  });

  it('clientRoutes reads the page again only when another build has replaced it', async () => {
    const { url } = await start('page.js');
    const file = join(folder, 'page.js', 'index.html');
    const served = async () => {
      const answer = await fetch(`${url}/join/sess_1`);
      return [answer.status, await answer.text()];
    };
    const build = (html: string, seconds: number) => {
      writeFileSync(file, html);
      utimesSync(file, seconds, seconds);
    };
    build('first', 1000);
    expect(await served()).toEqual([200, 'first']);
    build('unnoticed', 1000);
    expect(await served()).toEqual([200, 'first']);
    build('second', 2000);
    expect(await served()).toEqual([200, 'second']);
    rmSync(file);
    expect(await served()).toEqual([503, expect.stringContaining('npm run build')]);
  });

  it('clientRoutes answers 404, not to be cached, for a file that no process has', async () => {
    const [first, second] = [await start('page-old.js'), await start('page-new.js')];
    const answer = await fetch(`${first.url}/assets/page-gone.js`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    // The other process does not ask back.
    expect([first.requests, second.requests]).toEqual([['/assets/page-gone.js'], ['/assets/page-gone.js']]);
  });

  it.each(['/assets/a/page.js', '/assets/%2e%2e%2fnodes'])(
    'clientRoutes asks no other process for %s',
    async (path) => {
      const [first, second] = [await start('page-old.js'), await start('page-new.js')];
      expect((await fetch(first.url + path)).status).toBeGreaterThanOrEqual(400);
      expect(second.requests).toEqual([]);
    },
  );

  it('clientRoutes asks no other process for the folder above the assets', async () => {
    const [first, second] = [await start('page-old.js'), await start('page-new.js')];
    expect(await statusOf(first.url, '/assets/..')).not.toBe(200);
    expect(second.requests).toEqual([]);
  });
});
