import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/clients/chromium.ts';
import { devices, DEVICES, type Device } from '../support/fixtures/devices.ts';
import { checkScene, openScene, type Scene } from '../support/fixtures/scenes.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';

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

const READS = 'others=2&captions=on&reads&agreed=true';
const PANEL = ['more-menu', 'captions-panel-toggle'];

const IN_CALL: Record<string, Scene> = {
  question: { query: 'others=1&role=patient&captions=waiting', shows: 'captions-question' },
  captions: { query: `${READS}&said=6`, shows: 'captions' },
  'captions-large': {
    query: `${READS}&said=6`,
    shows: 'captions',
    stored: { 'televisit.captions': { size: 200, colors: 'yellow-on-black' } },
  },
  'captions-top': {
    query: `${READS}&said=3&untranslated`,
    shows: 'captions',
    stored: { 'televisit.captions': { colors: 'black-on-white', position: 'top' } },
  },
  'captions-arabic': { query: `${READS}&said=2&arabic`, shows: 'captions' },
  busy: { query: `${READS.replace('=on', '=failed')}&problem=busy`, shows: 'captions-status' },
  empty: { query: `${READS}&recording=on&consent=true`, shows: 'captions-status' },
  panel: { query: `${READS}&said=6&translation&uncaptioned=1`, presses: PANEL, shows: 'captions-history' },
  'panel-device': { query: `${READS}&said=3&own`, presses: PANEL, shows: 'captions-on-device' },
  'panel-question': {
    query: 'others=1&role=patient&captions=waiting&reads',
    presses: PANEL,
    shows: 'captions-question',
  },
};

const BEFORE_CALL: Record<string, Scene> = {
  'preview-question': { query: 'captions=waiting&must', shows: 'captions-question' },
  'preview-answered': { query: 'captions=on&must&agreed=false', shows: 'captions-change' },
  'waiting-room-question': { query: 'waiting&captions=waiting&must', shows: 'captions-question' },
};

const open = (pages: StoryPages, scene: Scene, device?: Device) => openScene(browser, pages, scene, device);

/** Returns what of the feature is outside the window, too small to hit, or over something else; empty if all is well. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['scrolls sideways'] : [];
    const parts = '.captions, .captions *, .captions-sign, .captions-consent *, .captions-panel *';
    for (const element of document.querySelectorAll(parts)) {
      const box = element.getBoundingClientRect();
      if (box.width === 0) continue;
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      if (element.matches('button, select') && box.height < 24) found.push(`too small: ${element.outerHTML}`);
    }
    const band = document.querySelector('.captions')?.getBoundingClientRect();
    for (const other of document.querySelectorAll('.call-stage, .controls, .call-header')) {
      const box = other.getBoundingClientRect();
      if (band && band.top < box.bottom - 1 && box.top < band.bottom - 1)
        found.push(`over ${other.className}`);
    }
    const stage = document.querySelector('.call-stage')?.getBoundingClientRect();
    if (band && stage && stage.height < 100) found.push(`leaves a stage of ${stage.height} pixels`);
    return found;
  });
}

describe.each(devices())('captions with %s', (_, device) => {
  it.each(Object.entries(IN_CALL))(
    'the scene %s of the call fits, and axe finds nothing',
    async (name, scene) => {
      await checkScene(await open(call, scene, device), device, `captions-${name}`, faults);
    },
  );

  it.each(Object.entries(BEFORE_CALL))('the scene %s fits, and axe finds nothing', async (name, scene) => {
    const page = await open(before, scene, device);
    await checkScene(page, device, `captions-${name}`, faults, { fullPage: true });
  });
});

interface Story {
  readonly asked: readonly string[];
  getState(): { readonly captions: { readonly view: object; readonly lines: readonly object[] } };
  change(change: object): void;
}
const asked = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as { __story: Story }).__story.asked.filter((line) => line.startsWith('captions')),
  );
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);
const shown = (page: Page) => page.locator('.caption').allInnerTexts();
const said = (page: Page) => page.getByTestId('said').locator('p').allInnerTexts();

/** Has somebody say something. */
const hear = (page: Page, line: object) =>
  page.evaluate((next) => {
    const { __story: story } = window as unknown as { __story: Story };
    const { captions } = story.getState();
    const lines = [...captions.lines, { ...next, receivedAt: Date.now() }];
    story.change({ captions: { ...captions, lines } });
  }, line);
const line = (utterance: string, userId: string, text: string) => ({
  userId,
  utterance,
  text,
  final: true,
  startedAt: '2026-11-30T12:00:00.000Z',
  language: 'en',
  source: 'automatic',
  translatedFrom: null,
  untranslated: false,
});

