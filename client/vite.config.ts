import { defineConfig, type Plugin } from 'vite';

const server = 'http://localhost:3000';

/** The page is served for every /join/… address, as the server does it. */
function joinPages(): Plugin {
  return {
    name: 'televisit-join-pages',
    configureServer: ({ middlewares }) => {
      middlewares.use((request, _response, next) => {
        if (request.url?.startsWith('/join/')) request.url = '/index.html';
        next();
      });
    },
  };
}

/** Leaves mediasoup-client's test doubles out of the page: its CommonJS entry requires them, so they cannot be tree-shaken. */
function withoutTestDoubles(): Plugin {
  return {
    name: 'televisit-without-test-doubles',
    enforce: 'pre',
    load: (id) =>
      /mediasoup-client\/lib\/(handlers\/FakeHandler|test\/fakeParameters)\.js/.test(id)
        ? 'module.exports = {};'
        : null,
  };
}

export default defineConfig({
  base: '/',
  plugins: [joinPages(), withoutTestDoubles()],
  // A relative root lets every workspace's verbs run from the repository's root too.
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // The page's Content-Security-Policy knows files of our own only: no data: address, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': server,
      '/sessions': server,
      '/healthz': server,
      '/signaling': { target: server, ws: true },
    },
  },
});
