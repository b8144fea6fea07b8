import { Router, static as serveStatic, type RequestHandler } from 'express';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownNode } from '../cluster/node-registry.ts';
import { allowWasm, requireTrustedTypes } from './security-headers.ts';

type Node = Pick<KnownNode, 'here' | 'alive' | 'url'>;

/** Marks a request of another process, which is not passed on again. */
const PASSED_ON = 'x-televisit-routed';
/** How long another process may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;
/** The names that Vite gives to the files of a build. */
const ASSET = /^\/\w[\w.-]*$/;

/** The name that the build gives to the worker that turns speech into text. */
const SPEECH_WORKER = /^\/speech-worker-[\w-]+\.js$/;

export interface ClientFiles {
  /** The folder that Vite built the web client into. */
  readonly clientDir: string;
  /** The path of the public address, such as `/visits`; empty at the root. */
  readonly basePath: string;
  /** Returns the nodes of all processes. */
  readonly nodes: () => readonly Node[];
  /** Whether the page loads the SDK of a provider, which starts workers from text. */
  readonly loadsProviderSdk: boolean;
  /** Guard what costs more than a file of this process. */
  readonly limited: readonly RequestHandler[];
}

/** Serves the web client. */
export function clientRoutes({ clientDir, basePath, nodes, loadsProviderSdk, limited }: ClientFiles): Router {
  const router = Router({ caseSensitive: true });
  // File names contain a digest of their content.
  const assets = { immutable: true, maxAge: '1y', index: false } as const;
  router.use('/assets', (request, response, next) => {
    if (SPEECH_WORKER.test(request.path)) allowWasm(response);
    next();
  });
  router.use('/assets', serveStatic(join(clientDir, 'assets'), assets), ...limited, otherBuilds(nodes));
  router.get(
    ['/', '/join/:sessionId', '/recordings/:sessionId/:recordingId'],
    ...(loadsProviderSdk ? [] : [requireTrustedTypes]),
    htmlPage(join(clientDir, 'index.html'), basePath),
  );
  router.use(serveStatic(clientDir, { index: false, maxAge: '1h' }));
  return router;
}

/** Serves files of other builds from processes that have them: during a rolling upgrade one address has two builds. */
function otherBuilds(nodes: () => readonly Node[]): RequestHandler {
  return async (request, response, next) => {
    // The file may be there in a moment.
    response.setHeader('Cache-Control', 'no-store');
    const isOther = ASSET.test(request.path) && request.headers[PASSED_ON] === undefined;
    const others = nodes().flatMap(({ here, alive, url }) => (here || !alive || !url ? [] : [url]));
    for (const url of new Set(isOther ? others : [])) {
      const file = await fetchFile(`${url}/assets${request.path}`);
      if (!file) continue;
      response.setHeader('Cache-Control', file.headers.get('cache-control') ?? 'no-store');
      response.type(file.headers.get('content-type') ?? 'application/octet-stream');
      response.send(Buffer.from(await file.arrayBuffer()));
      return;
    }
    next();
  };
}

async function fetchFile(url: string): Promise<Response | null> {
  try {
    const answer = await fetch(url, {
      headers: { [PASSED_ON]: '1' },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.ok ? answer : null;
  } catch {
    return null;
  }
}

/** Serves a page, whose files Vite names relative to it, although it has addresses of different depths. */
export function htmlPage(file: string, basePath: string): RequestHandler {
  let page = { changedAt: 0, html: '' };
  return (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    const changedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changedAt === undefined) {
      response.status(503).type('text/plain').send('The web client is not built: run "npm run build".');
      return;
    }
    // Another build may replace it while the server runs.
    if (changedAt !== page.changedAt) {
      page = { changedAt, html: readFileSync(file, 'utf8').replaceAll('="./', `="${basePath}/`) };
    }
    response.type('html').send(page.html);
  };
}
