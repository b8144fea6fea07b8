import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';

let pages: StoryPages;
let browser: Browser;

beforeAll(async () => {
  [pages, browser] = await Promise.all([StoryPages.open(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const SMALL_PHONE = { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true };
/** 1280 x 720 at 400% zoom (WCAG 1.4.10). */
const ZOOMED = { viewport: { width: 320, height: 180 } };

async function open(query: string, options: BrowserContextOptions = DESKTOP): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(pages.url(query));
  await page.getByTestId('call').waitFor();
  return page;
}

/** Changes the state of the visit, by an expression over the previous one. */
const change = (page: Page, expression: string) =>
  page.evaluate(`__story.change(((state) => (${expression}))(__story.getState()))`);

/** Collects the texts that live regions gain from now on. */
async function listen(page: Page) {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    for (const region of document.querySelectorAll('[aria-live]')) {
      new MutationObserver((records) => {
        for (const { addedNodes } of records)
          for (const node of addedNodes) said.push(node.textContent ?? '');
      }).observe(region, { childList: true, subtree: true });
    }
  });
  return { texts: () => page.evaluate<string[]>('said') };
}

const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);

/** Returns the visible box of the element. */
async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).first().boundingBox();
  if (!box) throw new Error(`${selector} is not shown.`);
  return box;
}

