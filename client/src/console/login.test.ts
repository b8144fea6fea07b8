import type { ConsoleLogin, ConsoleSession } from '@televisit/shared/console';
import { describe, expect, it, vi } from 'vitest';
import { ConsoleError } from './api.ts';
import { IdleWatch } from './idle.ts';
import { textOf } from './login-view.tsx';
import { Login } from './login.ts';

const METHODS: ConsoleLogin = { methods: ['link'], provider: null };
const SESSION: ConsoleSession = {
  subject: 'link:1',
  label: 'link:1',
  role: 'viewer',
  method: 'link',
  csrfToken: 'token',
  loggedInAt: '2026-11-30T10:00:00.000Z',
  expiresAt: '2026-11-30T18:00:00.000Z',
  idleSeconds: 900,
  showNames: false,
};
const problem = (code: string) => new ConsoleError(code, 401, code);

function open() {
  const api = {
    login: vi.fn(() => Promise.resolve(METHODS)),
    loginByLink: vi.fn<(code: string) => Promise<ConsoleSession>>(() => Promise.resolve(SESSION)),
    session: vi.fn(() => Promise.resolve(SESSION)),
    logout: vi.fn(() => Promise.resolve()),
  };
  return { api, login: new Login(api) };
}

describe('Login', () => {
  it('continues the login of the browser', async () => {
    const { login } = open();
    expect(login.state.step).toBe('checking');
    await login.start(null, null);
    expect(login.state).toEqual({ step: 'in', session: SESSION });
  });

  it('logs in by the code of a link, whether or not there is a login', async () => {
    const { api, login } = open();
    await login.start('code', null);
    expect(api.loginByLink).toHaveBeenCalledExactlyOnceWith('code');
    expect(api.session).not.toHaveBeenCalled();
    expect(login.state.step).toBe('in');
  });

  it.each([
    ['console_login', null],
    ['console_link', 'console_link'],
    ['unreachable', 'unreachable'],
  ])('is out after %s with the reason %s', async (code, reason) => {
    const { api, login } = open();
    api.loginByLink.mockRejectedValue(problem(code));
    await login.start('code', null);
    expect(login.state).toEqual({ step: 'out', reason, methods: METHODS });
  });

  it('shows the error of the identity provider when a login fails', async () => {
    const { api, login } = open();
    await login.start(null, 'console_no_role');
    expect(login.state).toMatchObject({ step: 'out', reason: 'console_no_role' });
    expect(api.session).not.toHaveBeenCalled();
  });

  it('shows that the server is unreachable if it does not return the ways to log in', async () => {
    const { api, login } = open();
    api.session.mockRejectedValue(problem('console_login'));
    api.login.mockRejectedValue(new TypeError('fetch failed'));
    await login.start(null, null);
    expect(login.state).toEqual({ step: 'out', reason: 'unreachable', methods: null });
  });

  it('logs out, also if the login was over already, and stays in if the server can’t be reached', async () => {
    const { api, login } = open();
    await login.start(null, null);
    api.logout.mockRejectedValueOnce(problem('unreachable'));
    await expect(login.logout('logged_out')).rejects.toThrow('unreachable');
    expect(login.state.step).toBe('in');
    api.logout.mockRejectedValueOnce(problem('console_login'));
    await login.logout('logged_out');
    expect(login.state).toMatchObject({ step: 'out', reason: 'logged_out' });
  });

  it('keeps the reason of its end while checks find no login, and is in once there is one', async () => {
    const { api, login } = open();
    await login.start(null, null);
    login.ended('expired');
    await vi.waitFor(() => expect(login.state).toMatchObject({ methods: METHODS }));
    api.session.mockRejectedValueOnce(problem('console_login'));
    await login.check();
    expect(login.state).toMatchObject({ step: 'out', reason: 'expired' });
    await login.check();
    expect(login.state.step).toBe('in');
  });

  it('stays in if a check does not reach the server', async () => {
    const { api, login } = open();
    await login.start(null, null);
    api.session.mockRejectedValueOnce(new TypeError('fetch failed'));
    await login.check();
    expect(login.state.step).toBe('in');
  });
});

describe('textOf', () => {
  it.each([
    'logged_out',
    'expired',
    'idle',
    'unreachable',
    'console_link',
    'console_no_role',
    'strange_code',
  ])('has words for %s', (reason) => expect(textOf(reason)).toMatch(/\w+ \w+/));
  it('names a code that it does not know', () => expect(textOf('strange_code')).toContain('strange_code'));
  it('says nothing without a reason', () => expect(textOf(null)).toBeNull());
});

describe('IdleWatch', () => {
  function watches() {
    const entries = new Map<string, string>();
    const memory = {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
    };
    const clock = { now: 1_000_000 };
    const open = (shared = true) => new IdleWatch(shared ? memory : null, 60, () => clock.now);
    return { clock, open };
  }

  it('reports idle when no window was used for the idle time', () => {
    const { clock, open } = watches();
    const [one, other] = [open(), open()];
    clock.now += 59_000;
    expect(one.isIdle).toBe(false);
    other.use();
    clock.now += 59_000;
    expect(one.isIdle).toBe(false);
    clock.now += 1_000;
    expect([one.isIdle, other.isIdle]).toEqual([true, true]);
  });

  it('counts for its own window without a memory', () => {
    const { clock, open } = watches();
    const [one, other] = [open(false), open(false)];
    clock.now += 30_000;
    other.use();
    clock.now += 30_000;
    expect([one.isIdle, other.isIdle]).toEqual([true, false]);
  });
});
