import type { DatabaseSync } from 'node:sqlite';

interface Write {
  readonly run: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Gathers the writes of one turn of the event loop into one transaction, so that they share one sync to disk.
 * A write is acknowledged after the commit; where the commit fails, every write of the group is refused.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Write[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Runs `write` inside the next transaction and resolves with its result once that is durable. */
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

  /** Commits what waits, now. */
  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const write of group) write.run();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const write of group) write.failed(error);
      return;
    }
    for (const write of group) write.done();
  }
}
