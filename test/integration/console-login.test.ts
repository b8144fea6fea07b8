import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { MongoServer } from '../support/infra/mongo-server.ts';
import type { ConsoleLogin, ConsoleSession } from '@televisit/shared/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loginCode, OperatorBrowser } from '../support/clients/operator.ts';
import { TOKEN_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const ON = { CONSOLE: '1' };
const HOUR = 60 * 60_000;

describe('the console of a running server', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: ON, closedBy: 'caller' });
  });
  afterAll(() => server.close());

  it('GET /console/api/login names the one-time link as the only way without a provider', async () => {
    const { status, body } = await new OperatorBrowser(server.url).get<ConsoleLogin>('/login');
    expect([status, body]).toEqual([200, { methods: ['link'], provider: null }]);
  });

  it('a one-time link logs in as admin, with a cookie that scripts and other sites cannot use', async () => {
    const browser = new OperatorBrowser(server.url);
    const { status, headers, body } = await browser.logIn();
    expect(status).toBe(200);
    expect(body).toMatchObject({ role: 'admin', method: 'link', idleSeconds: 1800, showNames: false });
    expect(body.subject).toMatch(/^link:[\w-]{8}$/);
    expect(Date.parse(body.expiresAt) - Date.parse(body.loggedInAt)).toBe(12 * HOUR);
    const [cookie = ''] = headers.getSetCookie();
    expect(cookie).toMatch(
      /^televisit-console=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await browser.get<ConsoleSession>('/session')).body).toEqual(body);
  });

  it('the store holds a digest of the cookie only', async () => {
    const browser = new OperatorBrowser(server.url);
    await browser.logIn();
    const id = browser.cookies.get('televisit-console') ?? '';
    const { consoleLogins } = server.televisit.store;
    expect(await consoleLogins.find(id)).toBeUndefined();
    expect(await consoleLogins.find(digestOf(id))).toMatchObject({ role: 'admin' });
    browser.cookies.set('televisit-console', digestOf(id));
    expect((await browser.get('/session')).status).toBe(401);
  });

  it.each([
    ['used', 'console_link'],
    ['expired', 'console_link'],
    ['forged', 'console_link'],
    ['malformed', 'validation_failed'],
  ])('a link that is %s is refused with %s and sets no cookie', async (kind, code) => {
    const codes: Record<string, string> = {
      used: loginCode(),
      expired: loginCode(Date.now() - 5 * 60_000 - 1000),
      forged: loginCode().replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA')),
      malformed: '#',
    };
    if (kind === 'used')
      await new OperatorBrowser(server.url).call('POST', '/login/link', { code: codes.used });
    const browser = new OperatorBrowser(server.url);
    const { status, body, headers } = await browser.call('POST', '/login/link', { code: codes[kind] });
    expect([status, body.code]).toEqual([code === 'console_link' ? 401 : 400, code]);
    expect(headers.getSetCookie()).toEqual([]);
  });

  it('a login gives the browser a new id, and the one before is void', async () => {
    const browser = new OperatorBrowser(server.url);
    await browser.logIn();
    const before = browser.cookie;
    await browser.logIn();
    expect(browser.cookie).not.toBe(before);
    expect((await browser.get('/session')).status).toBe(200);
    expect((await browser.get('/session', { Cookie: before })).status).toBe(401);
  });

  it.each([undefined, 'televisit-console=', `televisit-console=${'a'.repeat(43)}`, 'televisit-console=%00'])(
    'a request with the cookie %s is answered with 401 and a clear problem',
    async (cookie) => {
      const { status, body, headers } = await new OperatorBrowser(server.url).get(
        '/sessions',
        cookie === undefined ? {} : { Cookie: cookie },
      );
      expect(status).toBe(401);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body).toMatchObject({ code: 'console_login', remedy: 'Log in at /console.' });
    },
  );

  it('the internal secret of the backend does not open the console', async () => {
    const headers = { 'X-Internal-Secret': 'test-internal-secret-0123456789abcdef' };
    expect((await new OperatorBrowser(server.url).get('/nodes', headers)).status).toBe(401);
  });

  it('logout ends the login for all windows and deletes the cookie', async () => {
    const browser = new OperatorBrowser(server.url);
    await browser.logIn();
    const { cookie } = browser;
    const { status, body } = await browser.call('POST', '/logout');
    expect([status, body]).toEqual([200, { loggedOut: true }]);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.get('/session', { Cookie: cookie })).status).toBe(401);
  });

  describe('a request other than GET', () => {
    const headersOf = (server: TestServer): Record<string, Record<string, string>> => ({
      'without the header': { 'X-Console-Token': '' },
      'with the token of no login': { 'X-Console-Token': 'login' },
      'without an origin': { Origin: '' },
      'from another origin': { Origin: 'https://evil.example' },
      'from the origin null': { Origin: 'null' },
      'from another port': { Origin: `http://127.0.0.1:${server.televisit.port + 1}` },
    });
    const names = [
      'without the header',
      'with the token of no login',
      'without an origin',
      'from another origin',
      'from the origin null',
      'from another port',
    ];

    it.each(names)('%s is refused and changes nothing', async (name) => {
      const browser = new OperatorBrowser(server.url);
      await browser.logIn();
      const headers = headersOf(server)[name];
      const { status, body } = await browser.call('POST', '/logout', undefined, headers);
      expect([status, body.code]).toEqual([403, 'console_csrf']);
      expect((await browser.get('/session')).status).toBe(200);
    });

    it.each(names.filter((name) => name !== 'with the token of no login'))(
      '%s does not log in and leaves the link usable',
      async (name) => {
        const code = loginCode();
        const browser = new OperatorBrowser(server.url);
        const refused = await browser.call('POST', '/login/link', { code }, headersOf(server)[name]);
        expect([refused.status, refused.body.code]).toEqual([403, 'console_csrf']);
        expect((await browser.call('POST', '/login/link', { code })).status).toBe(200);
      },
    );

    it('with the token of another login is refused', async () => {
      const [one, other] = [new OperatorBrowser(server.url), new OperatorBrowser(server.url)];
      await one.logIn();
      await other.logIn();
      const { body } = await one.call('POST', '/logout', undefined, { 'X-Console-Token': other.csrfToken });
      expect(body.code).toBe('console_csrf');
    });
  });

  it('pages below /console are served to everyone under a strict policy that no page may embed', async () => {
    for (const path of ['/console', '/console/', '/console/login', '/console/sessions/sess_00000001']) {
      const response = await fetch(server.url + path);
      // The page itself is built separately.
      expect([200, 503]).toContain(response.status);
      const policy = response.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('addresses of the API that do not exist are answered with 404, other methods with 405', async () => {
    const browser = new OperatorBrowser(server.url);
    expect((await browser.get('/secrets')).body.code).toBe('not_found');
    expect((await browser.call('PUT', '/nodes', {})).body.code).toBe('method_not_allowed');
  });
});

it('attempts to log in are limited for each address', async () => {
  const server = await startServer({ env: ON });
  const browser = new OperatorBrowser(server.url);
  const statuses = new Map<number, number>();
  for (let attempt = 0; attempt < 25; attempt++) {
    const { status, headers } = await browser.call('POST', '/login/link', { code: loginCode(0) });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect([...statuses]).toEqual([
    [401, 20],
    [429, 5],
  ]);
});

describe('the end of a login', () => {
  const MINUTE = 60_000;

  it('a login ends after 30 minutes without a request, and requests extend it', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ON, clock });
    const browser = new OperatorBrowser(server.url);
    await browser.logIn(clock.now());
    for (let visit = 0; visit < 3; visit++) {
      clock.advance(29 * MINUTE);
      expect((await browser.get('/session')).status).toBe(200);
    }
    clock.advance(30 * MINUTE);
    const { status, body } = await browser.get('/session');
    expect([status, body.code]).toEqual([401, 'console_login']);
  });

  it('requests that the page makes by itself do not extend a login', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: { ...ON, CONSOLE_IDLE_MINUTES: '5' }, clock });
    const browser = new OperatorBrowser(server.url);
    await browser.logIn(clock.now());
    clock.advance(4 * MINUTE);
    expect((await browser.get('/session', { 'X-Console-Background': '1' })).status).toBe(200);
    clock.advance(MINUTE);
    expect((await browser.get('/session')).status).toBe(401);
  });

  it('a login ends after 12 hours although the operator is active', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ON, clock });
    const browser = new OperatorBrowser(server.url);
    await browser.logIn(clock.now());
    for (let passed = 20; passed < 12 * 60; passed += 20) {
      clock.advance(20 * MINUTE);
      expect((await browser.get('/session')).status).toBe(200);
    }
    clock.advance(20 * MINUTE);
    expect((await browser.get('/session')).status).toBe(401);
  });
});

