import { existsSync } from 'node:fs';
import { launch } from 'puppeteer-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium } from '../support/clients/chromium.ts';
import { hearOnDevice, type Tab } from '../support/clients/device-speech.ts';
import { speechAvailable } from '../support/fixtures/spoken-samples.ts';
import { freePort } from '../support/infra/free-port.ts';
import { startServer } from '../support/infra/start-server.ts';

const FIREFOX = process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr';

async function openTab(name: 'Chromium' | 'Firefox'): Promise<Tab> {
  if (name === 'Chromium') {
    const chromium = await launchChromium();
    onTestFinished(() => chromium.close());
    const page = await chromium.newPage();
    return {
      goto: (url) => page.goto(url),
      evaluate: <T>(script: string) => page.evaluate<T>(script),
    };
  }
  const firefox = await launch({ browser: 'firefox', executablePath: FIREFOX, headless: true });
  onTestFinished(() => firefox.close());
  const page = await firefox.newPage();
  return {
    goto: (url) => page.goto(url),
    evaluate: <T>(script: string) => page.evaluate(script) as Promise<T>,
  };
}

const browsers = (['Chromium', 'Firefox'] as const).filter(
  (name) => name === 'Chromium' || existsSync(FIREFOX),
);

describe.runIf(speechAvailable('the worker that transcribes'))('the worker that transcribes', () => {
  it.each(browsers)(
    'transcribes in %s below the policy of the page, which may not run WebAssembly itself, at an address with a path',
    { timeout: 240_000 },
    async (name) => {
      const port = await freePort();
      const url = `http://localhost:${port}/visits`;
      await startServer({
        env: { PORT: String(port), CLIENT_BASE_URL: url, SPEECH_DIR: process.env.SPEECH_DIR ?? '' },
      });
      const tab = await openTab(name);
      await tab.goto(`${url}/`);
      const compiled = await tab.evaluate<string>(
        `WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(() => 'compiled', () => 'refused')`,
      );
      expect(compiled).toBe('refused');
      const heard = await hearOnDevice(tab, url, 'beckett', false);
      const outcome = async () => {
        const { problem, texts } = await heard();
        return problem ?? texts.flatMap(({ text, isFinal }) => (isFinal ? [text] : [])).join(' ');
      };
      await expect
        .poll(outcome, { timeout: 180_000, interval: 500 })
        .toMatch(/ever tried.*ever failed|unavailable|device|error/i);
      expect(await outcome()).toMatch(/ever tried.*ever failed/i);
    },
  );
});
