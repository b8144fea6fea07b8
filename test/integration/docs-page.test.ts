import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

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
  it('the page needs no secret and has a style sheet from the same server', async () => {
    const page = await server.call<string>('GET', '/docs', undefined, { 'X-Internal-Secret': '' });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.body).toContain(`SERVER=${server.televisit.url}`);
    const style = await server.call<string>('GET', '/docs/style.css');
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect((await server.call('POST', '/docs')).status).toBe(405);
    expect((await server.call('GET', '/docs/nothing')).status).toBe(404);
  });

  const open = async (options: Parameters<Browser['newContext']>[0], use: (page: Page) => Promise<void>) => {
    const context = await browser.newContext({ javaScriptEnabled: false, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${server.url}/docs`);
    await use(page);
    await context.close();
    expect(complaints).toEqual([]);
  };

  it('the page without JavaScript leads from its contents to an operation and unfolds the errors', async () => {
    await open({ viewport: { width: 1280, height: 900 } }, async (page) => {
      await page.getByRole('navigation').getByRole('link', { name: 'joinSession' }).click();
      const operation = page.locator('#joinSession');
      await operation.getByRole('heading', { name: 'Make a join link for one of the seats' }).waitFor();
      expect(
        await operation.evaluate((element) => Math.abs(element.getBoundingClientRect().top)),
      ).toBeLessThan(40);
      const remedy = operation.getByText('Send the userId and role of one of the session’s seats.');
      expect(await remedy.isVisible()).toBe(false);
      await operation.getByText('Errors', { exact: true }).click();
      expect(await remedy.isVisible()).toBe(true);
      await page.screenshot({ path: `${SCREENSHOTS}docs-desktop.png` });
    });
  });

  it('the page can be read with the keyboard only', async () => {
    await open({}, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      // The next stop is in the content, after every link of the contents.
      expect(await page.locator('main :focus').count()).toBe(1);
    });
  });

  it('the page fits a phone, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await open({ viewport: { width: 320, height: 640 }, colorScheme }, async (page) => {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width).toBe(320);
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(background).toBe(colorScheme === 'dark' ? 'rgb(13, 21, 24)' : 'rgb(243, 246, 247)');
        await page.screenshot({ path: `${SCREENSHOTS}docs-phone-${colorScheme}.png` });
      });
    }
  });
});
