import { TelevisitError } from '@televisit/shared/errors';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/**
 * Result codes (SQLite) of a disk that is full, read-only or broken, and of a database that another process uses: SQLITE_BUSY,
 * LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN and PROTOCOL.
 */
const NOT_NOW: readonly number[] = [5, 6, 7, 8, 10, 13, 14, 15];
/** Seconds after which a retry makes sense. */
const RETRY_AFTER = 5;

/** Caches the prepared statements of a database. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws {TelevisitError} `store_unavailable` */
  of(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = new Statement(withStoreErrors(() => this.#database.prepare(sql)));
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/** A prepared statement. @throws {TelevisitError} `store_unavailable` from every method */
class Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...values: SQLInputValue[]) {
    return withStoreErrors(() => this.#statement.run(...values));
  }

  get(...values: SQLInputValue[]) {
    return withStoreErrors(() => this.#statement.get(...values));
  }

  all(...values: SQLInputValue[]) {
    return withStoreErrors(() => this.#statement.all(...values));
  }

  *iterate(...values: SQLInputValue[]) {
    const rows = withStoreErrors(() => this.#statement.iterate(...values));
    try {
      for (;;) {
        const { done, value } = withStoreErrors(() => rows.next());
        if (done) return;
        yield value;
      }
    } finally {
      rows.return?.();
    }
  }
}

/**
 * Runs an operation and converts errors of SQLite.
 * @throws {TelevisitError} `store_unavailable` if the database can't be read or written at the moment
 */
export function withStoreErrors<T>(operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const { errcode } = error as { errcode?: unknown };
    // The lowest byte of an extended code is the primary one.
    if (typeof errcode !== 'number' || !NOT_NOW.includes(errcode & 0xff)) throw error;
    throw new TelevisitError('store_unavailable', { cause: error, retryAfter: RETRY_AFTER });
  }
}
