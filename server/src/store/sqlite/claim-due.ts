import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** A table of messages to send: those with a `due_at` are to be tried, for the `attempts`-th time. */
export interface Outbox {
  readonly table: string;
  /** The columns of the primary key, separated by commas. */
  readonly key: string;
  /** What is read of a row, as in a SELECT. */
  readonly columns: string;
}

/** Takes up the messages that are due, oldest first, and lends them to the caller for `leaseMs`. @throws {TelevisitError} `store_unavailable` */
export async function claimDue(
  statements: Statements,
  commits: GroupCommit,
  { table, key, columns }: Outbox,
  now: number,
  leaseMs: number,
  limit: number,
): Promise<readonly object[]> {
  // Usually nothing is due, and a read is cheaper than a commit.
  if (!statements.of(`SELECT 1 FROM ${table} WHERE due_at <= ? LIMIT 1`).get(now)) return [];
  const claim = `UPDATE ${table} SET due_at = ?, attempts = attempts + 1 WHERE (${key}) IN
      (SELECT ${key} FROM ${table} WHERE due_at <= ? ORDER BY due_at, ${key} LIMIT ?)
    RETURNING ${columns}`;
  return commits.run(() => statements.of(claim).all(now + leaseMs, now, limit));
}
