import { OPERATIONS, type OperationId } from '@televisit/shared/operations';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { axeFindings } from '../support/measure/axe.ts';

/** Advice of axe beyond WCAG that the markup of Swagger UI does not follow. */
const ADVICE = /^(heading-order|landmark-unique|region) /;

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer({ closedBy: 'caller' }), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

describe('GET /openapi.json', () => {
  it.each(['/openapi.json', '/api/v1/openapi.json'])(
    '%s returns the document without a secret',
    async (path) => {
      const answer = await server.call<{ openapi: string }>('GET', path, undefined, {
        'X-Internal-Secret': '',
      });
      expect([answer.status, answer.body.openapi]).toEqual([200, '3.1.1']);
    },
  );
});

describe('GET /docs', () => {
  it('the page has no inline scripts or styles, and every file comes from this server', async () => {
    const page = await server.call<string>('GET', '/docs', undefined, { 'X-Internal-Secret': '' });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.body).not.toMatch(/<script>|<style|\sstyle=|\son\w+=/);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toContain('/docs/swagger-ui-bundle.js');
    for (const file of files.filter((name) => name !== 'data:,')) {
      expect(file).toMatch(/^\/[^/]/);
      expect([file, (await server.call('GET', file)).status]).toEqual([file, 200]);
    }
  });

  it('the files of the page are compressed and cacheable, and nothing else of the package is served', async () => {
    const style = await fetch(`${server.url}/docs/swagger-ui.css`, {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(style.headers.get('content-encoding')).toBe('gzip');
    expect(style.headers.get('cache-control')).toBe('public, max-age=3600');
    const again = await fetch(style.url, {
      headers: { 'If-None-Match': style.headers.get('etag')!, 'Cache-Control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
    for (const path of ['/docs/nothing', '/docs/package.json', '/docs/index.html', '/docs/../docs-page.ts']) {
      expect([path, (await server.call('GET', path)).status]).toEqual([path, 404]);
    }
    expect((await server.call('POST', '/docs')).status).toBe(405);
  });
});

describe('the API reference in a browser', () => {
  /** Opens the page and fails on console messages, which include violations of the content security policy. */
  const open = async (options: Parameters<Browser['newContext']>[0], use: (page: Page) => Promise<void>) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const messages: string[] = [];
    const origins = new Set<string>();
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    page.on('request', (request) => {
      if (/^(http|ws)/.test(request.url())) origins.add(new URL(request.url()).origin);
    });
    await page.goto(`${server.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await use(page);
    await context.close();
    expect(messages).toEqual([]);
    expect([...origins]).toEqual([server.url]);
  };
  const operation = (page: Page, id: OperationId) => page.locator(`#operations-${OPERATIONS[id].tag}-${id}`);
  const expand = (page: Page, id: OperationId) => operation(page, id).getByRole('button').first().click();

  it('the reference lists every operation with its method, path and summary', async () => {
    await open({}, async (page) => {
      const text = (await page.locator('#content').innerText()).replaceAll(/[\s\u200b]+/g, ' ');
      for (const [id, { method, path, summary }] of Object.entries(OPERATIONS)) {
        const shown = path.replace(/^\/api\/v1/, '');
        expect(text).toContain(`${method.toUpperCase()} ${shown} ${summary} ${id}`);
      }
      expect(text).toContain('meeting.ended');
    });
  });

  it('the reference shows parameters, limits, errors and remedies of an expanded operation', async () => {
    await open({ viewport: { width: 1280, height: 900 } }, async (page) => {
      const remedy = operation(page, 'joinSession').getByText(
        'Send the userId and role of one of the session’s seats.',
        { exact: false },
      );
      expect(await remedy.count()).toBe(0);
      await expand(page, 'joinSession');
      await remedy.first().waitFor();
      await expand(page, 'listSessions');
      await operation(page, 'listSessions').getByText('The maximum number of entries').waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}docs-desktop.png` });
    });
  });

  it('the reference opens an operation by keyboard', async () => {
    await open({}, async (page) => {
      await operation(page, 'joinSession').getByRole('button').first().focus();
      await page.keyboard.press('Enter');
      await operation(page, 'joinSession').getByRole('heading', { name: 'Responses' }).waitFor();
    });
  });

  it('the reference executes a request from "Try it out"', async () => {
    await open({}, async (page) => {
      await expand(page, 'getHealth');
      await operation(page, 'getHealth').getByRole('button', { name: 'Try it out' }).click();
      await operation(page, 'getHealth').getByRole('button', { name: 'Execute' }).click();
      await operation(page, 'getHealth').getByText('"status": "ok"').first().waitFor();
    });
  });

  it.each([
    ['light', 'rgba(0, 0, 0, 0)'],
    ['dark', 'rgb(28, 32, 34)'],
  ] as const)(
    'the reference fits a phone and passes axe for WCAG 2.2 AA in %s mode',
    async (colorScheme, background) => {
      await open({ viewport: { width: 320, height: 640 }, colorScheme }, async (page) => {
        for (const id of ['createSession', 'listSessions', 'getFile'] as const) await expand(page, id);
        await operation(page, 'getFile').getByRole('heading', { name: 'Responses' }).waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
        expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
          background,
        );
        await page.screenshot({ path: `${SCREENSHOTS}docs-phone-${colorScheme}.png` });
        expect((await axeFindings(page)).filter((finding) => !ADVICE.test(finding))).toEqual([]);
      });
    },
  );
});
