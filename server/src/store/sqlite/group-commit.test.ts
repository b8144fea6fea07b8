import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

const UNAVAILABLE = { code: 'store_unavailable', retryAfter: 5 };

/** Opens a database in a file, which a second connection may use. */
function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const file = join(folder, 'test.db');
  const open = (options = {}) => {
    const database = new DatabaseSync(file, options);
    onTestFinished(() => database.close());
    const statements = new Statements(database);
    const commits = new GroupCommit(database);
    return {
      database,
      commits,
      write: (bytes = 1) =>
        commits.run(() => statements.of('INSERT INTO items VALUES (zeroblob(?))').run(bytes).changes),
      count: () => statements.of('SELECT count(*) AS items FROM items').get()?.items,
    };
  };
  const first = open();
  first.database.exec('CREATE TABLE items (content BLOB) STRICT');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { ...first, open };
}

describe('GroupCommit.run', () => {
  it('resolves with the result after the commit, and commits the writes of one turn together', async () => {
    const { write, count } = opened();
    expect(await Promise.all([write(), write()])).toEqual([1, 1]);
    expect(count()).toBe(2);
  });

  it('rejects with store_unavailable while the disk is full, and writes again when there is room', async () => {
    const { database, write, count } = opened();
    database.exec('PRAGMA max_page_count = 20');
    await write();
    await expect(write(1_000_000)).rejects.toMatchObject(UNAVAILABLE);
    await expect(Promise.all([write(), write(1_000_000)])).rejects.toMatchObject(UNAVAILABLE);
    expect(count()).toBe(1);
    database.exec('PRAGMA max_page_count = 100000');
    expect(await write(1_000_000)).toBe(1);
    expect(count()).toBe(2);
  });

  it('rejects with store_unavailable while another process uses the database, and so do reads', async () => {
    const { open, write, count } = opened();
    const { database: other } = open();
    other.exec('BEGIN EXCLUSIVE');
    await expect(write()).rejects.toMatchObject(UNAVAILABLE);
    expect(count).toThrow(expect.objectContaining(UNAVAILABLE));
    other.exec('ROLLBACK');
    expect(await write()).toBe(1);
  });

  it('rejects with store_unavailable when the disk is read-only', async () => {
    const { open } = opened();
    await expect(open({ readOnly: true }).write()).rejects.toMatchObject(UNAVAILABLE);
  });

  it('rejects with the error itself when a write is wrong', async () => {
    const { commits } = opened();
    const failed = commits.run(() => {
      throw new RangeError('wrong');
    });
    await expect(failed).rejects.toBeInstanceOf(RangeError);
  });
});
