import express from 'express';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { randomIds } from '../domain/ids.ts';
import { problems, requestId } from './problem.ts';
import { speechFileRoutes } from './speech-files.ts';

/** Starts a server with a file of each type, one of which has no compressed copy. @returns its address */
async function start(): Promise<string> {
  // The cache of the set-up is in a folder whose name begins with a dot.
  const folder = join(mkdtempSync(join(tmpdir(), 'televisit-speech-')), '.cache');
  mkdirSync(folder);
  for (const name of ['engine.mjs', 'engine.wasm', 'words.bin']) {
    writeFileSync(join(folder, name), `the content of ${name}`);
    if (name !== 'words.bin') writeFileSync(join(folder, `${name}.gz`), gzipSync(`the content of ${name}`));
  }
  writeFileSync(join(folder, 'secret'), 'secret');
  const files = new Map([
    ['engine-1.mjs', join(folder, 'engine.mjs')],
    ['engine-1.wasm', join(folder, 'engine.wasm')],
    ['words-1.bin', join(folder, 'words.bin')],
    ['old-1.bin', join(folder, 'missing.bin')],
    ['none-1.bin', null],
  ]);
  const app = express().use(requestId(randomIds), speechFileRoutes(files));
  app.use(problems(pino({ level: 'silent' })));
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('speechFileRoutes', () => {
  it.each([
    ['engine-1.mjs', 'engine.mjs', 'text/javascript; charset=utf-8', 'gzip'],
    ['engine-1.wasm', 'engine.wasm', 'application/wasm', 'gzip'],
    ['words-1.bin', 'words.bin', 'application/octet-stream', null],
  ])(
    'serves %s with its type, compressed if there is a copy, and cached for good',
    async (name, file, type, encoding) => {
      const url = await start();
      const response = await fetch(`${url}/speech/${name}`);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(`the content of ${file}`);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('content-encoding')).toBe(encoding);
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    },
  );

  it('serves the file itself to a client that can’t decompress', async () => {
    const url = await start();
    const response = await fetch(`${url}/speech/engine-1.wasm`, {
      headers: { 'accept-encoding': 'identity' },
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toBe('the content of engine.wasm');
  });

  it.each(['old-1.bin', 'none-1.bin'])('says how to install what is missing, as for %s', async (name) => {
    const response = await fetch(`${await start()}/speech/${name}`);
    expect(response.status).toBe(404);
    const problem = (await response.json()) as object;
    expect(problem).toMatchObject({ code: 'speech_not_installed' });
    expect(JSON.stringify(problem)).toContain('node scripts/setup.mjs --speech');
    expect(response.headers.get('cache-control')).toBeNull();
  });

  it.each([
    '/speech/secret',
    '/speech/engine.mjs',
    '/speech/..%2Fsecret',
    '/speech/../secret',
    '/speech/constructor',
    '/speech/',
  ])('serves nothing else: %s', async (path) => {
    // `fetch` would remove `..`.
    const [response] = (await once(get(await start(), { path }), 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
  });
});
