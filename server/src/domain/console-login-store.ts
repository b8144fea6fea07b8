import type { ConsoleRole, LoginMethod } from '@televisit/shared/console.vocabulary';

/** The login of an operator in the console. Times are milliseconds since the Unix epoch. */
export interface ConsoleLogin {
  /** The SHA-256 digest of the id in the operator's cookie, in base64url: the store holds nothing that opens the console. */
  readonly loginId: string;
  /** Identifies the operator. */
  readonly subject: string;
  /** What the page calls the operator. */
  readonly label: string;
  readonly role: ConsoleRole;
  readonly method: LoginMethod;
  readonly loggedInAt: number;
  /** When it ends at the latest. */
  readonly expiresAt: number;
  /** The time of the last request. */
  readonly seenAt: number;
}

/**
 * Stores who is logged in to the console, and which one-time links were used, for all servers. Every adapter passes the same
 * contract suite (`test/contract/console-logins.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface ConsoleLoginStore {
  /** Stores a login, and deletes those that have expired at `now`. */
  add(login: ConsoleLogin, now: number): Promise<void>;
  find(loginId: string): Promise<ConsoleLogin | undefined>;
  /** Stores the time of a request. Does nothing if the login is gone, or was seen later. */
  seen(loginId: string, at: number): Promise<void>;
  /** Safe to repeat. */
  delete(loginId: string): Promise<void>;
  /**
   * Marks a one-time link as used, and forgets those that have expired at `now`.
   * @returns false if it was used before, also by another process at the same moment
   */
  useLink(linkId: string, expiresAt: number, now: number): Promise<boolean>;
}
