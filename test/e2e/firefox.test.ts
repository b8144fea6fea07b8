import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Backend } from '../support/clients/backend.ts';
import { SCREENSHOTS, Visitor } from '../support/clients/chromium.ts';
import { Firefox } from '../support/clients/firefox.ts';
import { launchChromiumIn } from '../support/netlab/browser.ts';
import { createLab, insideNamespace, labAvailable } from '../support/netlab/index.ts';
import { startServer } from '../support/infra/start-server.ts';

const VISIT = 'the visit with Firefox, which makes no connection over 127.0.0.1';
const firefoxIsHere = existsSync(process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr');
if (!firefoxIsHere) console.warn(`SKIPPED: ${VISIT}. It needs Firefox ESR.`);
const possible = firefoxIsHere && labAvailable(VISIT);

async function setUp() {
  const lab = await createLab();
  onTestFinished(() => lab.close());
  const url = `http://${lab.server.address}:3000`;
  const env = {
    PORT: '3000',
    LISTEN_IP: lab.server.address,
    CLIENT_BASE_URL: url,
  };
  await startServer({ process: 'server', env, namespace: lab.server.namespace });
  const firefox = new Firefox(lab.client.namespace);
  onTestFinished(() => firefox.close());
  const chromium = await launchChromiumIn(lab, lab.client, url);
  onTestFinished(() => chromium.close());
  return { lab, url, firefox, chromium, backend: new Backend(url, firefox.fetch) };
}

const PROXY = fileURLToPath(new URL('../support/infra/no-websocket-proxy-process.ts', import.meta.url));

/** Starts a proxy beside the server that refuses WebSockets. @returns its URL */
async function refuseWebSockets({ lab, url }: Awaited<ReturnType<typeof setUp>>): Promise<string> {
  const { namespace, address } = lab.server;
  const [command, args] = insideNamespace(namespace, process.execPath, [PROXY, url, address]);
  const proxy = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  onTestFinished(() => {
    if (proxy.connected) proxy.disconnect();
  });
  const [proxyUrl] = (await once(proxy, 'message')) as [string];
  return proxyUrl;
}

const framesIn = (firefox: Firefox) =>
  firefox.evaluate(async () => {
    const stats = await window.__televisit?.client.stats();
    return stats?.inbound.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0) ?? 0;
  }, null);

describe.skipIf(!possible)('a patient with Firefox and a doctor with Chromium', () => {
  it(
    'a patient with Firefox and a doctor with Chromium meet through the waiting room, see, hear, mute, chat and share',
    { timeout: 240_000 },
    async () => {
      const { firefox, chromium, backend } = await setUp();
      const { sessionId } = await backend.createVisit(undefined, { options: { waitingRoom: 'admit' } });
      const doctor = await Visitor.join(chromium, await backend.joinUrl(sessionId, 'doctor'));
      await firefox.goto(await backend.joinUrl(sessionId, 'patient'));
      await firefox.waitFor('join-button');
      await firefox.screenshot(`${SCREENSHOTS}firefox-prejoin.png`);
      await firefox.click('join-button');
      await firefox.waitFor('waiting-room');
      await firefox.screenshot(`${SCREENSHOTS}firefox-waiting.png`);
      await doctor.byTestId('admit-button').click();
      await firefox.waitFor('call');

      const inFirefox = (source: string) =>
        firefox.evaluate(async (wanted) => {
          const stats = await window.__televisit?.client.stats();
          const own = stats?.inbound.filter((stream) => stream.source === wanted) ?? [];
          return {
            frames: own.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0),
            energy: own.reduce((sum, { totalAudioEnergy }) => sum + totalAudioEnergy, 0),
          };
        }, source);
      const patience = { timeout: 40_000 };
      await expect.poll(async () => (await inFirefox('camera')).frames, patience).toBeGreaterThan(10);
      await expect.poll(async () => (await inFirefox('microphone')).energy).toBeGreaterThan(0);
      await expect.poll(async () => (await doctor.receivedFrom('patient')).frames).toBeGreaterThan(10);
      await expect.poll(async () => (await doctor.receivedFrom('patient')).energy).toBeGreaterThan(0);
      await firefox.screenshot(`${SCREENSHOTS}firefox-call.png`);

      await firefox.click('mic-toggle');
      await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toBe('off');

      await firefox.click('chat-toggle');
      await firefox.waitFor('chat-input');
      await firefox.evaluate((text) => window.__televisit?.client.chat.send(text), 'Hello from Firefox');
      await doctor.byTestId('chat-toggle').click();
      await expect.poll(() => doctor.byTestId('chat-message').allTextContents()).toHaveLength(1);
      await doctor.byTestId('chat-input').fill('Hello from Chromium');
      await doctor.byTestId('chat-input').press('Enter');
      const read = () =>
        firefox.evaluate(
          (selector) => [...document.querySelectorAll(selector)].map(({ textContent }) => textContent).join(),
          '[data-testid="chat-message"]',
        );
      await expect.poll(read).toContain('Hello from Chromium');

      await doctor.byTestId('screen-toggle').click();
      await firefox.waitFor('screen-video');
      await expect.poll(async () => (await inFirefox('screen')).frames, patience).toBeGreaterThan(0);
      await firefox.screenshot(`${SCREENSHOTS}firefox-share.png`);

      await doctor.byTestId('end-button').click();
      await doctor.byTestId('end-confirm').click();
      await firefox.waitFor('error-screen');
      expect(doctor.errors).toEqual([]);
    },
  );

  it('the tile of a patient who leaves with Firefox disappears at once', { timeout: 180_000 }, async () => {
    const { firefox, chromium, backend } = await setUp();
    const { sessionId } = await backend.createVisit();
    const doctor = await Visitor.join(chromium, await backend.joinUrl(sessionId, 'doctor'));
    await firefox.goto(await backend.joinUrl(sessionId, 'patient'));
    await firefox.waitFor('join-button');
    await firefox.click('join-button');
    await firefox.waitFor('call');
    await expect.poll(() => doctor.byTestId('remote-video').count()).toBe(1);
    await firefox.click('leave-button');
    await expect.poll(() => doctor.byTestId('remote-video').count()).toBe(0);
    expect(doctor.errors).toEqual([]);
  });

  it(
    'a patient with Firefox joins over long polling if WebSockets are refused',
    { timeout: 180_000 },
    async () => {
      const site = await setUp();
      const { firefox, chromium, backend } = site;
      const { sessionId } = await backend.createVisit();
      const doctor = await Visitor.join(chromium, await backend.joinUrl(sessionId, 'doctor'));
      const link = new URL(await backend.joinUrl(sessionId, 'patient'));
      await firefox.goto(`${await refuseWebSockets(site)}${link.pathname}${link.search}${link.hash}`);
      await firefox.waitFor('join-button');
      await firefox.click('join-button');
      await firefox.waitFor('call');
      const patience = { timeout: 40_000 };
      await expect.poll(() => framesIn(firefox), patience).toBeGreaterThan(10);
      await expect
        .poll(async () => (await doctor.receivedFrom('patient')).frames, patience)
        .toBeGreaterThan(10);
      expect(doctor.errors).toEqual([]);
    },
  );
});
