/**
 * Drives Firefox from inside its network namespace, for a test outside: WebDriver BiDi is a WebSocket on the loopback
 * address of the namespace, which is unreachable from elsewhere. `firefox.ts` starts it and sends commands over Node's
 * channel.
 */
import { launch, type Browser, type Frame, type Page } from 'puppeteer-core';

export type Command =
  | { readonly op: 'goto'; readonly url: string }
  | { readonly op: 'click' | 'waitFor'; readonly selector: string; readonly embedded: boolean }
  | { readonly op: 'evaluate'; readonly script: string }
  | { readonly op: 'screenshot'; readonly path: string }
  | { readonly op: 'fetch'; readonly url: string; readonly init: RequestInit }
  | { readonly op: 'close' };

export interface Request {
  readonly id: number;
  readonly command: Command;
}

export type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** Fake devices, without a prompt, on a page that is not https. */
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.devices.insecure.enabled': true,
  'media.getusermedia.insecure.enabled': true,
  'media.autoplay.default': 0,
  // Blocks the cookies and the storage of third parties.
  'network.cookie.cookieBehavior': 1,
};

let browser: Browser | undefined;
let page: Page | undefined;

async function thePage(): Promise<Page> {
  browser ??= await launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: PREFERENCES,
  });
  page ??= await browser.newPage();
  return page;
}

/** Returns the page's frame, or that of the page that it embeds. */
async function frameOf({ embedded }: { readonly embedded: boolean }): Promise<Frame> {
  const top = await thePage();
  return embedded ? top.waitForFrame((frame) => frame.parentFrame() !== null) : top.mainFrame();
}

async function run(command: Command): Promise<unknown> {
  switch (command.op) {
    case 'goto':
      await (await thePage()).goto(command.url);
      return null;
    case 'click':
      await (await frameOf(command)).locator(command.selector).click();
      return null;
    case 'waitFor':
      await (await frameOf(command)).waitForSelector(command.selector);
      return null;
    case 'evaluate':
      return (await thePage()).evaluate(command.script);
    case 'screenshot':
      await (await thePage()).screenshot({ path: command.path });
      return null;
    case 'fetch': {
      const response = await fetch(command.url, command.init);
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, text: await response.text() };
    }
    case 'close':
      await browser?.close();
      // No one awaits a response; without the channel this process has nothing left to do.
      setImmediate(() => process.disconnect());
      return null;
  }
}

process.on('message', ({ id, command }: Request) => {
  run(command).then(
    (value) => process.send?.({ id, value } satisfies Reply),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies Reply),
  );
});
process.once('disconnect', () => void browser?.close());
