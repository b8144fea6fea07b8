import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
import { looks } from '../support/fixtures/test-site.ts';
import { axeFindings } from '../support/measure/axe.ts';

let pages: StoryPages;
let browser: Browser;

beforeAll(async () => {
  [pages, browser] = await Promise.all([StoryPages.open('push'), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});

/** Each scene with what the offer is in it. */
const SCENES = {
  off: '[data-standing="off"]',
  asking: '[aria-busy="true"]',
  on: '[data-standing="on"]',
  blocked: '[data-standing="blocked"]',
  failed: '[data-standing="failed"]',
} as const;

describe.each(looks('desktop', 'phone-dark', 'phone-rtl', 'small-phone'))(
  'the offer of push messages (%s)',
  (look, options) => {
    const language = look === 'phone-rtl' ? 'ar' : look === 'small-phone' ? 'de' : 'en';

    it('fits into the window in every scene, has a button for a finger, and axe finds nothing', async () => {
      for (const [scene, complete] of Object.entries(SCENES)) {
        const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
        onTestFinished(() => context.close());
        const page = await context.newPage();
        await page.goto(pages.url(`scene=${scene}&language=${language}`));
        await page.locator(complete).waitFor();
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(sideways, scene).toBeLessThanOrEqual(0);
        const { height } = (await page.getByTestId('push-button').boundingBox())!;
        expect(height, scene).toBeGreaterThanOrEqual(24);
        expect(await axeFindings(page), scene).toEqual([]);
        await page.screenshot({ path: `${SCREENSHOTS}push-${scene}-${look}.png`, fullPage: true });
        await context.close();
      }
    });
  },
);
