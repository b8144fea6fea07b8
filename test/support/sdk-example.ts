import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const README = fileURLToPath(new URL('../../client/src/sdk/README.md', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The example of the SDK's page, as a reader copies it. */
export function sdkExample(): string {
  const [, code] = /```js\n(.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
  if (code === undefined) throw new Error(`${README} has no example`);
  return code;
}

/** Builds a page of one module into an empty folder, as the bundler of whoever uses the SDK does. */
export async function buildPage(folder: string, code: string): Promise<void> {
  const entry = `${folder}/entry.js`;
  writeFileSync(entry, code);
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    resolve: {
      alias: { '@televisit/client': `${ROOT}client/src`, '@televisit/shared': `${ROOT}shared/src` },
    },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
    },
  });
  writeFileSync(
    `${folder}/index.html`,
    '<!doctype html><title>My visits</title><body></body><script type="module" src="/page.js"></script>',
  );
}
