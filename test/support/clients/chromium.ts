import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { VisitClient } from '@televisit/client/sdk/index';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';

declare global {
  interface Window {
    __televisit?: { readonly client: VisitClient };
  }
}

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // A window in the background must not save power during a measurement.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

const ALLOWED = '--use-fake-ui-for-media-stream';
const FAKE_DEVICES = '--use-fake-device-for-media-stream';

/** Devices of the browser, and whether the page may use them. */
export interface DeviceConditions {
  readonly allowed?: boolean;
  readonly devices?: boolean;
}

/** Screenshots of the run; git ignores the folder. */
export const SCREENSHOTS = fileURLToPath(new URL('../../e2e/screenshots/', import.meta.url));

/** Starts Debian's Chromium, by default with fake devices that need no permission. */
export function launchChromium(
  args: readonly string[] = [],
  executablePath = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
  { allowed = true, devices = true }: DeviceConditions = {},
): Promise<Browser> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...QUIET, ...(allowed ? [ALLOWED] : []), ...(devices ? [FAKE_DEVICES] : []), ...args],
  });
}

/** The context of a person's browser. */
export interface VisitorOptions extends BrowserContextOptions {
  /** Called before the page is opened. */
  readonly prepare?: (context: BrowserContext) => Promise<void>;
}

/** A person at a browser, in a context of their own. */
export class Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors that the page did not handle, and violations of the content security policy. */
  readonly errors: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.errors.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    link: string,
    { prepare, ...options }: VisitorOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext(options);
    await prepare?.(context);
    const visitor = new Visitor(context, await context.newPage());
    await visitor.page.goto(link);
    return visitor;
  }

  /** Opens the link, presses Join and waits for the call. */
  static async join(browser: Browser, link: string, options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = await Visitor.open(browser, link, options);
    await visitor.pressJoin();
    return visitor;
  }

  async pressJoin(): Promise<void> {
    await this.byTestId('join-button').click();
    await this.byTestId('call').waitFor();
  }

  byTestId(id: string) {
    return this.page.getByTestId(id);
  }

  /** The tile of another participant. */
  tileOf(userId: string) {
    return this.page.locator(`[data-testid="participant"][data-user-id="${userId}"]`);
  }

  /** Returns what the page has received from another participant so far. */
  async receivedFrom(userId: string): Promise<{ frames: number; energy: number }> {
    return this.page.evaluate(async (owner) => {
      const stats = await window.__televisit?.client.stats();
      const own = stats?.inbound.filter((stream) => stream.userId === owner) ?? [];
      return {
        frames: own.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0),
        energy: own.reduce((sum, { totalAudioEnergy }) => sum + totalAudioEnergy, 0),
      };
    }, userId);
  }

  /** Returns the RTP packets sent so far. */
  async sentPackets(): Promise<number> {
    return this.page.evaluate(async () => {
      const stats = await window.__televisit?.client.stats();
      return stats?.outbound.reduce((sum, { packetsSent }) => sum + packetsSent, 0) ?? 0;
    });
  }

  /** Returns how many producers the page has. */
  async producers(): Promise<number> {
    return this.page.evaluate(async () => (await window.__televisit?.client.stats())?.outbound.length ?? 0);
  }

  screenshot(name: string): Promise<Buffer> {
    return this.page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
