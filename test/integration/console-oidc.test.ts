import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import type { ConsoleLogin, ConsoleSession } from '@televisit/shared/console';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OperatorBrowser } from '../support/clients/operator.ts';
import { freePort } from '../support/infra/free-port.ts';
import { OidcServer, type OidcServerOptions } from '../support/infra/oidc-server.ts';
import { startServer } from '../support/infra/start-server.ts';

const ACCOUNTS = {
  ada: { groups: ['televisit-admins', 'support'] },
  sam: { groups: ['support'] },
  bob: { groups: ['kitchen'] },
  eve: { groups: [] },
};

interface Started {
  readonly env?: Record<string, string>;
  readonly clock?: ManualClock;
  readonly provider?: Partial<OidcServerOptions> | null;
}

/** Starts a server with an identity provider, which may be away. */
async function startBoth({ env = {}, clock, provider = {} }: Started = {}) {
  const providerPort = await freePort();
  const server = await startServer({
    env: {
      CONSOLE_OIDC_ISSUER: `http://127.0.0.1:${providerPort}`,
      CONSOLE_OIDC_CLIENT_ID: 'televisit',
      CONSOLE_OIDC_CLIENT_SECRET: 'secret-of-televisit',
      CONSOLE_OIDC_ROLES: 'televisit-admins=admin,support=viewer',
      ...env,
    },
    ...(clock ? { clock } : {}),
  });
  const url = `http://localhost:${server.televisit.port}`;
  const redirectUri = `${url}/console/api/login/oidc/callback`;
  const startProvider = async () => {
    const started = await OidcServer.start({
      redirectUri,
      accounts: ACCOUNTS,
      port: providerPort,
      ...provider,
    });
    onTestFinished(() => started.close());
    return started;
  };
  // The server starts without it.
  if (provider) await startProvider();
  return { startProvider, url };
}

/** Follows the redirects of a login up to the callback. @returns its address, which was not opened */
async function atProvider(browser: OperatorBrowser, account: string, query = ''): Promise<string> {
  const begun = await browser.get<string>(`/login/oidc${query}`);
  expect(begun.status).toBe(303);
  let address = new URL(begun.headers.get('location') ?? '');
  if (address.origin === new URL(browser.url).origin) return address.href;
  address.searchParams.set('login_hint', account);
  const cookies = new Map<string, string>();
  for (;;) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { Cookie: cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
    address = new URL(location, address);
    if (address.pathname.endsWith('/callback')) return address.href;
  }
}

/** Opens the callback. @returns where it leads */
async function comeBack(browser: OperatorBrowser, callback: string): Promise<string> {
  const { pathname, search } = new URL(callback);
  const { status, headers } = await browser.get<string>(pathname.replace('/console/api', '') + search);
  expect(status).toBe(303);
  return headers.get('location') ?? '';
}

const logIn = async (browser: OperatorBrowser, account: string, query = '') =>
  comeBack(browser, await atProvider(browser, account, query));

