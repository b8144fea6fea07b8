import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ConsoleRole, LoginMethod } from '@televisit/shared/console.vocabulary';
import type { Clock } from '../core/clock.ts';
import type { ConsoleLogin, ConsoleLoginStore } from '../domain/console-login-store.ts';

/** An operator, as identified by an identity provider or a link. */
export interface Operator {
  readonly subject: string;
  readonly label: string;
  readonly role: ConsoleRole;
  readonly method: LoginMethod;
}

export interface ConsoleLoginsOptions {
  readonly store: ConsoleLoginStore;
  readonly clock: Clock;
  /** How long a login without requests lasts, in milliseconds. */
  readonly idleMs: number;
}

/** Why a login ended. */
export type CloseReason = 'logged_out' | 'expired';

/** How long a login lasts at most, in milliseconds. */
export const LOGIN_MS = 12 * 60 * 60_000;
/** The longest time between two requests of which only the first is stored, in milliseconds. */
const SEEN_MS = 60_000;

/** The logins of operators. The id in the cookie is random; the store has its digest only. */
export class ConsoleLogins {
  readonly #options: ConsoleLoginsOptions;
  readonly #closeListeners: ((loginId: string, reason: CloseReason) => void)[] = [];

  constructor(options: ConsoleLoginsOptions) {
    this.#options = options;
  }

  get idleMs(): number {
    return this.#options.idleMs;
  }

  /** Calls `listener` when this process ends a login. */
  onClosed(listener: (loginId: string, reason: CloseReason) => void): void {
    this.#closeListeners.push(listener);
  }

  /**
   * Stores a login with a new id, and ends the one that the browser had before.
   * @returns the id for the cookie
   */
  async open(
    operator: Operator,
    previousId: string | undefined,
  ): Promise<{ id: string; login: ConsoleLogin }> {
    const { store, clock } = this.#options;
    if (previousId !== undefined) await this.close(digestOf(previousId));
    const id = randomBytes(32).toString('base64url');
    const now = clock.now();
    const { subject, label, role, method } = operator;
    const login = {
      loginId: digestOf(id),
      subject,
      label,
      role,
      method,
      loggedInAt: now,
      expiresAt: now + LOGIN_MS,
      seenAt: now,
    };
    await store.add(login, now);
    return { id, login };
  }

  /**
   * Returns the login of a cookie; null if there is none, or it is over.
   * @param isActivity whether the request counts as activity of the operator
   */
  async use(id: string | undefined, isActivity: boolean): Promise<ConsoleLogin | null> {
    if (id === undefined) return null;
    const { store, clock, idleMs } = this.#options;
    const login = await this.find(digestOf(id));
    const now = clock.now();
    if (login && isActivity && now - login.seenAt >= Math.min(SEEN_MS, idleMs / 4)) {
      await store.seen(login.loginId, now);
    }
    return login;
  }

  /** Returns a login that is not over; null otherwise. Does not count as activity. */
  async find(loginId: string): Promise<ConsoleLogin | null> {
    const { store, clock, idleMs } = this.#options;
    const login = await store.find(loginId);
    if (!login) return null;
    const now = clock.now();
    if (now < login.expiresAt && now < login.seenAt + idleMs) return login;
    await this.close(loginId, 'expired');
    return null;
  }

  /** Ends a login. Idempotent. */
  async close(loginId: string, reason: CloseReason = 'logged_out'): Promise<void> {
    await this.#options.store.delete(loginId);
    for (const listener of this.#closeListeners) listener(loginId, reason);
  }
}

/** Returns the token that the page sends with requests other than GET. It can't be computed without the cookie. */
export function csrfTokenOf(id: string): string {
  return createHash('sha256').update(`televisit:console-csrf:${id}`).digest('base64url');
}

/** Whether two texts are the same, in constant time for texts of the same length. */
export function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function digestOf(id: string): string {
  return createHash('sha256').update(`televisit:console-login:${id}`).digest('base64url');
}
