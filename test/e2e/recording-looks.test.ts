import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
import { looks } from '../support/fixtures/test-site.ts';
import { axeFindings } from '../support/measure/axe.ts';

let call: StoryPages;
let before: StoryPages;
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  call = await StoryPages.open('call');
  before = await StoryPages.open('recording');
});
afterAll(async () => {
  await browser.close();
  await call.close();
  await before.close();
});

interface Scene {
  /** What the story reads. */
  readonly query: string;
  /** The controls that are pressed then, by their test ids. */
  readonly presses?: readonly string[];
  /** The test id of what the scene is about. */
  readonly shows: string;
}

const PATIENT = 'others=1&role=patient';
const HOST = 'others=2';
const COUNTS = 'unanswered=1&refused=2';

const IN_CALL: Record<string, Scene> = {
  question: { query: `${PATIENT}&recording=waiting`, shows: 'consent-question' },
  on: { query: `${PATIENT}&recording=on&consent=true&minutes=27`, shows: 'recording-sign' },
  paused: { query: `${PATIENT}&recording=paused&consent=true`, shows: 'recording-sign' },
  waiting: { query: `${PATIENT}&recording=waiting&consent=true`, shows: 'recording-sign' },
  failed: { query: `${PATIENT}&recording=failed&consent=true`, shows: 'recording-sign' },
  'waiting-host': { query: `${HOST}&recording=waiting&consent=true&${COUNTS}`, shows: 'recording-sign' },
  start: {
    query: `${HOST}&recording=off`,
    presses: ['more-menu', 'recording-control'],
    shows: 'recording-start-confirm',
  },
  panel: {
    query: `${PATIENT}&recording=on&consent=true&recorded`,
    presses: ['recording-sign'],
    shows: 'consent-erase',
  },
  'panel-refused': {
    query: `${PATIENT}&recording=waiting&consent=false&recorded`,
    presses: ['recording-sign'],
    shows: 'consent-erase-now',
  },
  'panel-host': {
    query: `${HOST}&recording=waiting&consent=true&required&${COUNTS}`,
    presses: ['recording-sign'],
    shows: 'recording-pause',
  },
  'panel-question': {
    query: `${PATIENT}&recording=waiting`,
    presses: ['recording-sign'],
    shows: 'consent-question',
  },
};

const BEFORE_CALL: Record<string, Scene> = {
  'preview-question': { query: 'recording=waiting&required', shows: 'consent-question' },
  'preview-answered': { query: 'recording=on&consent=true&recorded', shows: 'consent-answer' },
  'waiting-room-question': { query: 'waiting&recording=waiting', shows: 'consent-question' },
};

async function open(
  pages: StoryPages,
  { query, presses = [], shows }: Scene,
  options: BrowserContextOptions = {},
  language = 'en',
): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  onTestFinished(() => expect(errors).toEqual([]));
  await page.goto(pages.url(`${query}&language=${language}`));
  for (const press of presses) await page.getByTestId(press).click();
  await page.getByTestId(shows).evaluate((element) => element.scrollIntoView({ block: 'center' }));
  return page;
}

/** Returns what of the feature is outside the window or too small to hit; empty if all is well. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['scrolls sideways'] : [];
    for (const element of document.querySelectorAll('.recording-sign, .consent *, .recording-panel *')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0) continue;
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      if (element.matches('button') && box.height < 24) found.push(`too small: ${element.outerHTML}`);
    }
    const sign = document.querySelector('.recording-sign')?.getBoundingClientRect();
    if (sign && (sign.top < 0 || sign.bottom > innerHeight)) found.push('the sign is not in sight');
    return found;
  });
}

describe.each(looks('desktop', 'phone-dark', 'phone-rtl', 'small-phone', 'landscape'))(
  'recording on %s',
  (look, options) => {
    const language = look === 'phone-rtl' ? 'ar' : look === 'small-phone' ? 'de' : 'en';

    it.each(Object.entries(IN_CALL))(
      'the scene %s of the call fits, and axe finds nothing',
      async (name, scene) => {
        const page = await open(call, scene, options, language);
        await page.screenshot({ path: `${SCREENSHOTS}recording-${name}-${look}.png` });
        expect(await faults(page)).toEqual([]);
        expect(await axeFindings(page)).toEqual([]);
      },
    );

    it.each(Object.entries(BEFORE_CALL))('the scene %s fits, and axe finds nothing', async (name, scene) => {
      const page = await open(before, scene, options, language);
      await page.screenshot({ path: `${SCREENSHOTS}recording-${name}-${look}.png`, fullPage: true });
      expect(await faults(page)).toEqual([]);
      expect(await axeFindings(page)).toEqual([]);
    });
  },
);
