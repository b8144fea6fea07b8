import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { devices, type Device } from '../support/fixtures/devices.ts';
import { checkScene, openScene, type Scene } from '../support/fixtures/scenes.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
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
  'preview-answered': { query: 'recording=on&consent=true&recorded', shows: 'consent-change' },
  'waiting-room-question': { query: 'waiting&recording=waiting', shows: 'consent-question' },
};

const open = (pages: StoryPages, scene: Scene, device?: Device) => openScene(browser, pages, scene, device);

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

describe.each(devices())('recording with %s', (_, device) => {
  it.each(Object.entries(IN_CALL))(
    'the scene %s of the call fits, and axe finds nothing',
    async (name, scene) => {
      await checkScene(await open(call, scene, device), device, `recording-${name}`, faults);
    },
  );

  it.each(Object.entries(BEFORE_CALL))('the scene %s fits, and axe finds nothing', async (name, scene) => {
    const page = await open(before, scene, device);
    await checkScene(page, device, `recording-${name}`, faults, { fullPage: true });
  });
});

interface Story {
  readonly asked: readonly string[];
  getState(): { readonly recording: object };
  change(change: object): void;
}

const asked = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as { __story: Story }).__story.asked.filter((line) =>
      /^(consent|recording)/.test(line),
    ),
  );
const change = (page: Page, recording: object) =>
  page.evaluate((next) => {
    const { __story: story } = window as unknown as { __story: Story };
    story.change({ recording: { ...story.getState().recording, ...next } });
  }, recording);
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);
const said = (page: Page) => page.getByTestId('said').locator('p').allInnerTexts();
const toasts = (page: Page) => page.getByTestId('toast').locator('.toast-text').allInnerTexts();

describe('the question for consent', () => {
  it('comes in the call without taking the focus from what is typed, is said once, and is answered by keyboard', async () => {
    const page = await open(call, {
      query: `${PATIENT}&messages&recording=off`,
      presses: ['chat-toggle'],
      shows: 'chat-input',
    });
    await page.getByTestId('chat-input').focus();
    await page.keyboard.type('It hurts');
    await change(page, { state: 'waiting', unanswered: 1 });
    await page.getByTestId('consent-question').waitFor();
    await page.keyboard.type(' here');
    expect(await page.getByTestId('chat-input').inputValue()).toBe('It hurts here');
    expect(await said(page)).toEqual(['You are asked whether this visit may be recorded.']);

    await page.getByTestId('recording-sign').focus();
    for (let tabs = 0; tabs < 5 && (await focused(page)) !== 'consent-agree'; tabs += 1)
      await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('consent-agree');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('consent-question').count()).toBe(0);
    expect(await asked(page)).toEqual(['consent given']);
    await expect
      .poll(() => toasts(page))
      .toEqual(['Your answer is saved. You can change it at any time under More.']);
    expect(await focused(page)).toBe('H1');
  });

  it('in the preview makes way for the answer, which takes the focus; joining needs no answer', async () => {
    const page = await open(before, { query: 'recording=off', shows: 'join-button' });
    await change(page, { state: 'waiting' });
    await page.getByTestId('consent-question').waitFor();
    expect(await page.getByTestId('join-button').getAttribute('aria-disabled')).toBe('false');
    expect(await said(page)).toEqual(['You are asked whether this visit may be recorded.']);
    await page.getByTestId('consent-refuse').press('Enter');
    await expect.poll(() => page.getByTestId('consent-answer').getAttribute('data-given')).toBe('false');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Your consent',
    );
    await page.getByTestId('consent-change').click();
    await expect.poll(() => page.getByTestId('consent-answer').getAttribute('data-given')).toBe('true');
    expect(await asked(page)).toEqual(['consent refused', 'consent given']);
  });

  it('is in the panel instead, while the panel is open', async () => {
    const page = await open(call, IN_CALL['panel-question']!);
    expect(await page.getByTestId('consent-question').count()).toBe(1);
    await page.getByTestId('recording-panel').getByTestId('consent-agree').press('Enter');
    await page.getByTestId('consent-answer').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Your consent',
    );
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('recording-sign');
  });

  it('shows what went wrong, and stays', async () => {
    const page = await open(call, IN_CALL.question!);
    await page.evaluate(() => {
      const { __story: story } = window as unknown as { __story: { recording: { setConsent: unknown } } };
      story.recording.setConsent = () => Promise.reject(new Error('no network'));
    });
    await page.getByTestId('consent-agree').click();
    await expect
      .poll(() => page.getByTestId('consent-question').getByRole('alert').innerText())
      .toBe('That did not work. Please try again.');
    expect(await faults(page)).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
  });
});

