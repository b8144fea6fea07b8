import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { contextOn, devices, DEVICES, inEachWindow, type Device } from '../support/fixtures/devices.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
import { axeFindings } from '../support/measure/axe.ts';

let pages: StoryPages;
let browser: Browser;

beforeAll(async () => {
  [pages, browser] = await Promise.all([StoryPages.open('agora'), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});

/** Each scene with what is there once it is complete. */
const SCENES = {
  joining: '[data-testid="agora-status"]',
  alone: '[data-testid="agora-alone"]',
  two: '[data-testid="agora-tile"] video',
  four: '[data-account="~seat-41aa"]',
  closing: '[data-testid="closing-soon"]',
  reconnecting: '[data-phase="reconnecting"]',
  devices: '[data-testid="agora-notice"]',
  unreachable: '[data-testid="agora-retry"]',
  'two&watches': '[data-testid="agora-tile"] video',
} as const;

/** Returns what is wider than the window, sticks out at the side, is cut off or is too small for a finger. */
async function problemsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : [];
    for (const element of document.querySelectorAll('button, h1, p, .agora-tile, .agora-plate')) {
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue;
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      const small = Math.min(box.width, box.height) < 44;
      if (element.matches('button') && small) found.push(`too small: ${element.outerHTML}`);
    }
    return found;
  });
}

async function open(query: string, device: Device = DEVICES.mouse): Promise<Page> {
  const context = await browser.newContext(contextOn(device));
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(pages.url(`${query}&language=${device.language}`));
  return page;
}

describe.each(devices())('the call of a visit at Agora with %s', (_, device) => {
  it.each(Object.entries(SCENES))(
    'cuts nothing off in the scene %s, and axe finds nothing',
    async (scene, complete) => {
      const page = await open(`scene=${scene}`, device);
      await page.locator(complete).first().waitFor();
      await inEachWindow(page, device, async (window) => {
        await expect.poll(() => problemsOf(page), { message: window }).toEqual([]);
        await page.screenshot({ path: `${SCREENSHOTS}agora-${scene}-${window}.png`, fullPage: true });
      });
      if (device.axe) expect(await axeFindings(page)).toEqual([]);
    },
  );
});

describe('the call of a visit at Agora', () => {
  it('is used with the keyboard: blocked sound, microphone, camera, leaving', async () => {
    const page = await open('scene=two');
    // The browser plays no sound before a click or key.
    await page.getByTestId('agora-hear').waitFor();
    const pressed = (testId: string) => page.getByTestId(testId).getAttribute('aria-pressed');
    await expect.poll(() => pressed('mic-toggle')).toBe('true');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('agora-hear').count()).toBe(0);
    expect(await page.evaluate(() => document.querySelector('audio')?.paused)).toBe(false);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect.poll(() => pressed('mic-toggle')).toBe('false');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect.poll(() => pressed('camera-toggle')).toBe('false');
    expect(await page.getByTestId('agora-own').locator('video').count()).toBe(0);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.body.dataset.left)).toBe('true');
  });

  it('shows the timer, and a person by name whose id Agora does not accept', async () => {
    const page = await open('scene=four');
    await page.locator('[data-account="~seat-41aa"]').getByText('Zoë Lang').waitFor();
    expect(await page.getByTestId('timer').innerText()).toMatch(/^12:0\d$/);
  });

  it('announces that the visit closes soon', async () => {
    const page = await open('scene=closing');
    await page.getByTestId('closing-soon').waitFor();
    await expect
      .poll(() => page.getByTestId('said').textContent())
      .toContain(await page.getByTestId('closing-soon').innerText());
  });

  it('hosts, and no other participants, can end the visit for everyone after a confirmation', async () => {
    const page = await open('scene=two');
    await page.getByTestId('end-button').click();
    await page.getByTestId('end-cancel').click();
    expect(await page.evaluate(() => document.body.dataset.ended)).toBeUndefined();
    await page.getByTestId('end-button').click();
    await page.getByTestId('end-confirm').click();
    await expect.poll(() => page.evaluate(() => document.body.dataset.ended)).toBe('true');
    const other = await open('scene=two&watches');
    await other.getByTestId('agora-leave').waitFor();
    expect(await other.getByTestId('end-button').count()).toBe(0);
  });

  it('names each device that does not work, and shows how to allow a blocked one in this browser', async () => {
    const page = await open('scene=devices');
    const notice = page.getByTestId('agora-notice');
    await notice.getByText('Your browser blocks the microphone.').waitFor();
    await notice.getByText('The camera is used by another app.').waitFor();
    await notice.getByText('Show me how').click();
    await notice.getByTestId('permission-steps').waitFor();
  });

  it('says to screen readers how the connection is and who comes', async () => {
    const page = await open('scene=reconnecting');
    const said = page.getByTestId('said');
    await expect.poll(() => said.textContent()).toContain('You are in the visit.');
    await expect.poll(() => said.textContent()).toContain('Connection lost. Reconnecting.');
    const other = await open('scene=two');
    await expect.poll(() => other.getByTestId('said').textContent()).toContain('Ana Pérez joined');
  });

  it('offers a way back if joining failed, and another try where that helps', async () => {
    const refused = await open('scene=refused');
    await refused.getByTestId('agora-back').click();
    await expect.poll(() => refused.evaluate(() => document.body.dataset.left)).toBe('true');
    expect(await refused.getByTestId('agora-retry').count()).toBe(0);
    const unreachable = await open('scene=unreachable');
    await unreachable.getByTestId('agora-retry').click();
    await unreachable.getByTestId('agora-alone').waitFor();
  });

  it('shows neither switches nor a picture of a person who may only watch', async () => {
    const page = await open('scene=two&watches');
    await page.getByTestId('agora-tile').locator('video').waitFor();
    expect(await page.getByTestId('mic-toggle').count()).toBe(0);
    expect(await page.getByTestId('agora-own').count()).toBe(0);
    await page.getByText('They can’t see or hear you.').waitFor();
  });
});
