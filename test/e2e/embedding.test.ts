import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmbeddingMessage } from '@televisit/client/ui/app/embedding';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Backend } from '../support/clients/backend.ts';
import { launchChromium, SCREENSHOTS, Visitor } from '../support/clients/chromium.ts';
import { Firefox } from '../support/clients/firefox.ts';
import { createLab, insideNamespace, labAvailable } from '../support/netlab/index.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const ALLOW =
  'camera; microphone; display-capture; fullscreen; picture-in-picture; screen-wake-lock; speaker-selection; autoplay';

declare global {
  interface Window {
    messages: EmbeddingMessage[];
  }
}

/** Returns the page of a portal that embeds a link and keeps the messages. */
function portal(link: string): string {
  return `<!doctype html><title>Portal</title>
    <script>messages = []; addEventListener('message', ({ data }) => messages.push(data));</script>
    <iframe src="${link}" title="Video visit" allow="${ALLOW}" style="width: 1000px; height: 700px"></iframe>`;
}

describe('a page that embeds a visit', () => {
  let pages: Server;
  let server: TestServer;
  let link = '';
  const addressOf = (host: string) => `http://${host}:${(pages.address() as AddressInfo).port}`;

  beforeAll(async () => {
    pages = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end(portal(link));
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    // "localhost" is another site than 127.0.0.1, and may use devices without https.
    const env = { EMBED_ALLOW_ORIGINS: addressOf('localhost') };
    server = await startServer({ env, closedBy: 'caller' });
  });
  afterAll(async () => {
    await server.close();
    pages.close();
  });

  async function openPortal(host: string): Promise<Visitor> {
    const { sessionId } = await server.createVisit();
    link = await server.joinUrl(sessionId, 'patient');
    // Blocks the cookies and the storage of third parties.
    const browser = await launchChromium(['--test-third-party-cookie-phaseout']);
    onTestFinished(() => browser.close());
    return Visitor.open(browser, addressOf(host));
  }

  const eventsOf = ({ page }: Visitor) => page.evaluate(() => window.messages.map(({ event }) => event));

  it('a page of an allowed origin is sent each step of the visit while third-party cookies are blocked', async () => {
    const visitor = await openPortal('localhost');
    const frame = visitor.page.frameLocator('iframe');
    await frame.getByTestId('join-button').click();
    await frame.getByTestId('call').waitFor();
    await expect.poll(() => eventsOf(visitor)).toEqual(['ready', 'joined']);
    await visitor.page.screenshot({ path: `${SCREENSHOTS}embedded-call.png` });
    await frame.getByTestId('leave-button').click();
    await expect.poll(() => eventsOf(visitor)).toEqual(['ready', 'joined', 'left']);
    const [first] = await visitor.page.evaluate(() => window.messages);
    expect(first).toEqual({
      source: 'televisit',
      version: 1,
      sessionId: expect.stringMatching(/^sess_/) as string,
      event: 'ready',
    });
    expect(visitor.errors).toEqual([]);
  });

  it('a page of an allowed origin is sent the error code when the link is invalid', async () => {
    const { sessionId } = await server.createVisit();
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    link = `${server.url}/join/${sessionId}?token=invalid`;
    const visitor = await Visitor.open(browser, addressOf('localhost'));
    await expect
      .poll(() => visitor.page.evaluate(() => window.messages))
      .toEqual([expect.objectContaining({ event: 'error', code: 'token_malformed' })]);
  });

  it('a page of another origin can neither embed a visit nor receive messages', async () => {
    const visitor = await openPortal('127.0.0.1');
    await expect.poll(() => visitor.errors.join()).toMatch(/frame-ancestors/);
    expect(visitor.page.frames().some((frame) => frame.url().startsWith(server.url))).toBe(false);
    expect(await eventsOf(visitor)).toEqual([]);
  });

  it('no page can embed a visit by default', async () => {
    const closed = await startServer();
    const { headers } = await closed.call('GET', '/');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});

const FIREFOX = 'a page that embeds a visit in Firefox';
const firefoxIsHere = existsSync(process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr');
if (!firefoxIsHere) console.warn(`SKIPPED: ${FIREFOX}. It needs Firefox ESR.`);
const PORTAL_PORT = 3001;
/** Serves the page of the environment. */
const PORTAL_SERVER = `require('node:http').createServer((_, response) =>
  response.setHeader('Content-Type', 'text/html').end(process.env.PORTAL)).listen(${PORTAL_PORT}, '127.0.0.1',
  () => process.send('listening'))`;

describe.skipIf(!firefoxIsHere || !labAvailable(FIREFOX))(FIREFOX, () => {
  it('a page of an allowed origin is sent each step while third-party cookies are blocked', async () => {
    const lab = await createLab();
    onTestFinished(() => lab.close());
    const url = `http://${lab.server.address}:3000`;
    const origin = `http://localhost:${PORTAL_PORT}`;
    const env = {
      PORT: '3000',
      LISTEN_IP: lab.server.address,
      CLIENT_BASE_URL: url,
      EMBED_ALLOW_ORIGINS: origin,
    };
    await startServer({ process: 'server', env, namespace: lab.server.namespace });
    const firefox = new Firefox(lab.client.namespace);
    onTestFinished(() => firefox.close());
    const backend = new Backend(url, firefox.fetch);
    const { sessionId } = await backend.createVisit();
    await servePortal(lab.client.namespace, portal(await backend.joinUrl(sessionId, 'patient')));

    await firefox.goto(origin);
    await firefox.click('join-button', true);
    await firefox.waitFor('call', true);
    const events = () => firefox.evaluate(() => window.messages.map(({ event }) => event), null);
    await expect.poll(events).toEqual(['ready', 'joined']);
    await firefox.screenshot(`${SCREENSHOTS}firefox-embedded.png`);
  });
});

/** Serves a page at PORTAL_PORT of a namespace's loopback address until the test ends. */
async function servePortal(namespace: string, page: string): Promise<void> {
  const [command, args] = insideNamespace(namespace, process.execPath, ['-e', PORTAL_SERVER]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PORTAL: page },
  });
  onTestFinished(() => void child.kill());
  await once(child, 'message');
}
