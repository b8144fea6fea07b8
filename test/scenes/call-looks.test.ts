import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { contextOn, DEVICES, inEachWindow, type Device } from '../support/fixtures/devices.ts';
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

/** The devices, with windows that matter in a call. */
const IN_CALL: Record<string, Device> = {
  ...DEVICES,
  mouse: {
    ...DEVICES.mouse,
    windows: {
      ...DEVICES.mouse.windows,
      'zoom-200': { width: 640, height: 512 },
      '4k': { width: 3840, height: 2160 },
    },
  },
  touch: {
    ...DEVICES.touch,
    windows: { ...DEVICES.touch.windows, tablet: { width: 768, height: 1024 } },
  },
};

const PHONE: Device = { ...DEVICES.touch, language: 'en' };

/** Query of the story, and the controls that are pressed then. */
const SCENES: Record<string, readonly [query: string, ...presses: string[]]> = {
  alone: ['others=0'],
  'two people': ['others=1&minutes=27'],
  'five people': ['others=4&troubles'],
  'nine people, the speaker large': ['others=8', '[data-testid="layout-toggle"]'],
  'twenty-five people': ['others=24&troubles'],
  'a shared screen': ['others=4&share'],
  'the chat': ['others=1&messages', '[data-testid="chat-toggle"]'],
  'participants, some of them waiting': [
    'others=4&waiting=3&troubles',
    '[data-testid="participants-toggle"]',
  ],
  'the visit’s description': ['others=2', '[data-testid="info-toggle"]'],
  'a waiting participant': ['others=1&waiting=2'],
  'the menu': ['others=2', '[data-testid="more-menu"]'],
};

async function open(query: string, device?: Device): Promise<Page> {
  const context = await browser.newContext(
    device ? contextOn(device) : { viewport: { width: 1280, height: 800 } },
  );
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  onTestFinished(() => expect(errors).toEqual([]));
  await page.goto(pages.url(device ? `${query}&language=${device.language}` : query));
  await page.getByTestId('call').waitFor();
  const allPlay = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('video')].every(
        (video) => video.offsetParent === null || video.videoWidth > 0,
      ),
    );
  await expect.poll(allPlay).toBe(true);
  return page;
}

/**
 * Returns what is cut off by the window, overlaps a neighbour or is too small to hit (WCAG 2.5.8); empty if all is
 * well.
 */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const words = (element: Element) => element.ariaLabel ?? element.textContent;
    const scrolls = (element: Element) => element.closest('.panel-body, .chat-list, .menu, dialog') !== null;
    const shown = [...document.querySelectorAll<HTMLElement>('button, input, textarea, h1, h2')].filter(
      (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    );
    const controls = shown
      .filter((element) => element.tabIndex >= 0 && !element.matches('.visually-hidden'))
      .map((element) => ({ element, box: element.getBoundingClientRect() }));
    const cutOff = shown.filter((element) => {
      const box = element.getBoundingClientRect();
      const outside = box.left < -1 || box.right > innerWidth + 1;
      return outside || (!scrolls(element) && (box.top < -1 || box.bottom > innerHeight + 1));
    });
    const small = controls.filter(({ box }) => box.width < 24 || box.height < 24);
    const layerOf = (element: Element) =>
      element.closest('.controls, .call-header, .panel, .toasts, .menu, .tiles');
    const overlapping = controls.flatMap(({ element, box }, index) =>
      controls.slice(index + 1).filter(({ element: other, box: its }) => {
        if (
          layerOf(element) !== layerOf(other) ||
          element.contains(other) ||
          scrolls(element) !== scrolls(other)
        )
          return false;
        const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        return wide > 1 && high > 1;
      }),
    );
    return [
      ...(document.documentElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : []),
      ...cutOff.map((element) => `cut off: ${words(element)}`),
      ...small.map(({ element }) => `small: ${words(element)}`),
      ...overlapping.map(({ element }) => `overlapped: ${words(element)}`),
    ];
  });
}

