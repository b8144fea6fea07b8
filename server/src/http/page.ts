import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Router, static as serveStatic, type RequestHandler } from 'express';

/** The join page and its files, as Vite built them into `clientDir`. */
export function pageRoutes(clientDir: string): Router {
  const router = Router({ caseSensitive: true });
  // The names of built files hold their digest, so a browser may keep them for good.
  router.use(
    '/assets',
    serveStatic(join(clientDir, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  router.get(['/', '/join/:sessionId'], page(join(clientDir, 'index.html')));
  router.use(serveStatic(clientDir, { index: false, maxAge: '1h' }));
  return router;
}

function page(file: string): RequestHandler {
  return (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    if (existsSync(file)) response.sendFile(file);
    else
      response.status(503).type('text/plain').send('The web client is not built yet: run "npm run build".');
  };
}
