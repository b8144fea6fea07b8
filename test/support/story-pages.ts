import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const CLIENT = fileURLToPath(new URL('../../client/', import.meta.url));

/** Serves the scenes of the call (client/src/ui/stories): real components on a client without a server. */
export class StoryPages {
  readonly #vite: ViteDevServer;
  readonly #cache: string;

  private constructor(vite: ViteDevServer, cache: string) {
    this.#vite = vite;
    this.#cache = cache;
  }

  static async open(): Promise<StoryPages> {
    const cacheDir = makeTemporaryFolder();
    const vite = await createServer({
      configFile: `${CLIENT}vite.config.ts`,
      root: CLIENT,
      cacheDir,
      // Found ahead, so that no page loads anew while it is looked at.
      optimizeDeps: { entries: ['src/ui/stories/call.html'] },
      server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
      logLevel: 'error',
    });
    return new StoryPages(await vite.listen(), cacheDir);
  }

  /** The page of a scene; `query` is what call-story.tsx reads. */
  url(query: string): string {
    return `${this.#vite.resolvedUrls?.local[0] ?? ''}src/ui/stories/call.html?${query}`;
  }

  async close(): Promise<void> {
    await this.#vite.close();
    removeFolder(this.#cache);
  }
}
