import { defineConfig, type Plugin } from 'vite';

const server = 'http://localhost:3000';

/** Serves the pages for their addresses, like the server. */
function pagesByAddress(): Plugin {
  return {
    name: 'televisit-pages',
    configureServer: ({ middlewares }) => {
      middlewares.use((request, _response, next) => {
        if (/^\/(join|recordings)\//.test(request.url ?? '')) request.url = '/index.html';
        else if (/^\/console(\?|$)/.test(request.url ?? '')) request.url = '/console.html';
        next();
      });
    },
  };
}

/** Parts of mediasoup-client for its own tests, React Native and data channels, which its other files import all the same. */
const UNUSED_MEDIASOUP =
  /mediasoup-client[\\/]lib[\\/](handlers[\\/](FakeHandler|ReactNative106)|test[\\/]fakeParameters|Data(Producer|Consumer))\.js$/;

/** The WebTransport of engine.io, which needs an HTTP/3 server; ours offers WebSocket and polling. */
const UNUSED_ENGINE_IO = /engine\.io-client[\\/]build[\\/]esm[\\/]transports[\\/]webtransport\.js$/;

/** Leaves code out of the build that no browser runs. */
function withoutUnusedCode(): Plugin {
  return {
    name: 'televisit-without-unused-code',
    apply: 'build',
    load: {
      filter: { id: [UNUSED_MEDIASOUP, UNUSED_ENGINE_IO] },
      handler: (id) => (UNUSED_ENGINE_IO.test(id) ? 'export class WT {}' : 'module.exports = {};'),
    },
  };
}

/** A style attribute that Agora's SDK sets on an element which it adds to the page. */
const STYLE_ATTRIBUTE = /(\w+)\.setAttribute\("style",\s*("[^"]*")\)/g;

/** Sets the styles of Agora's SDK as properties, because the Content-Security-Policy of the page forbids style attributes. */
function withoutStyleAttributes(): Plugin {
  return {
    name: 'televisit-without-style-attributes',
    apply: 'build',
    transform: {
      filter: { id: /node_modules[\\/](@agora-js|agora-rtc-sdk-ng)[\\/]/, code: 'setAttribute("style"' },
      handler: (code) => ({ code: code.replace(STYLE_ATTRIBUTE, '$1.style.cssText=$2'), map: null }),
    },
  };
}

/** Modules of the call that several features share: one file instead of many small ones. */
const CALL_MODULES =
  /\/ui\/(actions|panels|stage\/(?!video-element-pool)|screens\/(call(?!-ended)|joined)|hooks\/(call|registry)|components\/(call-icons|indicators|menu|modal|toast))/;

/** Names the translations of the call after it, `call.de`. */
function chunkFileName({ facadeModuleId }: { facadeModuleId: string | null }): string {
  const [, language] = /locales\/call\/(\w+)\.ts$/.exec(facadeModuleId ?? '') ?? [];
  return language === undefined ? 'assets/[name]-[hash].js' : `assets/call.${language}-[hash].js`;
}

/** The operator console, a build of its own: modules that both pages use would otherwise move between their files. */
const CONSOLE = {
  consumer: 'client',
  build: {
    // Beside the files of the first build.
    emptyOutDir: false,
    copyPublicDir: false,
    rolldownOptions: {
      input: 'console.html',
      output: {
        entryFileNames: 'assets/console-[hash].js',
        chunkFileNames: 'assets/console.[name]-[hash].js',
        assetFileNames: 'assets/console-[hash][extname]',
        codeSplitting: true,
      },
    },
  },
} as const;

export default defineConfig({
  // Relative, because the server may have an address with a path.
  base: './',
  plugins: [pagesByAddress(), withoutUnusedCode(), withoutStyleAttributes()],
  // Lets the scripts of the workspace run from the repository root as well.
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // The Content-Security-Policy of the page forbids data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        chunkFileNames: chunkFileName,
        codeSplitting: {
          groups: [
            { name: 'page', tags: ['$initial'], priority: 2 },
            { name: 'call', test: CALL_MODULES, priority: 1 },
          ],
        },
      },
    },
  },
  environments: { console: CONSOLE },
  builder: {
    // One after the other, because the first empties the folder.
    buildApp: async (builder) => {
      const { client, console } = builder.environments;
      for (const environment of [client, console]) if (environment) await builder.build(environment);
    },
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/console/': server,
      '/api': server,
      '/sessions': server,
      '/healthz': server,
      '/speech': server,
      '/signaling': { target: server, ws: true },
    },
  },
});