it('a server with an https address sets a __Host- cookie that is secure', async () => {
  const server = await startServer({ env: { ...ON, CLIENT_BASE_URL: 'https://visits.example/clinic' } });
  const browser = new OperatorBrowser(`${server.url}/clinic`);
  const { headers, status } = await browser.call(
    'POST',
    '/login/link',
    { code: loginCode() },
    { Origin: 'https://visits.example' },
  );
  expect(status).toBe(200);
  expect(headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-televisit-console=\S+; Path=\/; .*HttpOnly; SameSite=Strict; Secure$/),
  ]);
  expect((await browser.get('/session')).status).toBe(200);
});

it('a server without the console answers 404 at all its addresses', async () => {
  const server = await startServer();
  for (const path of [
    '/console',
    '/console/login',
    '/console.html',
    '/console/api/login',
    '/console/api/session',
  ]) {
    const response = await fetch(server.url + path);
    expect([path, response.status]).toEqual([path, 404]);
  }
});

describe('npm run console:link', () => {
  const run = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../server/src/console-link.ts')], {
      env: { PATH: process.env.PATH ?? '', VIDEO_JWT_SECRET: TOKEN_SECRET, ...env },
      cwd: import.meta.dirname,
    });

  it('prints a link below the public address that logs in once', async () => {
    const server = await startServer({ env: ON });
    const { stdout } = await run({ ...ON, CLIENT_BASE_URL: 'https://visits.example/clinic' });
    const [, code] = /^https:\/\/visits\.example\/clinic\/console\/login#(\S+)\n/.exec(stdout) ?? [];
    const browser = new OperatorBrowser(server.url);
    expect((await browser.call('POST', '/login/link', { code })).status).toBe(200);
    expect((await new OperatorBrowser(server.url).call('POST', '/login/link', { code })).status).toBe(401);
  });

  it('names the settings that switch the console on', async () => {
    await expect(run({})).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set CONSOLE=1') as string,
    });
  });
});

describe.skipIf(!MongoServer.available())('two servers with one database', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  it('share logins, used links and logouts', async () => {
    const env = { ...ON, MONGO_URI: mongo.uriFor(), SFU_NODES: '' };
    const [first, second] = [await startServer({ env }), await startServer({ env })];
    const code = loginCode();
    const browser = new OperatorBrowser(first.url);
    const { body } = await browser.call<ConsoleSession>('POST', '/login/link', { code });
    expect((await new OperatorBrowser(second.url).call('POST', '/login/link', { code })).status).toBe(401);
    const other = new OperatorBrowser(second.url);
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    other.csrfToken = body.csrfToken;
    expect((await other.get<ConsoleSession>('/session')).body).toEqual(body);
    expect((await other.call('POST', '/logout')).status).toBe(200);
    expect((await browser.get('/session')).status).toBe(401);
  });
});

/** Returns what the store has as the id of a login. */
function digestOf(id: string): string {
  return createHash('sha256').update(`televisit:console-login:${id}`).digest('base64url');
}
