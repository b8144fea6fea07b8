import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/clients/chromium.ts';
import type { Browser } from 'playwright-core';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({ closedBy: 'caller' });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Opens a page that has not loaded anything yet, and counts how often it loads a document. */
async function newPage(options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const loads = { count: 0 };
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads.count += 1;
  });
  const { sessionId } = await server.createVisit();
  return { context, page, loads, link: await server.joinUrl(sessionId, 'patient') };
}

describe('a server with another build', () => {
  it('a page whose files are missing says so in the person’s language, and opens once they are there', async () => {
    const { page, loads, link } = await newPage({ locale: 'de-DE', viewport: { width: 390, height: 844 } });
    await page.route('**/assets/**', (route) => route.fulfill({ status: 404 }));
    await page.goto(link);
    await expect.poll(() => page.getByTestId('updating').innerText()).toContain('aktualisiert');
    await page.screenshot({ path: 'test/e2e/screenshots/updating.png' });
    expect(loads.count).toBe(2);
    await page.unrouteAll();
    await page.getByTestId('prejoin').waitFor();
    expect(loads.count).toBe(3);
    // The token of the link was kept.
    await page.getByTestId('join-button').waitFor();
  });

  it('a page that misses a file once reloads without a word', async () => {
    const { page, loads, link } = await newPage();
    await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }), { times: 1 });
    await page.goto(link);
    await page.getByTestId('prejoin').waitFor();
    expect(loads.count).toBe(2);
  });

  it('a preview whose call is missing reloads once for the other build, and then waits for the file', async () => {
    const { page, loads, link } = await newPage();
    await page.route('**/assets/call-*.js', (route) => route.fulfill({ status: 404 }));
    // The page that the server has now belongs to another build.
    let looks = 0;
    await page.route('**/join/**', async (route) => {
      if (route.request().isNavigationRequest()) return route.continue();
      looks += 1;
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/index-[\w-]+\.js/, 'index-another.js');
      return route.fulfill({ response: answer, body });
    });
    await page.goto(link);
    await expect.poll(() => loads.count).toBe(2);
    // It looks at the page that the server has before and after reloading.
    await expect.poll(() => looks).toBeGreaterThan(1);
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByTestId('join-button').click();
    await page.getByTestId('call').waitFor();
    expect(loads.count).toBe(2);
  });

  it('a call is not interrupted for a missing part, but offers to reload', async () => {
    const { page, link } = await newPage();
    const visitor = await Visitor.join(browser, link);
    onTestFinished(() => visitor.close());
    await page.close();
    await visitor.page.route('**/join/**', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/index-[\w-]+\.js/, 'index-another.js');
      return route.fulfill({ response: answer, body });
    });
    await visitor.page.evaluate(() => dispatchEvent(new Event('vite:preloadError')));
    await expect
      .poll(() => visitor.page.locator('[data-toast="outdated"]').innerText())
      .toContain('This page was updated');
    await visitor.byTestId('call').waitFor();
  });
});
