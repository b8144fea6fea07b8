import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loggedIn, OperatorBrowser } from '../support/clients/operator.ts';
import { startServer } from '../support/infra/start-server.ts';

const ON = { CONSOLE: '1' };

interface Stream {
  readonly status: number;
  readonly type: string | undefined;
  /** The events that came so far, as "event data". */
  readonly events: string[];
  readonly comments: () => number;
  readonly ended: () => boolean;
  close(): void;
}

/** Opens the event stream of a browser. */
function openStream(browser: OperatorBrowser, query = ''): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const url = new URL(`${browser.url}/console/api/events${query}`);
    const asked = request(url, { headers: { Cookie: browser.cookie, Accept: 'text/event-stream' } });
    let text = '';
    let ended = false;
    asked.once('error', (error) => (ended ? undefined : reject(error)));
    asked.once('response', (response) => {
      const events: string[] = [];
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const blocks = text.split('\n\n').slice(0, -1);
        events.splice(
          0,
          events.length,
          ...blocks.flatMap((block) => {
            const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
            return event === undefined ? [] : [`${event} ${data}`];
          }),
        );
      });
      response.once('close', () => (ended = true));
      response.on('error', () => (ended = true));
      resolve({
        status: response.statusCode ?? 0,
        type: response.headers['content-type'],
        events,
        comments: () => text.split('\n').filter((line) => line === ':').length,
        ended: () => ended,
        close: () => asked.destroy(),
      });
    });
    onTestFinished(() => void asked.destroy());
    asked.end();
  });
}

describe('GET /console/api/events', () => {
  it('tells of new and changed sessions, and of nodes that drain', async () => {
    const server = await startServer({ env: ON });
    const browser = await loggedIn(server, 'operator');
    const stream = await openStream(browser);
    expect([stream.status, stream.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await expect.poll(() => stream.events).toContain('hello {}');
    // The first comparison is the one that later ones differ from.
    await expect.poll(() => stream.comments()).toBe(1);
    const { sessionId } = await server.createVisit();
    const changed = `session ${JSON.stringify({ sessionId })}`;
    await expect.poll(() => stream.events).toContain(changed);
    expect(stream.events).toContain('sessions {}');
    const count = () => stream.events.filter((event) => event === changed).length;
    const before = count();
    await server.api.startSession(sessionId);
    await expect.poll(count).toBeGreaterThan(before);
    await browser.call('POST', '/nodes/sfu-1/drain', { deadlineSeconds: 600 });
    await expect.poll(() => stream.events).toContain('nodes {}');
  });

  it('needs a login', async () => {
    const server = await startServer({ env: ON });
    const { status } = await openStream(new OperatorBrowser(server.url));
    expect(status).toBe(401);
  });

  it('sends a comment every 15 seconds, and closes when the login has been idle for too long', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: { ...ON, CONSOLE_IDLE_MINUTES: '2' }, clock });
    const browser = new OperatorBrowser(server.url);
    await browser.logIn(clock.now());
    const stream = await openStream(browser);
    await expect.poll(() => stream.comments()).toBe(1);
    const comments = () => {
      clock.advance(2000);
      return stream.comments();
    };
    await expect.poll(comments).toBeGreaterThanOrEqual(3);
    expect(stream.ended()).toBe(false);
    await expect
      .poll(() => {
        clock.advance(2000);
        return stream.ended();
      })
      .toBe(true);
    expect(stream.events.at(-1)).toBe('bye {"reason":"expired"}');
  });

  it('closes at logout in all windows of the login, and in no other', async () => {
    const server = await startServer({ env: ON });
    const [browser, other] = [await loggedIn(server), await loggedIn(server, 'viewer')];
    const windows = [await openStream(browser), await openStream(browser)];
    const kept = await openStream(other);
    await browser.call('POST', '/logout');
    for (const window of windows) {
      await expect.poll(() => window.ended()).toBe(true);
      expect(window.events.at(-1)).toBe('bye {"reason":"logged_out"}');
    }
    expect(kept.ended()).toBe(false);
  });

  it('refuses more than ten windows of a login until one is closed', async () => {
    const server = await startServer({ env: ON });
    const browser = await loggedIn(server);
    const windows = [];
    for (let number = 0; number < 10; number++) windows.push(await openStream(browser));
    expect(windows.map(({ status }) => status)).toEqual(windows.map(() => 200));
    expect((await openStream(browser)).status).toBe(503);
    windows[0]?.close();
    await expect.poll(async () => (await openStream(browser)).status).toBe(200);
  });

  it('says goodbye when the server closes, which does not wait for open streams', async () => {
    const server = await startServer({ env: ON, closedBy: 'caller' });
    const stream = await openStream(await loggedIn(server));
    await server.close();
    await expect.poll(() => stream.ended()).toBe(true);
    expect(stream.events.at(-1)).toBe('bye {"reason":"restart"}');
  });
});
