import { IncomingMessage, ServerResponse, type OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { securityHeaders } from '@televisit/server/http/security-headers';
import { AGORA_ORIGINS } from '@televisit/server/providers/agora/agora-origins';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium } from '../support/clients/chromium.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';

/** Hosts of Agora that collect reports and logs, and that distribute configuration which could switch them on. */
const REPORTS = /statscollector|logservice|data-reporting|^cds-/;

/** The answer to a token that is not valid: the code 9 of the service 201. */
const INVALID_TOKEN = 201_0009;

/** The services that one answer names. */
const MEDIA_SERVERS = 4096;
const PROXIES = 4_194_310;

let pages: StoryPages;
let browser: Browser;

beforeAll(async () => {
  [pages, browser] = await Promise.all([StoryPages.open('agora', pageHeaders()), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});

/** Returns the headers with which a server that has Agora set up sends its page. */
function pageHeaders(): OutgoingHttpHeaders {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  for (const handler of securityHeaders(false, [], AGORA_ORIGINS)) {
    void handler(request as never, response as never, () => undefined);
  }
  return response.getHeaders();
}

/** What Agora answers to the SDK, as its code reads it; `edges` are media servers. */
interface Answer {
  readonly code: number;
  readonly edges?: readonly { readonly ip: string; readonly port: number }[];
}

function bodyOf(url: URL, { code, edges = [] }: Answer): object {
  if (url.searchParams.get('action') === 'stringuid') return { code: 0, uid: 4711 };
  const buffer = { code, uid: 4711, cid: 1, cname: 'visit_story', cert: 'ticket', detail: {} };
  return {
    response_body: [MEDIA_SERVERS, PROXIES].map((flag) => ({
      uri: 23,
      buffer: { ...buffer, flag, edges_services: edges },
    })),
    detail: {},
    enter_ts: Date.now(),
    opid: 1,
  };
}

/**
 * Opens the call with Agora's own SDK. The network ends at this machine, also if the machine has the internet.
 * @param answer of the service that names media servers; null if nothing answers
 */
async function open(answer: Answer | null) {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const asked: URL[] = [];
  const problems: string[] = [];
  const isOutside = (url: URL) => url.hostname !== '127.0.0.1' && url.protocol !== 'blob:';
  await context.route(isOutside, async (route) => {
    const url = new URL(route.request().url());
    asked.push(url);
    if (!answer) await route.abort('internetdisconnected');
    else await route.fulfill({ json: bodyOf(url, answer), headers: { 'access-control-allow-origin': '*' } });
  });
  await context.routeWebSocket(isOutside, async (socket) => {
    asked.push(new URL(socket.url()));
    await socket.close();
  });
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(pages.url('scene=real'));
  return { page, asked, problems };
}

describe('the SDK of Agora in the page', () => {
  it('asks hosts of Agora that the policy allows, sends no reports, and the page explains that none answers', async () => {
    const { page, asked, problems } = await open(null);
    await page.locator('[data-testid="agora-own"] video').waitFor();
    await page.getByText('The call can’t be reached').waitFor({ timeout: 60_000 });
    const hosts = [...new Set(asked.map(({ hostname }) => hostname))];
    console.log(`Agora's SDK asked ${hosts.join(', ')}`);
    expect(hosts).not.toEqual([]);
    expect(hosts.filter((host) => REPORTS.test(host))).toEqual([]);
    expect(problems).toEqual([]);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await page.getByTestId('agora-retry').click();
    await page.locator('[data-testid="agora-own"] video').waitFor();
  });

  it('connects to the ports of media servers, which the policy allows', async () => {
    const { asked, problems } = await open({ code: 0, edges: [{ ip: '203.0.113.7', port: 4703 }] });
    const sockets = () => asked.filter(({ protocol }) => protocol === 'wss:').map(({ host }) => host);
    await expect.poll(sockets, { timeout: 30_000 }).toContain('203-0-113-7.edge.agora.io:4703');
    expect(problems).toEqual([]);
  });

  it('gives up at once if Agora does not accept the credentials, and the page says so', async () => {
    const { page, problems } = await open({ code: INVALID_TOKEN });
    await page.getByText('You could not be let in').waitFor();
    expect(problems).toEqual([]);
  });
});
