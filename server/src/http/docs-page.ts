import compression from 'compression';
import { Router, static as serveStatic } from 'express';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resource } from './operation.ts';

const ASSETS = fileURLToPath(new URL('docs', import.meta.url));
const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
const SWAGGER_UI_FILES = ['/swagger-ui.css', '/swagger-ui-bundle.js'];

/** Serves `/docs`: openapi.json as a page, rendered in the browser by Swagger UI. Every file comes from this server. */
export function docsRoutes(basePath: string): Router {
  const router = Router({ caseSensitive: true });
  resource(router, '/docs', {
    get: [
      (_request, response) => {
        response.setHeader('Cache-Control', 'no-cache');
        response.type('text/html').send(PAGE.replaceAll('="/', `="${basePath}/`));
      },
    ],
  });
  const files = { index: false, maxAge: '1h' } as const;
  const swaggerUi = serveStatic(SWAGGER_UI, files);
  router.use('/docs', compression(), serveStatic(ASSETS, files), (request, response, next) => {
    if (SWAGGER_UI_FILES.includes(request.path)) swaggerUi(request, response, next);
    else next();
  });
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
