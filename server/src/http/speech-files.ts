import { TelevisitError } from '@televisit/shared/errors';
import { Router, type NextFunction, type Response } from 'express';
import { existsSync } from 'node:fs';

/** The types that `send` does not know, or as which no browser compiles WebAssembly or loads a module. */
const TYPES: Readonly<Record<string, string>> = {
  mjs: 'text/javascript; charset=utf-8',
  wasm: 'application/wasm',
};

/**
 * Serves what browsers need to turn speech into text, and nothing else of its folder.
 * @param files the path of each file, null if there is none, by a name that stands for this content for ever
 */
export function speechFileRoutes(files: ReadonlyMap<string, string | null>): Router {
  const router = Router({ caseSensitive: true });
  router.get('/speech/:name', (request, response, next) => {
    const { name } = request.params;
    const file = files.get(name);
    if (file === undefined) throw new TelevisitError('not_found');
    if (file === null || !existsSync(file)) throw new TelevisitError('speech_not_installed');
    response.type(TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream');
    response.vary('Accept-Encoding');
    sendFile(response, file, request.acceptsEncodings('gzip') === 'gzip', next);
  });
  return router;
}

/** The set-up has put a compressed copy beside each file. */
function sendFile(response: Response, file: string, canDecompress: boolean, next: NextFunction): void {
  const isCompressed = canDecompress && existsSync(`${file}.gz`);
  if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
  const sent = isCompressed ? `${file}.gz` : file;
  // A cache in the user's folder has a dot in its path.
  response.sendFile(sent, { immutable: true, maxAge: '1y', dotfiles: 'allow' }, (error) => {
    // Without headers sent the client may still get the reason; otherwise it has hung up.
    if (error && !response.headersSent) next(error);
  });
}
