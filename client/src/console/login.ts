import type { ConsoleLogin, ConsoleSession } from '@televisit/shared/console';
import { ConsoleError, type ConsoleApi } from './api.ts';

/** Why the operator is not logged in; an error code if a login failed; null at the first visit. */
export type OutReason = 'logged_out' | 'expired' | 'idle' | 'unreachable' | (string & {}) | null;

/** The ends of a login, which are no errors. */
const ENDS = ['logged_out', 'expired', 'idle'] as const;

export function isEnd(reason: OutReason): reason is (typeof ENDS)[number] {
  return ENDS.some((end) => end === reason);
}

export type LoginState =
  | { readonly step: 'checking' }
  /** `methods` is null until they are known. */
  | { readonly step: 'out'; readonly reason: OutReason; readonly methods: ConsoleLogin | null }
  | { readonly step: 'in'; readonly session: ConsoleSession };

type Api = Pick<ConsoleApi, 'login' | 'loginByLink' | 'session' | 'logout'>;

/** The login of the operator, from opening the page to its end. */
export class Login {
  readonly #api: Api;
  readonly #listeners = new Set<() => void>();
  #state: LoginState = { step: 'checking' };

  constructor(api: Api) {
    this.#api = api;
  }

  get state(): LoginState {
    return this.#state;
  }

  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Logs in with the code of a link, or continues the login that this browser has. */
  async start(code: string | null, error: string | null): Promise<void> {
    if (error !== null) {
      await this.#out(error);
      return;
    }
    await this.#enter(() => (code === null ? this.#api.session() : this.#api.loginByLink(code)));
  }

  /** Looks whether there is a login by now, for instance of another window. */
  async check(): Promise<void> {
    try {
      this.#set({ step: 'in', session: await this.#api.session() });
    } catch (problem) {
      const { code } = ConsoleError.from(problem);
      // Otherwise what is shown stays: a server that can't be reached has not ended a login.
      if (this.#state.step === 'in' && code !== 'console_login') return;
      if (this.#state.step !== 'out' || this.#state.methods === null) await this.#out(code);
    }
  }

  /** Ends the login on the server. */
  async logout(reason: 'logged_out' | 'idle'): Promise<void> {
    try {
      await this.#api.logout();
    } catch (problem) {
      // A login that is over already is what was wanted.
      if (ConsoleError.from(problem).code !== 'console_login') throw problem;
    }
    await this.#out(reason);
  }

  /** The server has ended the login, or this page must not use it any longer. */
  ended(reason: 'logged_out' | 'expired' | 'idle'): void {
    if (this.#state.step === 'in') void this.#out(reason);
  }

  async #enter(begin: () => Promise<ConsoleSession>): Promise<void> {
    try {
      this.#set({ step: 'in', session: await begin() });
    } catch (problem) {
      await this.#out(ConsoleError.from(problem).code);
    }
  }

  async #out(code: OutReason): Promise<void> {
    const reason = code === 'console_login' ? null : code;
    this.#set({ step: 'out', reason, methods: null });
    const methods = await this.#api.login().catch(() => null);
    const { step } = this.#state;
    if (step !== 'out') return;
    this.#set({ step: 'out', reason: methods === null ? 'unreachable' : reason, methods });
  }

  #set(state: LoginState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
