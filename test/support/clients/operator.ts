import { LinkSignatures } from '@televisit/server/access/link-signature';
import { ConsoleLogins, csrfTokenOf } from '@televisit/server/console/console-logins';
import { LoginLinks } from '@televisit/server/console/login-links';
import type { ConsoleLoginStore } from '@televisit/server/domain/console-login-store';
import type { ConsoleSession } from '@televisit/shared/console';
import type { ConsoleRole } from '@televisit/shared/console.vocabulary';
import type { Problem } from '@televisit/shared/api';
import { TOKEN_SECRET } from '../infra/settings.ts';

export interface ConsoleAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  /** The body as it was sent. */
  readonly text: string;
}

/** Returns the code of a login link, as `npm run console:link` makes it. */
export function loginCode(now = Date.now()): string {
  return new LoginLinks(new LinkSignatures([TOKEN_SECRET])).issue(now);
}

let opened = 0;

/** A browser in the operator console of a running server. */
export class OperatorBrowser {
  readonly url: string;
  /** The cookies that it sends, by name. */
  readonly cookies = new Map<string, string>();
  csrfToken = 'login';
  /** The limits of the server count each browser by itself. */
  readonly #address = `198.51.100.${(opened += 1) % 256}`;

  constructor(url: string) {
    this.url = url;
  }

  /** Sends a request as the page does. @param headers replace those of the page; an empty one is left out */
  async call<T = Problem>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ConsoleAnswer<T>> {
    const all = {
      Cookie: this.cookie,
      'X-Forwarded-For': this.#address,
      ...(method === 'GET' ? {} : { Origin: new URL(this.url).origin, 'X-Console-Token': this.csrfToken }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    };
    const response = await fetch(`${this.url}/console/api${path}`, {
      method,
      redirect: 'manual',
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    this.keepCookies(response);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const parsed: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: parsed as T, text };
  }

  get<T = Problem>(path: string, headers: Record<string, string> = {}): Promise<ConsoleAnswer<T>> {
    return this.call<T>('GET', path, undefined, headers);
  }

  /** Logs in with a one-time link. @param now the time of the server's clock */
  async logIn(now = Date.now()): Promise<ConsoleAnswer<ConsoleSession>> {
    this.csrfToken = 'login';
    const answer = await this.call<ConsoleSession>('POST', '/login/link', { code: loginCode(now) });
    this.csrfToken = answer.body.csrfToken;
    return answer;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  keepCookies({ headers }: { readonly headers: Headers }): void {
    for (const cookie of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/** Returns a browser that is logged in to this server with a role, which a provider may have given. */
export async function loggedIn(
  server: {
    readonly url: string;
    readonly televisit: { readonly store: { readonly consoleLogins: ConsoleLoginStore } };
  },
  role: ConsoleRole = 'admin',
  now = Date.now(),
): Promise<OperatorBrowser> {
  const clock = { now: () => now, after: () => () => undefined };
  const logins = new ConsoleLogins({ store: server.televisit.store.consoleLogins, clock, idleMs: 60_000 });
  const operator = { subject: `${role}-7`, label: role, role, method: 'oidc' } as const;
  const { id } = await logins.open(operator, undefined);
  const browser = new OperatorBrowser(server.url);
  browser.cookies.set('televisit-console', id);
  browser.csrfToken = csrfTokenOf(id);
  return browser;
}