describe('the controls of recordings', () => {
  it('a host who starts agrees first, pauses from the menu, and continues and stops from the panel', async () => {
    const page = await open(call, IN_CALL.start!);
    await page.getByTestId('recording-start-confirm').click();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.getByTestId('more-menu').click();
    await page.getByTestId('recording-control').click();
    await page.getByTestId('recording-sign').click();
    await page.getByTestId('recording-resume').click();
    await expect.poll(() => focused(page)).toBe('recording-pause');
    await page.getByTestId('recording-stop').click();
    await page.getByTestId('recording-start').waitFor();
    expect(await asked(page)).toEqual([
      'consent given',
      'recording:start',
      'recording:pause',
      'recording:resume',
      'recording:stop',
    ]);
  });

  it('nobody else has them, and without recordings there is neither a sign nor an entry in the menu', async () => {
    const patient = await open(call, IN_CALL.panel!);
    expect(await patient.locator('[data-testid="recording-pause"]').count()).toBe(0);
    const page = await open(call, { query: HOST, presses: ['more-menu'], shows: 'more-menu' });
    expect(await page.getByTestId('recording-toggle').count()).toBe(0);
    expect(await page.getByTestId('recording-sign').count()).toBe(0);
  });

  it('a person withdraws with one click, or with what was recorded of them', async () => {
    const page = await open(call, IN_CALL.panel!);
    await page.getByTestId('consent-change').click();
    await page.getByTestId('consent-erase-now').click();
    await expect.poll(() => toasts(page)).toContain('What was recorded of you is deleted.');
    const other = await open(call, IN_CALL.panel!);
    await other.getByTestId('consent-erase').press('Space');
    await other.getByTestId('consent-change').press('Enter');
    await expect.poll(() => other.getByTestId('consent-answer').getAttribute('data-given')).toBe('false');
    expect(await asked(page)).toEqual(['consent refused', 'consent refused, erase']);
    expect(await asked(other)).toEqual(['consent refused, erase']);
  });

  it('every change of the state is shown by the sign, and told once', async () => {
    const page = await open(call, IN_CALL.waiting!);
    const sign = page.getByTestId('recording-sign');
    await change(page, { state: 'on' });
    await expect.poll(() => sign.innerText()).toBe('Recording');
    await expect.poll(() => toasts(page)).toEqual(['The visit is now being recorded.']);
    await change(page, { state: 'paused' });
    await expect.poll(() => toasts(page)).toEqual(['The recording is paused.']);
    expect(await said(page)).toEqual([]);
    await change(page, { state: 'waiting' });
    await expect.poll(() => said(page)).toEqual(['Nothing is recorded until everybody has agreed.']);
    expect(await sign.innerText()).toBe('Recording waits for consent');
    await change(page, { state: 'off' });
    await expect.poll(() => toasts(page)).toEqual(['The recording has stopped.']);
    expect(await sign.count()).toBe(0);
  });
});

describe('the small window', () => {
  it('shows the sign as well, as words that open nothing', async () => {
    const page = await open(call, IN_CALL.on!);
    // Playwright finds an ordinary window more easily than one that stays above others.
    await page.evaluate(() =>
      Object.defineProperty(window, 'documentPictureInPicture', {
        value: {
          requestWindow: () => Promise.resolve(window.open('about:blank', '', 'width=420,height=320')),
        },
      }),
    );
    await page.getByTestId('more-menu').click();
    const opening = page.waitForEvent('popup');
    await page.getByRole('menuitem', { name: 'Small window' }).click();
    const small = await opening;
    await expect.poll(() => small.getByTestId('recording-sign').innerText()).toBe('Recording');
    await change(page, { state: 'paused' });
    await expect.poll(() => small.getByTestId('recording-sign').innerText()).toBe('Recording paused');
    expect(await small.locator('button[data-testid="recording-sign"]').count()).toBe(0);
    await small.screenshot({ path: `${SCREENSHOTS}recording-small-window.png` });
  });
});