describe.each(Object.entries(SCENES))('the call, scene "%s"', (name, [query, ...presses]) => {
  it.each(Object.entries(IN_CALL))(
    'the call with %s has nothing cut off, covered or too small',
    async (_, device) => {
      const page = await open(query, device);
      for (const selector of presses) await page.locator(selector).first().click();
      await inEachWindow(page, device, async (window) => {
        // A menu closes when the window changes.
        const reopens = name === 'the menu' && (await page.locator('.menu').count()) === 0;
        if (reopens) await page.getByTestId('more-menu').click();
        await expect.poll(() => faults(page), { message: window }).toEqual([]);
        await page.screenshot({ path: `${SCREENSHOTS}call-${name.replaceAll(/\W+/g, '-')}-${window}.png` });
      });
    },
  );
});

describe('the check for faults', () => {
  it.each([
    ['cut off', '.bar-control { inline-size: 12rem !important }'],
    ['small', '.header-button { block-size: 1rem !important }'],
    ['overlapped', '.bar-control { margin-inline: -1rem }'],
  ])('the check finds an element that is %s', async (fault, style) => {
    const page = await open('others=1', DEVICES.touch);
    await page.addStyleTag({ content: style });
    expect((await faults(page)).join()).toContain(fault);
  });
});

describe('the videos of the call', () => {
  it('video elements stay the same and keep playing through every change of layout', async () => {
    const page = await open('others=4&share');
    await page.evaluate(() => {
      for (const video of document.querySelectorAll('video')) video.dataset.mark = 'first';
    });
    await page.getByTestId('layout-toggle').click();
    await page.getByTestId('participant').nth(1).hover();
    await page.getByTestId('participant').nth(1).locator('.tile-menu').click();
    await page.getByRole('menuitem').first().click();
    await page.getByTestId('chat-toggle').click();
    const marks = await page
      .locator('video')
      .evaluateAll((videos) => videos.map(({ dataset }) => dataset.mark));
    expect(marks).toHaveLength(6);
    expect(new Set(marks)).toEqual(new Set(['first']));
    expect(
      await page
        .locator('video')
        .evaluateAll((videos) => videos.some((video) => (video as HTMLVideoElement).paused)),
    ).toBe(false);
  });

  it('videos on another page of the grid are reported to the client as hidden', async () => {
    const page = await open('others=24', PHONE);
    const widths = () =>
      page.evaluate(() => {
        const last = (window as unknown as { __story: { asked: string[] } }).__story.asked.findLast((line) =>
          line.startsWith('views'),
        );
        return (JSON.parse(last?.slice(6) ?? '[]') as { width: number }[]).map(({ width }) => width);
      });
    await expect.poll(async () => (await widths()).filter((width) => width > 0).length).toBeGreaterThan(1);
    expect((await widths()).filter((width) => width === 0).length).toBeGreaterThan(10);
    const first = await widths();
    await page.getByRole('button', { name: 'More people' }).click();
    await expect
      .poll(async () => (await widths()).findIndex((width) => width > 0))
      .toBeGreaterThan(first.findIndex((width) => width > 0));
  });
});