describe('a login with an identity provider', () => {
  it.each([
    ['ada', 'admin'],
    ['sam', 'viewer'],
  ])('%s gets the role %s, the highest that the groups give', async (account, role) => {
    const { url } = await startBoth();
    const browser = new OperatorBrowser(url);
    const { body } = await browser.get<ConsoleLogin>('/login');
    expect(body).toMatchObject({ methods: ['oidc', 'link'] });
    expect(await logIn(browser, account, '?returnTo=/console/sessions/sess_1')).toBe(
      '/console/sessions/sess_1',
    );
    const session = await browser.get<ConsoleSession>('/session');
    expect(session.body).toMatchObject({
      subject: account,
      label: `${account}@clinic.example`,
      role,
      method: 'oidc',
    });
    expect([...browser.cookies.keys()]).toEqual(['televisit-console']);
  });

  it('groups that only the userinfo endpoint has count as well', async () => {
    const { url } = await startBoth({ provider: { inIdToken: false } });
    const browser = new OperatorBrowser(url);
    expect(await logIn(browser, 'ada')).toBe('/console');
    expect((await browser.get<ConsoleSession>('/session')).body.role).toBe('admin');
  });

  it.each(['bob', 'eve'])('%s, whose groups give no role, is not logged in', async (account) => {
    const { url } = await startBoth();
    const browser = new OperatorBrowser(url);
    expect(await logIn(browser, account)).toBe('/console/login?error=console_no_role');
    expect((await browser.get('/session')).status).toBe(401);
  });

  it('a person who is refused by the provider is not logged in', async () => {
    const { url } = await startBoth();
    const browser = new OperatorBrowser(url);
    expect(await logIn(browser, 'nobody')).toBe('/console/login?error=console_oidc_failed');
  });

  it('the page to return to is one of the console', async () => {
    const { url } = await startBoth();
    for (const returnTo of [
      'https://evil.example',
      '//evil.example',
      '/console/../join',
      '/console/%2e%2e/join',
      '/console/.',
      '/console//evil.example',
      '/console\\evil',
      '/consoles',
    ]) {
      const query = `?returnTo=${encodeURIComponent(returnTo)}`;
      expect([returnTo, await logIn(new OperatorBrowser(url), 'ada', query)]).toEqual([returnTo, '/console']);
    }
  });

  it.each<[string, (callback: URL, browser: OperatorBrowser) => void]>([
    ['another state', (callback) => callback.searchParams.set('state', 'another')],
    ['no state', (callback) => callback.searchParams.delete('state')],
    ['another code', (callback) => callback.searchParams.set('code', 'another')],
    ['another issuer', (callback) => callback.searchParams.set('iss', 'https://evil.example')],
    ['no cookie of the login', (_, browser) => browser.cookies.clear()],
    [
      'a changed cookie',
      (_, browser) => {
        const [text = '', signature = ''] = (browser.cookies.get('televisit-console-oidc') ?? '').split('.');
        const changed = JSON.parse(Buffer.from(text, 'base64url').toString()) as { nonce: string };
        const nonce = { ...changed, nonce: 'another' };
        const value = Buffer.from(JSON.stringify(nonce)).toString('base64url');
        browser.cookies.set('televisit-console-oidc', `${value}.${signature}`);
      },
    ],
  ])('a callback with %s does not log in', async (_, change) => {
    const { url } = await startBoth();
    const browser = new OperatorBrowser(url);
    const callback = new URL(await atProvider(browser, 'ada'));
    change(callback, browser);
    expect(await comeBack(browser, callback.href)).toBe('/console/login?error=console_oidc_failed');
    expect((await browser.get('/session')).status).toBe(401);
  });

  it('the callback of one browser does not log in another, whose nonce differs', async () => {
    const { url } = await startBoth();
    const [victim, attacker] = [new OperatorBrowser(url), new OperatorBrowser(url)];
    const callback = new URL(await atProvider(attacker, 'ada'));
    const own = new URL(await atProvider(victim, 'sam'));
    callback.searchParams.set('state', own.searchParams.get('state') ?? '');
    expect(await comeBack(victim, callback.href)).toBe('/console/login?error=console_oidc_failed');
  });

  it('a callback works once', async () => {
    const { url } = await startBoth();
    const browser = new OperatorBrowser(url);
    const callback = await atProvider(browser, 'ada');
    const cookie = browser.cookies.get('televisit-console-oidc') ?? '';
    expect(await comeBack(browser, callback)).toBe('/console');
    browser.cookies.clear();
    browser.cookies.set('televisit-console-oidc', cookie);
    expect(await comeBack(browser, callback)).toBe('/console/login?error=console_oidc_failed');
  });

  it('a login that takes more than ten minutes at the provider fails', async () => {
    const clock = new ManualClock(Date.now());
    const { url } = await startBoth({ clock });
    const browser = new OperatorBrowser(url);
    const callback = await atProvider(browser, 'ada');
    clock.advance(10 * 60_000);
    expect(await comeBack(browser, callback)).toBe('/console/login?error=console_oidc_failed');
  });

  it('a server starts while the provider is away, says so at a login, and works once it is back', async () => {
    const { url, startProvider } = await startBoth({ provider: null });
    const browser = new OperatorBrowser(url);
    const away = await browser.get<string>('/login/oidc');
    expect([away.status, away.headers.get('location')]).toEqual([
      303,
      '/console/login?error=console_oidc_away',
    ]);
    // With options of its own: null means that it is not there at first.
    await startProvider();
    expect(await logIn(browser, 'ada')).toBe('/console');
  });

  it('a provider that goes away during a login is reported as such', async () => {
    const { url, startProvider } = await startBoth({ provider: null });
    const provider = await startProvider();
    const browser = new OperatorBrowser(url);
    const callback = await atProvider(browser, 'ada');
    await provider.close();
    expect(await comeBack(browser, callback)).toBe('/console/login?error=console_oidc_away');
  });

  it('a wrong client secret does not log in', async () => {
    const { url } = await startBoth({ env: { CONSOLE_OIDC_CLIENT_SECRET: 'wrong' } });
    expect(await logIn(new OperatorBrowser(url), 'ada')).toBe('/console/login?error=console_oidc_failed');
  });
});

it('a console without a provider has no address for its login', async () => {
  const server = await startServer({ env: { CONSOLE: '1' } });
  const browser = new OperatorBrowser(server.url);
  for (const path of ['/login/oidc', '/login/oidc/callback?code=x&state=y']) {
    expect((await browser.get(path)).body.code).toBe('console_oidc_off');
  }
});
