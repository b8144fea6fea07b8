import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { contextOn, devices, inEachWindow } from '../support/fixtures/devices.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
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

describe.each(devices())('the offer of push messages with %s', (_, device) => {
  it.each(Object.entries(SCENES))(
    'fits into the window in the scene %s, has a button for a finger, and axe finds nothing',
    async (scene, complete) => {
      const context = await browser.newContext(contextOn(device));
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(pages.url(`scene=${scene}&language=${device.language}`));
      await page.locator(complete).waitFor();
      await inEachWindow(page, device, async (window) => {
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(sideways, window).toBeLessThanOrEqual(0);
        const { height } = (await page.getByTestId('push-button').boundingBox())!;
        expect(height, window).toBeGreaterThanOrEqual(24);
        await page.screenshot({ path: `${SCREENSHOTS}push-${scene}-${window}.png`, fullPage: true });
      });
      if (device.axe) expect(await axeFindings(page)).toEqual([]);
    },
  );
});