describe('the self view', () => {
  it('the self view moves to a corner by arrow keys, can be dragged to another, and returns after it was hidden', async () => {
    const page = await open('others=1');
    const own = page.getByTestId('self-view');
    const corner = () => own.evaluate(({ dataset }) => `${dataset.block} ${dataset.inline}`);
    expect(await corner()).toBe('end end');
    await page.getByRole('button', { name: /Move your picture/ }).focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    expect(await corner()).toBe('start start');
    const box = (await own.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(1000, 600, { steps: 5 });
    await page.mouse.up();
    expect(await corner()).toBe('end end');
    await own.hover();
    await own.getByRole('button', { name: 'Hide my picture' }).click();
    expect(await own.count()).toBe(0);
    await page.getByRole('button', { name: 'Show my picture' }).click();
    expect(await own.count()).toBe(1);
  });
});

describe('the call by keyboard', () => {
  it('a panel takes the focus, closes with Escape and returns the focus', async () => {
    const page = await open('others=1&messages');
    await page.getByTestId('chat-toggle').press('Enter');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
      .toBe('chat-input');
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('chat-panel').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
      'chat-toggle',
    );
  });

  it('letter shortcuts work, but not while typing and not when switched off', async () => {
    const page = await open('others=1&messages');
    const pressed = () => page.getByTestId('mic-toggle').getAttribute('aria-pressed');
    await page.keyboard.press('m');
    expect(await pressed()).toBe('false');
    await page.keyboard.press('c');
    await page.getByTestId('chat-input').fill('');
    await page.keyboard.type('mmv?');
    expect(await pressed()).toBe('false');
    expect(await page.getByTestId('chat-input').inputValue()).toBe('mmv?');
    await page.keyboard.press('Escape');
    await page.getByTestId('call').press('?');
    await page.getByRole('switch', { name: /Use keyboard shortcuts/ }).click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('m');
    expect(await pressed()).toBe('false');
  });

  it('holding Space lets a muted participant speak', async () => {
    const page = await open('others=1');
    const pressed = () => page.getByTestId('mic-toggle').getAttribute('aria-pressed');
    await page.keyboard.press('m');
    await page.keyboard.down(' ');
    await expect.poll(pressed).toBe('true');
    await page.keyboard.up(' ');
    await expect.poll(pressed).toBe('false');
  });

  it('the focus is not lost when the tile that has it disappears', async () => {
    const page = await open('others=2');
    await page.locator('[data-user-id="p1"] .tile-menu').focus();
    await page.evaluate(() => {
      const { __story: story } = window as unknown as {
        __story: { getState(): { participants: object[] }; change(change: object): void };
      };
      story.change({ participants: story.getState().participants.slice(0, 1) });
    });
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  });

  it('a menu opens on its first item, wraps with arrow keys, and closes back to its button', async () => {
    const page = await open('others=1');
    await page.getByTestId('more-menu').press('Enter');
    const item = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await item()).toBe('Settings');
    await page.keyboard.press('ArrowUp');
    expect(await item()).toBe('Keyboard shortcuts');
    await page.keyboard.press('ArrowDown');
    expect(await item()).toBe('Settings');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('more-menu');
  });
});

describe('the chat', () => {
  it('the chat sends with Enter, links only safe addresses, and keeps the reading position', async () => {
    const page = await open('others=1&messages', PHONE);
    await page.getByTestId('chat-toggle').click();
    await page.getByTestId('chat-input').fill('see https://clinic.example/x, not javascript:alert(1)');
    await page.getByTestId('chat-input').press('Enter');
    const own = page.getByTestId('chat-message').last();
    await expect.poll(() => own.innerText()).toContain('javascript:alert(1)');
    expect(
      await own.locator('a').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href)),
    ).toEqual(['https://clinic.example/x']);
    expect(await own.locator('a').getAttribute('rel')).toBe('noopener noreferrer nofollow');
    const list = page.locator('.chat-list');
    await list.evaluate(
      (box) =>
        new Promise((scrolled) => {
          box.addEventListener('scroll', () => requestAnimationFrame(scrolled), { once: true });
          box.scrollTo({ top: 0 });
        }),
    );
    await page.evaluate(() => {
      const { __story: story } = window as unknown as {
        __story: { getState(): { chat: { messages: { seq: number }[] } }; change(change: object): void };
      };
      const { chat } = story.getState();
      story.change({ chat: { ...chat, messages: [...chat.messages, { ...chat.messages[0]!, seq: 99 }] } });
    });
    await page.getByRole('button', { name: /new message/ }).waitFor();
    expect(await list.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
    await page.getByRole('button', { name: /1 new message/ }).click();
    await expect
      .poll(() => list.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight))
      .toBeLessThan(5);
  });
});

describe('a host', () => {
  it('a host admits from the notice, and confirms before removing a participant', async () => {
    const page = await open('others=2&waiting=1');
    await page.getByTestId('waiting-toast').getByTestId('admit-button').click();
    await expect.poll(() => page.getByTestId('waiting-toast').count()).toBe(0);
    await page.locator('[data-user-id="p0"].tile').hover();
    await page.locator('[data-user-id="p0"] .tile-menu').click();
    await page.getByTestId('remove-person').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    const asked = await page.evaluate(
      () => (window as unknown as { __story: { asked: string[] } }).__story.asked,
    );
    expect(asked).toContain('moderation:remove');
  });
});
