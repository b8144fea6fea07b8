import type { DatabaseSync } from 'node:sqlite';
import type { Heartbeat, NodeRecord, NodeStore } from '../../domain/node-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

/** Keeps `alive_at` of the previous table. */
export const NODES = `
  ALTER TABLE nodes RENAME TO old_nodes;
  CREATE TABLE nodes (
    node_id TEXT PRIMARY KEY,
    process_id TEXT NOT NULL,
    body TEXT NOT NULL,
    drain_until INTEGER
  ) STRICT, WITHOUT ROWID;
  INSERT INTO nodes SELECT node_id, '', json_object(
      'nodeId', node_id, 'processId', '', 'holder', NULL, 'url', '', 'region', NULL, 'version', '', 'capacity', NULL,
      'load', json_object('participants', 0, 'consumers', 0, 'cpu', 0, 'bitrate', 0, 'full', json('false')),
      'beat', 0, 'aliveAt', alive_at
    ), NULL FROM old_nodes;
  DROP TABLE old_nodes;`;

/** Stores SFU nodes in SQLite. */
export class SqliteNodes implements NodeStore {
  readonly exclusive = true;
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  async beat(heartbeat: Heartbeat, heldBy: string | null): Promise<NodeRecord | null> {
    const { nodeId, processId } = heartbeat;
    return this.#commits.run(() => {
      const known = this.#find(nodeId);
      if ((known?.processId ?? null) !== heldBy) return null;
      const drainUntil = heldBy === processId ? (known?.drainUntil ?? null) : null;
      this.#statements
        .of('INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?)')
        .run(nodeId, processId, JSON.stringify(heartbeat), drainUntil);
      return { ...heartbeat, drainUntil };
    });
  }

  async list(): Promise<readonly NodeRecord[]> {
    return this.#statements
      .of('SELECT body, drain_until FROM nodes ORDER BY node_id')
      .all()
      .map((row) => recordIn(row));
  }

  async drain(nodeId: string, until: number | null): Promise<boolean> {
    return this.#commits.run(
      () =>
        this.#statements.of('UPDATE nodes SET drain_until = ? WHERE node_id = ?').run(until, nodeId).changes >
        0,
    );
  }

  async release(nodeId: string, processId: string): Promise<void> {
    await this.#commits.run(() => {
      this.#statements.of('DELETE FROM nodes WHERE node_id = ? AND process_id = ?').run(nodeId, processId);
    });
  }

  #find(nodeId: string): NodeRecord | undefined {
    const row = this.#statements.of('SELECT body, drain_until FROM nodes WHERE node_id = ?').get(nodeId);
    return row && recordIn(row);
  }
}

function recordIn({ body, drain_until: drainUntil }: Record<string, unknown>): NodeRecord {
  return { ...(JSON.parse(body as string) as Heartbeat), drainUntil: drainUntil as number | null };
}
