import type { DatabaseSync } from 'node:sqlite';
import { withStoreErrors } from './statements.ts';

interface Write {
  readonly run: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Collects the writes of one turn of the event loop in one transaction, so that they share one sync to disk. A write is
 * acknowledged after the commit. If the commit fails, all writes of the group are rejected, with `store_unavailable` if the
 * disk is full or does not work.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Write[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Runs `write` in the next transaction and resolves with its result after the commit. */
  run<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      if (this.#waiting.length === 0) setImmediate(() => this.flush());
      this.#waiting.push({
        run: () => {
          result = write();
        },
        done: () => resolve(result),
        failed: reject,
      });
    });
  }

  /** Commits the collected writes immediately. */
  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    try {
      withStoreErrors(() => {
        this.#database.exec('BEGIN IMMEDIATE');
        for (const write of group) write.run();
        this.#database.exec('COMMIT');
      });
    } catch (error) {
      // After some errors, such as a full disk, SQLite has rolled back by itself.
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const write of group) write.failed(error);
      return;
    }
    for (const write of group) write.done();
  }
}