/** Returns how many pixels two elements share. */
async function overlap(page: Page, one: string, other: string): Promise<number> {
  const [a, b] = [await boxOf(page, one), await boxOf(page, other)];
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

describe('screen readers', () => {
  it('say that a person waits, no longer waits, and waits again', async () => {
    const page = await open('others=1&waiting=1');
    const { texts } = await listen(page);
    const waiting = await page.evaluate('__story.getState().waitingPeople');
    await change(page, '{ waitingPeople: [] }');
    await change(page, `{ waitingPeople: ${JSON.stringify(waiting)} }`);
    await change(page, '{ waitingPeople: [] }');
    await change(page, `{ waitingPeople: ${JSON.stringify(waiting)} }`);
    const name = (waiting as { displayName: string }[])[0]!.displayName;
    const gone = `${name} is no longer waiting`;
    const back = `${name} is waiting to be let in`;
    await expect.poll(texts).toEqual([gone, back, gone, back]);
  });

  it('say the same chat message twice', async () => {
    const page = await open('others=1');
    const { texts } = await listen(page);
    for (const seq of [1, 2]) {
      const message = {
        seq,
        clientId: `x${seq}`,
        userId: 'p0',
        displayName: 'Ana',
        role: 'patient',
        text: 'ok',
      };
      await change(
        page,
        `{ chat: { ...state.chat, messages: [...state.chat.messages, { ...${JSON.stringify(message)}, file: null, at: new Date().toISOString() }] } }`,
      );
    }
    await expect.poll(texts).toEqual(['Ana writes: ok', 'Ana writes: ok']);
  });

  it('say what a shortcut has switched', async () => {
    const page = await open('others=2');
    const { texts } = await listen(page);
    const expected: string[] = [];
    for (const [key, text] of [
      ['m', 'Your microphone is off'],
      ['m', 'Your microphone is on'],
      ['v', 'Your camera is off'],
      ['l', 'The speaker is large'],
    ] as const) {
      await page.keyboard.press(key);
      expected.push(text);
      await expect.poll(texts).toEqual(expected);
    }
    await change(page, '{ me: { ...state.me, handRaisedAt: new Date().toISOString() } }');
    await expect.poll(texts).toContain('Your hand is raised');
  });
});

describe('the focus', () => {
  it.each(['Escape', 'Cancel'])('returns to the button that opened the dialog on %s', async (way) => {
    const page = await open('others=1');
    await page.getByTestId('end-button').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('end-cancel').waitFor();
    if (way === 'Escape') await page.keyboard.press('Escape');
    else await page.getByTestId('end-cancel').click();
    await expect.poll(() => focused(page)).toBe('end-button');
    await page.getByTestId('end-button').click();
    await page.getByTestId('end-cancel').click();
    await expect.poll(() => focused(page)).toBe('end-button');
  });

  it('returns to the menu whose entry opened the dialog', async () => {
    const page = await open('others=1');
    await page.getByTestId('more-menu').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('more-menu');
  });
});

describe('small screens', () => {
  it('the chat has room for messages at 400% zoom', async () => {
    const page = await open('others=1&messages&role=patient', ZOOMED);
    await page.keyboard.press('c');
    await page.getByTestId('chat-input').waitFor();
    expect((await boxOf(page, '.chat-list')).height).toBeGreaterThan(60);
    await page.screenshot({ path: `${SCREENSHOTS}details-chat-zoomed.png` });
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await expect.poll(() => page.getByTestId('chat-panel').count()).toBe(0);
  });

  it.each([
    ['a small phone', SMALL_PHONE],
    ['400% zoom', ZOOMED],
  ])('the menu does not cover its own button on %s', async (_name, look) => {
    const page = await open('others=4', look);
    await page.getByTestId('more-menu').click();
    await page.locator('.menu').waitFor();
    expect(await overlap(page, '.menu', '[data-testid="more-menu"]')).toBe(0);
    await page.screenshot({ path: `${SCREENSHOTS}details-menu-${look.viewport.height}.png` });
    await page.getByTestId('more-menu').click();
    await expect.poll(() => page.locator('.menu').count()).toBe(0);
  });

  it.each(['en', 'es', 'de', 'fr', 'pt', 'ar'])(
    'the toolbar has captions on a small phone in %s',
    async (tag) => {
      const page = await open(`others=4&language=${tag}`, SMALL_PHONE);
      await page.screenshot({ path: `${SCREENSHOTS}details-captions-${tag}.png` });
      const captions = await page.locator('.bar-caption').all();
      expect(captions).toHaveLength(6);
      for (const caption of captions) {
        expect(await caption.isVisible()).toBe(true);
        const cut = await caption.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
        expect([await caption.innerText(), cut]).toEqual([await caption.innerText(), 0]);
      }
    },
  );
});

describe('an announcement', () => {
  const announce = (page: Page) =>
    change(
      page,
      `{ announcements: [{ at: '2026-01-01T10:00:00.000Z', text: 'The doctor is about ten minutes late. Please stay on this page; nothing is lost.' }] }`,
    );

  it.each([
    ['desktop', DESKTOP],
    ['a small phone', SMALL_PHONE],
  ])('covers neither faces nor the panel on %s', async (_name, look) => {
    const page = await open('others=1&share', look);
    await announce(page);
    await page.getByTestId('announcement').waitFor();
    expect(await overlap(page, '.announcements', '[data-testid="participant"]')).toBe(0);
    await page.keyboard.press('p');
    await page.getByTestId('people-panel').waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}details-announcement-${look.viewport.width}.png` });
    expect(await overlap(page, '.announcements', '.panel')).toBe(0);
    expect((await boxOf(page, '.stage')).height).toBeGreaterThan(80);
  });
});

describe('a host alone', () => {
  it('reads that a person waits', async () => {
    const page = await open('others=0&waiting=1');
    await expect
      .poll(() => page.locator('.alone').innerText())
      .toContain('One person is waiting to be let in');
    await change(page, '{ waitingPeople: [] }');
    await expect.poll(() => page.locator('.alone').innerText()).toContain('as soon as they join');
  });
});

describe('the list of people', () => {
  it('shows one’s own camera as it is here, whatever the server has reported', async () => {
    const page = await open('others=1');
    await change(
      page,
      `{ me: { ...state.me, media: { ...state.me.media, camera: 'none', microphone: 'none' } } }`,
    );
    await page.keyboard.press('p');
    const row = page.locator('[data-testid="person-row"][data-user-id="me"]');
    await row.getByRole('img', { name: 'Microphone is on' }).waitFor();
    expect(await row.getByRole('img', { name: 'No camera' }).count()).toBe(0);
  });
});

describe('signal bars', () => {
  it('disappear while the connection is lost', async () => {
    const page = await open('others=1');
    const bars = page.locator('.call-header .bars');
    expect(await bars.count()).toBe(1);
    await change(page, `{ connection: 'reconnecting' }`);
    await expect.poll(() => bars.count()).toBe(0);
  });
});

describe('a lost camera', () => {
  it('has one notice', async () => {
    const page = await open('others=1', SMALL_PHONE);
    await change(
      page,
      `{ notice: { id: 1, kind: 'device_lost', by: null }, local: { ...state.local, camera: { state: 'off', track: null, problem: 'media_missing', busy: false } } }`,
    );
    await page.locator('.notice').waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}details-lost-camera.png` });
    expect(await page.locator('.notice, [data-testid="toast"]').count()).toBe(1);
    // The participant has joined already.
    const text = await page.locator('.notice').innerText();
    expect(text).toContain('Plug it in and try again.');
    expect(text).not.toContain('join');
  });
});

describe('the chat', () => {
  it('does not send text that an input method still composes', async () => {
    const page = await open('others=1');
    await page.getByTestId('chat-toggle').click();
    const field = page.getByTestId('chat-input');
    await field.fill('にほん');
    // Safari sends the key of an input method after the end of the composition.
    await field.evaluate((area) => {
      const init = { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true };
      area.dispatchEvent(new KeyboardEvent('keydown', init));
    });
    expect(await field.inputValue()).toBe('にほん');
    await field.press('Enter');
    await expect.poll(() => field.inputValue()).toBe('');
  });
});

describe('an Arabic page', () => {
  it('aligns a Latin name with the text below it', async () => {
    const page = await open('others=2&language=ar', { viewport: { width: 390, height: 844 } });
    await page.keyboard.press('p');
    await page.getByTestId('people-panel').waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}details-people-rtl.png` });
    const row = '[data-testid="person-row"][data-user-id="p0"]';
    const [name, detail] = [
      await boxOf(page, `${row} .row-name bdi`),
      await boxOf(page, `${row} .row-detail`),
    ];
    expect(Math.abs(name.x + name.width - (detail.x + detail.width))).toBeLessThan(2);
  });
});
