import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/clients/chromium.ts';
import { freePort } from '../support/infra/free-port.ts';
import { PushDouble } from '../support/infra/push-double.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const PATH = '/visits';
const push = await PushDouble.open();

let browser: Browser;
beforeAll(async () => (browser = await launchChromium()));
afterAll(() => browser.close());

/** Starts a proxy that serves another site at its root, and a server below a path; `strips` removes the path. */
function startProxy(port: number, serverPort: number, strips: boolean): Promise<Server> {
  const target = ({ url = '' }: IncomingMessage) => (strips ? url.slice(PATH.length) : url);
  const proxy = createServer((request, response) => {
    if (!request.url?.startsWith(`${PATH}/`)) {
      response.writeHead(404).end();
      return;
    }
    const options = {
      port: serverPort,
      path: target(request),
      method: request.method,
      headers: request.headers,
    };
    const passed = httpRequest(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  proxy.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    if (!request.url?.startsWith(`${PATH}/`)) {
      socket.destroy();
      return;
    }
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    const onward = connect(serverPort, '127.0.0.1', () => {
      onward.write(`GET ${target(request)} HTTP/1.1\r\n${headers.join('')}\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => undefined);
  });
  return new Promise((resolve) => proxy.listen(port, '127.0.0.1', () => resolve(proxy)));
}

describe.each([
  ['removes', true],
  ['keeps', false],
])('a server at an address with a path, behind a proxy that %s it', (_what, strips) => {
  let server: TestServer;
  let proxy: Server;
  let address: string;

  beforeAll(async () => {
    const port = await freePort();
    address = `http://localhost:${port}${PATH}`;
    server = await startServer({ closedBy: 'caller', env: { CLIENT_BASE_URL: address, ...push.env } });
    proxy = await startProxy(port, Number(new URL(server.url).port), strips);
    expect((proxy.address() as AddressInfo).port).toBe(port);
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await server.close();
  });

  it('two people join by their links, and the page stays below the path', async () => {
    const { sessionId } = await server.createVisit();
    const people: Visitor[] = [];
    for (const role of ['doctor', 'patient'] as const) {
      const link = await server.joinUrl(sessionId, role);
      expect(link.startsWith(`${address}/join/`)).toBe(true);
      const visitor = await Visitor.open(browser, link, { locale: 'de-DE' });
      onTestFinished(() => visitor.close());
      await visitor.pressJoin();
      people.push(visitor);
    }
    const [doctor, patient] = people as [Visitor, Visitor];
    await expect.poll(async () => (await doctor.receivedFrom('patient')).frames).toBeGreaterThan(5);
    expect(new URL(patient.page.url()).pathname).toBe(`${PATH}/join/${sessionId}`);
    const own = await patient.page.evaluate(() => window.__televisit?.client.joinLink());
    expect(own?.startsWith(`${address}/join/${sessionId}?token=`)).toBe(true);
    await patient.page.evaluate(() => {
      window.__televisit?.client.chat.sendFile(new File(['x'], 'note.txt', { type: 'text/plain' }));
    });
    await doctor.byTestId('chat-toggle').click();
    await doctor.byTestId('chat-file-open').waitFor();
    // A reload finds everything again.
    await patient.page.reload();
    await patient.pressJoin();
    expect([...doctor.errors, ...patient.errors]).toEqual([]);
  });

  it('the service worker of push messages is registered below the path, and shows what the server sends', async () => {
    const { sessionId } = await server.createVisit(undefined, { options: { waitingRoom: 'until-host' } });
    const link = await server.joinUrl(sessionId, 'patient');
    const patient = await Visitor.open(browser, link, { permissions: ['notifications'] });
    onTestFinished(() => patient.close());
    const subscription = push.subscribe();
    const devTools = await patient.context.newCDPSession(patient.page);
    const registration = Promise.withResolvers<{ scopeURL: string; registrationId: string }>();
    devTools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [first] }) => {
      if (first) registration.resolve(first);
    });
    await devTools.send('ServiceWorker.enable');
    await patient.page.evaluate((json) => {
      PushManager.prototype.subscribe = () => Promise.resolve({ toJSON: () => json } as never);
    }, subscription);
    await patient.byTestId('push-button').click();
    await expect.poll(() => patient.byTestId('push-offer').getAttribute('data-standing')).toBe('on');
    const { scopeURL, registrationId } = await registration.promise;
    expect(scopeURL).toBe(`${address}/`);
    const worker = await patient.page.evaluate(
      async () => (await navigator.serviceWorker.ready).active?.scriptURL,
    );
    expect(worker).toBe(`${address}/push-worker.js`);

    await server.televisit.sessions.enter(sessionId, 'doctor');
    await expect.poll(() => push.to(subscription).length, { timeout: 15_000 }).toBe(1);
    const { payload } = push.to(subscription)[0]!;
    expect(payload.url).toMatch(new RegExp(`^${address}/j/[\\w-]{45}$`));
    // The person looks at another page below the path.
    await patient.page.goto(`${address}/docs`);
    const { origin } = new URL(address);
    const data = JSON.stringify(payload);
    await devTools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
    const shown = () =>
      patient.page.evaluate(async () => {
        const ready = await navigator.serviceWorker.ready;
        return (await ready.getNotifications()).map(({ body }) => body);
      });
    await expect.poll(shown).toEqual([payload.body]);
    const opened = await fetch(payload.url!, { redirect: 'manual' });
    expect(opened.headers.get('location')).toContain(`${address}/join/${sessionId}?token=`);
  });

  it('the API reference finds its document and the addresses of the API', async () => {
    const visitor = await Visitor.open(browser, `${address}/docs`);
    onTestFinished(() => visitor.close());
    await visitor.page.getByText('createSession').first().waitFor();
    const document = (await (await fetch(`${address}/openapi.json`)).json()) as {
      servers: { url: string }[];
    };
    expect(document.servers.map(({ url }) => url)).toEqual([`${PATH}/api/v1`, PATH]);
  });
});
