import { fileURLToPath } from 'node:url';
import { build, preview, type PreviewServer } from 'vite';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const CLIENT = fileURLToPath(new URL('../../client/', import.meta.url));
const PAGE = 'src/ui/stories/call.html';

/** Serves the scenes of the call (client/src/ui/stories): real components on a client without a server. */
export class StoryPages {
  readonly #server: PreviewServer;
  readonly #folder: string;

  private constructor(server: PreviewServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  /** Builds them, so that each page is two files instead of hundreds. */
  static async open(): Promise<StoryPages> {
    const folder = makeTemporaryFolder();
    const shared = { configFile: `${CLIENT}vite.config.ts`, root: CLIENT, logLevel: 'error' } as const;
    await build({ ...shared, build: { outDir: folder, rolldownOptions: { input: `${CLIENT}${PAGE}` } } });
    const server = await preview({
      ...shared,
      build: { outDir: folder },
      preview: { port: 0, host: '127.0.0.1' },
    });
    return new StoryPages(server, folder);
  }

  /** The page of a scene; `query` is what call-story.tsx reads. */
  url(query: string): string {
    return `${this.#server.resolvedUrls?.local[0] ?? ''}${PAGE}?${query}`;
  }

  async close(): Promise<void> {
    await this.#server.close();
    removeFolder(this.#folder);
  }
}
