import { Router } from 'express';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resource } from './operation.ts';
import { sharedDocument } from './shared-document.ts';

const ASSETS = fileURLToPath(new URL('docs', import.meta.url));
const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
const TYPES = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const;

/** The files of the page: its own, and those of Swagger UI. */
const FILES = [
  [ASSETS, 'docs', 'css'],
  [ASSETS, 'docs', 'js'],
  [SWAGGER_UI, 'swagger-ui', 'css'],
  [SWAGGER_UI, 'swagger-ui-bundle', 'js'],
] as const;

/** Serves `/docs`: openapi.json as a page, rendered in the browser by Swagger UI. Every file comes from this server. */
export function docsRoutes(basePath: string): Router {
  const router = Router({ caseSensitive: true });
  const page = () => PAGE.replaceAll('="/', `="${basePath}/`);
  resource(router, '/docs', { get: [sharedDocument('text/html; charset=utf-8', 'no-cache', page)] });
  for (const [folder, name, type] of FILES) {
    const file = `${name}.${type}`;
    const read = () => readFileSync(join(folder, file));
    resource(router, `/docs/${file}`, { get: [sharedDocument(TYPES[type], 'public, max-age=3600', read)] });
  }
  return router;
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Televisit API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/docs.css" />
  </head>
  <body>
    <div id="content">
      <noscript>This page needs JavaScript. The same reference is in <a href="/openapi.json">openapi.json</a>.</noscript>
    </div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/docs.js"></script>
  </body>
</html>
`;