describe('captions in the call', () => {
  it('are turned on and off by their key and button, and stay on for the next visit on this device', async () => {
    const page = await open(call, { query: 'others=1&captions=off', shows: 'more-menu' });
    await page.keyboard.press('t');
    await page.getByTestId('captions').waitFor();
    expect(await said(page)).toContain('Captions on');
    await page.reload();
    await page.getByTestId('captions').waitFor();
    expect(await asked(page)).toEqual(['captions on']);
    await page.getByTestId('captions-toggle').click();
    await expect.poll(() => page.getByTestId('captions').count()).toBe(0);
    expect(await asked(page)).toEqual(['captions on', 'captions off']);
    await page.reload();
    await page.getByTestId('captions-toggle').waitFor();
    expect(await page.getByTestId('captions').count()).toBe(0);
  });

  it('begin by themselves in a visit that requires them', async () => {
    const page = await open(call, { query: 'others=1&captions=waiting&must', shows: 'captions' });
    expect(await asked(page)).toEqual(['captions on']);
  });

  it('name the speaker at each change, omit what the reader says, and are not read aloud', async () => {
    const page = await open(call, { query: READS, shows: 'captions' });
    await hear(page, line('1', 'p0', 'It hurts.'));
    await hear(page, line('2', 'p0', 'Here.'));
    await hear(page, line('3', 'me', 'I see.'));
    await hear(page, line('4', 'p1', 'Since Monday.'));
    await expect
      .poll(() => shown(page))
      .toEqual(['Ana Pérez:It hurts.', 'Here.', 'Dr. Jonas Weber:Since Monday.']);
    expect(await said(page)).toEqual([]);
    expect(await page.locator('.captions[aria-live], .captions [aria-live]').count()).toBe(0);
  });

  it('show at most three lines, the newest at the end', async () => {
    const page = await open(call, { query: `${READS}&said=6`, shows: 'captions' });
    const box = await page.locator('.captions-lines').evaluate((lines) => {
      const { fontSize } = getComputedStyle(lines);
      const last = lines.lastElementChild?.getBoundingClientRect();
      const { height, bottom } = lines.getBoundingClientRect();
      return { lines: height / (parseFloat(fontSize) * 1.35), gap: bottom - (last?.bottom ?? 0) };
    });
    expect(box.lines).toBeCloseTo(3, 1);
    expect(Math.abs(box.gap)).toBeLessThan(2);
  });

  it('change their look at once, which is kept on this device', async () => {
    const page = await open(call, { query: `${READS}&said=3`, presses: PANEL, shows: 'captions-size' });
    await page.getByTestId('captions-size').selectOption('200');
    await page.getByTestId('captions-colors').selectOption('black-on-white');
    await page.getByTestId('captions-position').selectOption('top');
    const band = page.getByTestId('captions');
    await expect.poll(() => band.getAttribute('data-size')).toBe('200');
    expect(await band.getAttribute('data-colors')).toBe('black-on-white');
    await page.reload();
    await expect.poll(() => page.getByTestId('captions').getAttribute('data-size')).toBe('200');
  });

  it('are translated into the language of the page if the person wants that', async () => {
    const page = await open(
      call,
      { query: `${READS}&translation`, presses: PANEL, shows: 'captions-history' },
      { ...DEVICES.mouse, language: 'de' },
    );
    await page.getByRole('switch', { name: 'Übersetzen in: Deutsch' }).click();
    await expect.poll(() => asked(page)).toEqual(['captions on in de']);
  });
});

describe('the consent to captions', () => {
  it('is asked for in the call without taking the focus, said once, and answered by keyboard', async () => {
    const page = await open(call, { query: 'others=1&role=patient&captions=off', shows: 'more-menu' });
    await page.evaluate(() => {
      const { __story: story } = window as unknown as { __story: Story };
      const { captions } = story.getState();
      story.change({ captions: { ...captions, view: { ...captions.view, state: 'waiting' } } });
    });
    await page.getByTestId('captions-question').waitFor();
    expect(await said(page)).toEqual(['You are asked whether what you say may be shown as text.']);
    expect(await focused(page)).toBe('H1');
    await page.getByTestId('captions-agree').press('Enter');
    await expect.poll(() => page.getByTestId('captions-question').count()).toBe(0);
    expect(await asked(page)).toEqual(['captions agreed']);
    await page.getByTestId('more-menu').click();
    await page.getByTestId('captions-panel-toggle').click();
    await page.getByTestId('captions-change').click();
    await expect.poll(() => page.getByTestId('captions-answer').getAttribute('data-given')).toBe('false');
    expect(await asked(page)).toEqual(['captions agreed', 'captions refused']);
  });

  it('waits until the question about the recording is answered', async () => {
    const page = await open(call, {
      query: 'others=1&role=patient&captions=waiting&recording=waiting',
      shows: 'consent-question',
    });
    expect(await page.getByTestId('captions-question').count()).toBe(0);
    await page.getByTestId('consent-refuse').click();
    await page.getByTestId('captions-question').waitFor();
  });

  it('is not asked for in a visit without captions, which has no button either', async () => {
    const page = await open(call, { query: 'others=1&role=patient', shows: 'more-menu' });
    expect(await page.getByTestId('captions-toggle').count()).toBe(0);
    expect(await page.getByTestId('captions-question').count()).toBe(0);
  });
});
