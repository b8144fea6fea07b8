import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Backend } from '../support/backend.ts';
import { launchChromium, SCREENSHOTS, Visitor } from '../support/chromium.ts';
import { Firefox } from '../support/firefox.ts';
import { canMakeNamespaces, NamespacePair } from '../support/network-namespaces.ts';
import { ServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const firefoxIsHere = existsSync(process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr');
const possible = firefoxIsHere && canMakeNamespaces();
if (!possible) {
  console.warn(
    `SKIPPED: the visit with Firefox. It makes no connection over 127.0.0.1, so the test needs ${
      firefoxIsHere ? 'root and iproute2 for network namespaces' : 'Firefox ESR'
    }.`,
  );
}

/** Debian's Chromium, started inside a namespace; it is driven through a pipe, which reaches across. */
function chromiumInside(namespace: string): string {
  const file = join(temporaryFolder(), 'chromium');
  const chromium = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${namespace} ${chromium} "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

async function lab() {
  const pair = new NamespacePair();
  onTestFinished(() => pair.close());
  const url = `http://${pair.serverAddress}:3000`;
  const env = {
    PORT: '3000',
    LISTEN_IP: pair.serverAddress,
    CLIENT_BASE_URL: url,
    DATA_DIR: temporaryFolder(),
  };
  const server = new ServerProcess(env, pair.server);
  onTestFinished(() => server.dispose());
  await server.listening();
  const firefox = new Firefox(pair.browser);
  onTestFinished(() => firefox.close());
  const secure = `--unsafely-treat-insecure-origin-as-secure=${url}`;
  const chromium = await launchChromium([secure], chromiumInside(pair.browser));
  onTestFinished(() => chromium.close());
  return { firefox, chromium, backend: new Backend(url, firefox.fetch) };
}

describe.skipIf(!possible)('a patient with Firefox and a doctor with Chromium', () => {
  it(
    'see and hear each other, see mutes, and a leave takes the tile away',
    { timeout: 180_000 },
    async () => {
      const { firefox, chromium, backend } = await lab();
      const { sessionId } = await backend.createVisit();
      const doctor = await Visitor.join(chromium, await backend.joinUrl(sessionId, 'doctor'));
      await firefox.goto(await backend.joinUrl(sessionId, 'patient'));
      await firefox.waitFor('join-button');
      await firefox.screenshot(`${SCREENSHOTS}firefox-prejoin.png`);
      await firefox.click('join-button');
      await firefox.waitFor('call');

      const inFirefox = () =>
        firefox.evaluate(async (userId) => {
          const stats = await window.__televisit?.client.stats();
          const own = stats?.inbound.filter((stream) => stream.userId === userId) ?? [];
          return {
            frames: own.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0),
            energy: own.reduce((sum, { totalAudioEnergy }) => sum + totalAudioEnergy, 0),
          };
        }, 'doctor');
      const frames = expect.poll(async () => (await inFirefox()).frames, { timeout: 40_000 });
      await frames.toBeGreaterThan(10);
      await expect.poll(async () => (await inFirefox()).energy).toBeGreaterThan(0);
      await expect.poll(async () => (await doctor.receivedFrom('patient')).frames).toBeGreaterThan(10);
      await expect.poll(async () => (await doctor.receivedFrom('patient')).energy).toBeGreaterThan(0);
      await firefox.screenshot(`${SCREENSHOTS}firefox-call.png`);

      await firefox.click('mic-toggle');
      await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toBe('off');
      await firefox.click('leave-button');
      await expect.poll(() => doctor.byTestId('remote-video').count()).toBe(0);
      expect(doctor.errors).toEqual([]);
    },
  );
});
