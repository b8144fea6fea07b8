import type { VisitClient } from '@televisit/client/sdk/index';
import type { Role } from '@televisit/shared/vocabulary';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/clients/chromium.ts';
import { buildPage, sdkExample } from '../support/fixtures/sdk-example.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

declare global {
  interface Window {
    /** The example's client, so that a test can do what the example does not show. */
    exampleClient?: VisitClient;
  }
}

let server: TestServer;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  await buildPage(folder, `${sdkExample()}\nwindow.exampleClient = client;`);
  server = await startServer({ closedBy: 'caller', clientDir: folder });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await server.close();
  removeFolder(folder);
});

/** Opens the example's page instead of the server's own. */
async function open(sessionId: string, role: Role): Promise<Page> {
  const link = new URL(await server.joinUrl(sessionId, role));
  const token = link.searchParams.get('token') ?? '';
  const query = new URLSearchParams({ session: sessionId, token });
  const visitor = await Visitor.open(browser, `${server.url}/?${query}`);
  onTestFinished(async () => {
    await visitor.close();
    expect(visitor.errors).toEqual([]);
  });
  return visitor.page;
}

const phaseOf = (page: Page) => page.locator('p').textContent();
const join = async (page: Page) => {
  await expect.poll(() => phaseOf(page)).toBe('ready');
  await page.locator('button').click();
};
const messagesOf = (page: Page) => page.evaluate(() => window.exampleClient?.getState().chat.messages ?? []);

describe('the example of the SDK', () => {
  it('the example has at most 30 lines', () => {
    expect(sdkExample().trimEnd().split('\n').length).toBeLessThanOrEqual(30);
  });

  it('the example waits for the doctor, shows the other participant, and chats', async () => {
    const { sessionId } = await server.createVisit(undefined, { options: { waitingRoom: 'until-host' } });
    const patient = await open(sessionId, 'patient');
    await join(patient);
    await expect.poll(() => phaseOf(patient)).toBe('waiting');

    const doctor = await open(sessionId, 'doctor');
    await join(doctor);
    for (const page of [doctor, patient]) {
      await expect.poll(() => phaseOf(page)).toBe('joined');
      const painted = () => page.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth);
      await expect.poll(painted).toBeGreaterThan(0);
    }

    await patient.locator('input').fill('Good morning, doctor');
    await patient.locator('input').press('Enter');
    for (const page of [doctor, patient]) {
      await expect
        .poll(() => page.locator('li').allTextContents())
        .toEqual(['patient: Good morning, doctor']);
    }
  });

  it('the example uploads a file with progress, and the other participant opens it', async () => {
    const { sessionId } = await server.createVisit();
    const [doctor, patient] = [await open(sessionId, 'doctor'), await open(sessionId, 'patient')];
    for (const page of [doctor, patient]) {
      await join(page);
      await expect.poll(() => phaseOf(page)).toBe('joined');
    }
    const bytes = 4 * 1024 * 1024;
    // On the loopback address the upload would end before its first progress event.
    const network = await patient.context().newCDPSession(patient);
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 4 * 1024 * 1024,
    });
    const progress = await patient.evaluate(async (size) => {
      const seen: number[] = [];
      const client = window.exampleClient;
      const sent = new Promise<void>((resolve) => {
        client?.subscribe(({ chat }) => {
          seen.push(...chat.pending.map((message) => message.progress));
          if (chat.messages.length === 1) resolve();
        });
      });
      client?.chat.sendFile(new File([new Uint8Array(size)], 'Röntgen.png', { type: 'image/png' }));
      await sent;
      return seen;
    }, bytes);
    expect(progress.at(0)).toBe(0);
    expect(progress.at(-1)).toBe(1);
    expect(new Set(progress).size).toBeGreaterThan(2);

    await expect.poll(() => messagesOf(doctor)).toHaveLength(1);
    const [{ file } = { file: null }] = await messagesOf(doctor);
    expect(file).toMatchObject({ name: 'Röntgen.png', contentType: 'image/png', bytes });
    const opened = await doctor.evaluate(
      async (fileId) => (await window.exampleClient?.chat.open(fileId))?.size,
      file?.fileId ?? '',
    );
    expect(opened).toBe(bytes);
  });
});
