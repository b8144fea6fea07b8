import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
import { looks } from '../support/fixtures/test-site.ts';
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

describe.each(
  looks('desktop', 'desktop-dark', 'phone', 'phone-dark', 'phone-rtl', 'small-phone', 'landscape'),
)('a visit at another provider (%s)', (look, options) => {
  async function open(query: string): Promise<Page> {
    const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const language = look.endsWith('rtl') ? 'ar' : look === 'small-phone' ? 'de' : 'en';
    await page.goto(pages.url(`${query}&language=${language}`));
    await page.getByTestId('meeting').waitFor();
    return page;
  }

  it.each(SCENES)('the scene %s of a %s cuts nothing off, and axe finds nothing', async (scene, role) => {
    const page = await open(`scene=${scene}&role=${role}`);
    expect(await problemsOf(page)).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}meeting-${scene}-${role}-${look}.png`, fullPage: true });
  });

  it('the check cuts nothing off, and axe finds nothing', async () => {
    const page = await open('scene=before&role=doctor');
    await page.getByTestId('start-check').click();
    await page.getByTestId('checklist').waitFor();
    expect(await problemsOf(page)).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}meeting-check-${look}.png`, fullPage: true });
  });

  it('the question before the end cuts nothing off, and axe finds nothing', async () => {
    const page = await open('scene=in&role=doctor');
    await page.getByTestId('end-button').click();
    await page.getByTestId('end-confirm').waitFor();
    expect(await problemsOf(page)).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}meeting-end-${look}.png` });
  });
});
