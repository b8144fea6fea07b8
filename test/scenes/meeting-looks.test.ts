import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { contextOn, devices, inEachWindow } from '../support/fixtures/devices.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
import { axeFindings } from '../support/measure/axe.ts';

let pages: StoryPages;
let browser: Browser;

beforeAll(async () => {
  [pages, browser] = await Promise.all([StoryPages.open('meeting'), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});

const SCENES = [
  ['before', 'patient'],
  ['before', 'doctor'],
  ['asking', 'patient'],
  ['unavailable', 'patient'],
  ['opened', 'patient'],
  ['in', 'doctor'],
  ['out', 'patient'],
  ['closing', 'doctor'],
  ['here', 'patient'],
] as const;

/** Returns what is wider than the window, sticks out at the side or is too small for a finger. */
async function problemsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : [];
    for (const element of document.querySelectorAll('button, a.button, h1, h2, p, li, span, time')) {
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue;
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      const small = Math.min(box.width, box.height) < 44;
      if (element.matches('button, a.button') && small) found.push(`too small: ${element.outerHTML}`);
    }
    return found;
  });
}

describe.each(devices())('a visit at another provider with %s', (_, device) => {
  async function open(query: string): Promise<Page> {
    const context = await browser.newContext(contextOn(device));
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(pages.url(`${query}&language=${device.language}`));
    await page.getByTestId('meeting').waitFor();
    return page;
  }

  async function check(page: Page, name: string, fullPage = true): Promise<void> {
    await inEachWindow(page, device, async (window) => {
      await expect.poll(() => problemsOf(page), { message: window }).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}meeting-${name}-${window}.png`, fullPage });
    });
    if (device.axe) expect(await axeFindings(page)).toEqual([]);
  }

  it.each(SCENES)('the scene %s of a %s cuts nothing off, and axe finds nothing', async (scene, role) => {
    await check(await open(`scene=${scene}&role=${role}`), `${scene}-${role}`);
  });

  it('the check cuts nothing off, and axe finds nothing', async () => {
    const page = await open('scene=before&role=doctor');
    await page.getByTestId('start-check').click();
    await page.getByTestId('checklist').waitFor();
    await check(page, 'check');
  });

  it('the question before the end cuts nothing off, and axe finds nothing', async () => {
    const page = await open('scene=in&role=doctor');
    await page.getByTestId('end-button').click();
    await page.getByTestId('end-confirm').waitFor();
    await check(page, 'end', false);
  });
});
