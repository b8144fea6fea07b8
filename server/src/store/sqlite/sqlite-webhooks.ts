import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { HistoryEntry, SessionEvent } from '../../domain/events.ts';
import {
  afterAttempt,
  MAX_ENDPOINTS,
  replayed,
  type Delivery,
  type DeliveryFilter,
  type DeliveryPosition,
  type DeliveryQueue,
  type Lease,
  type Outcome,
  type UnsentEvents,
  type UnsentSession,
  type WebhookBacklog,
  type WebhookEndpoint,
  type WebhookStore,
} from '../../domain/webhook-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

/**
 * `unsent_from` is the `seq` after which events have no deliveries yet; null if all have. A queue exists while
 * deliveries are pending. While it is held, `due_at` is the end of the lease.
 */
export const WEBHOOKS = `
  ALTER TABLE sessions ADD COLUMN unsent_from INTEGER;
  CREATE INDEX sessions_unsent ON sessions (session_id) WHERE unsent_from IS NOT NULL;
  CREATE TABLE webhook_endpoints (
    endpoint_id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE webhook_lanes (
    endpoint_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    owner TEXT,
    PRIMARY KEY (endpoint_id, session_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX webhook_lanes_due ON webhook_lanes (endpoint_id, due_at);
  CREATE INDEX webhook_lanes_by_session ON webhook_lanes (session_id);
  CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY,
    delivery_id TEXT NOT NULL UNIQUE,
    endpoint_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint_id, session_id, seq) WHERE state = 'pending';
  CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (at, delivery_id);
  CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, at, delivery_id);
  CREATE INDEX webhook_deliveries_by_session ON webhook_deliveries (session_id, at, delivery_id);
  CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, at, delivery_id);`;

/** The webhook tables with data of a session. */
export const WEBHOOK_TABLES = ['webhook_lanes', 'webhook_deliveries'] as const;

const INSERT_ENDPOINT = `INSERT INTO webhook_endpoints SELECT ?1, ?2, ?3, ?4
  WHERE json_extract(?4, '$.source') <> 'api'
  OR (SELECT count(*) FROM webhook_endpoints WHERE json_extract(body, '$.source') = 'api') < ${MAX_ENDPOINTS}
  ON CONFLICT DO NOTHING`;
const UPDATE_ENDPOINT =
  'UPDATE webhook_endpoints SET version = ?, body = ? WHERE endpoint_id = ? AND version = ?';
const UNSENT_SESSIONS = `SELECT session_id, json_extract(body, '$.eventCount') AS up_to FROM sessions
  WHERE unsent_from IS NOT NULL LIMIT ?`;
const SENT = `UPDATE sessions SET unsent_from = CASE WHEN json_extract(body, '$.eventCount') > ?2 THEN ?2 END
  WHERE session_id = ?1 AND unsent_from <= ?2`;
const INSERT_DELIVERY = `INSERT INTO webhook_deliveries
  (delivery_id, endpoint_id, session_id, seq, type, at, state, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;
const DELIVERY = 'SELECT body FROM webhook_deliveries WHERE delivery_id = ?';
const UPDATE_DELIVERY = 'UPDATE webhook_deliveries SET state = ?, body = ? WHERE delivery_id = ?';
const INSERT_QUEUE = 'INSERT INTO webhook_lanes VALUES (?, ?, ?, NULL) ON CONFLICT DO NOTHING';
const HASTEN_QUEUE = `INSERT INTO webhook_lanes VALUES (?, ?, ?, NULL)
  ON CONFLICT DO UPDATE SET due_at = min(due_at, excluded.due_at) WHERE owner IS NULL`;
const DUE_QUEUES =
  'SELECT session_id FROM webhook_lanes WHERE endpoint_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?';
const SET_QUEUE = 'UPDATE webhook_lanes SET due_at = ?, owner = ? WHERE endpoint_id = ? AND session_id = ?';
const HELD_QUEUE =
  'SELECT 1 FROM webhook_lanes WHERE endpoint_id = ? AND session_id = ? AND owner = ? AND due_at = ?';
const LOST_QUEUES = `SELECT endpoint_id, session_id FROM webhook_lanes
  WHERE endpoint_id NOT IN (SELECT endpoint_id FROM webhook_endpoints) LIMIT ?`;
const HEAD = `SELECT body FROM webhook_deliveries WHERE endpoint_id = ? AND session_id = ? AND state = 'pending'
  ORDER BY seq LIMIT 1`;

/** Stores the outbox in SQLite. */
export class SqliteWebhooks implements WebhookStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
    // The store belongs to one process, so previous owners of queues no longer run.
    database.exec('UPDATE webhook_lanes SET due_at = 0, owner = NULL WHERE owner IS NOT NULL');
  }

  insertEndpoint(endpoint: WebhookEndpoint): Promise<boolean> {
    const { endpointId, createdAt, version } = endpoint;
    return this.#commits.run(
      () => this.#run(INSERT_ENDPOINT, endpointId, createdAt, version, JSON.stringify(endpoint)) > 0,
    );
  }

  updateEndpoint(next: WebhookEndpoint): Promise<boolean> {
    const { endpointId, version } = next;
    return this.#commits.run(
      () => this.#run(UPDATE_ENDPOINT, version, JSON.stringify(next), endpointId, version - 1) > 0,
    );
  }

  deleteEndpoint(endpointId: string): Promise<boolean> {
    return this.#commits.run(() => {
      for (const table of WEBHOOK_TABLES) this.#run(`DELETE FROM ${table} WHERE endpoint_id = ?`, endpointId);
      return this.#run('DELETE FROM webhook_endpoints WHERE endpoint_id = ?', endpointId) > 0;
    });
  }

  async endpoint(endpointId: string): Promise<WebhookEndpoint | undefined> {
    return this.#bodies<WebhookEndpoint>(
      'SELECT body FROM webhook_endpoints WHERE endpoint_id = ?',
      endpointId,
    )[0];
  }

  async endpoints(): Promise<readonly WebhookEndpoint[]> {
    return this.#bodies('SELECT body FROM webhook_endpoints ORDER BY created_at, endpoint_id');
  }

  async unsentSessions(limit: number): Promise<readonly UnsentSession[]> {
    return this.#statements
      .of(UNSENT_SESSIONS)
      .all(limit)
      .map((row) => ({ sessionId: row.session_id as string, upTo: row.up_to as number }));
  }

  async unsent(sessionId: string): Promise<UnsentEvents | undefined> {
    const sql = 'SELECT unsent_from FROM sessions WHERE session_id = ? AND unsent_from IS NOT NULL';
    const row = this.#statements.of(sql).get(sessionId);
    if (!row) return undefined;
    const events = this.#eventsBehind(sessionId, row.unsent_from as number);
    const last = events.at(-1);
    return { sessionId, events, upTo: last ? last.seq : (row.unsent_from as number) };
  }

  fanOut(sessionId: string, upTo: number, deliveries: readonly Delivery[], now: number): Promise<void> {
    return this.#commits.run(() => {
      for (const delivery of deliveries) {
        const { deliveryId: id, endpointId, event, state } = delivery;
        const { seq, type, at } = event;
        const body = JSON.stringify(delivery);
        if (this.#run(INSERT_DELIVERY, id, endpointId, sessionId, seq, type, at, state, body) > 0) {
          this.#run(INSERT_QUEUE, endpointId, sessionId, now);
        }
      }
      this.#run(SENT, sessionId, upTo);
    });
  }

  claim(endpointId: string, lease: Lease, limit: number): Promise<readonly DeliveryQueue[]> {
    return this.#commits.run(() => {
      const claimed: DeliveryQueue[] = [];
      for (;;) {
        const missing = limit - claimed.length;
        const due = this.#statements.of(DUE_QUEUES).all(endpointId, lease.now, missing);
        for (const row of due) {
          const queue = this.#next(endpointId, row.session_id as string, lease);
          if (queue) claimed.push(queue);
        }
        if (claimed.length === limit || due.length < missing) return claimed;
      }
    });
  }

  settle(queue: DeliveryQueue, outcome: Outcome, lease: Lease): Promise<DeliveryQueue | null> {
    const { endpointId, sessionId, head } = queue;
    return this.#commits.run(() => {
      if (!this.#holds(queue)) return null;
      const [stored] = this.#bodies<Delivery>(DELIVERY, head.deliveryId);
      // A delivery that was replayed in the meantime stays pending.
      if (stored?.since === head.since && stored.tries === head.tries) {
        this.#update(afterAttempt(stored, outcome));
      }
      return this.#next(endpointId, sessionId, lease);
    });
  }

  release(queue: DeliveryQueue, dueAt = queue.lease.now): Promise<void> {
    const { endpointId, sessionId } = queue;
    return this.#commits.run(() => {
      if (this.#holds(queue)) this.#run(SET_QUEUE, dueAt, null, endpointId, sessionId);
    });
  }

  forget(sessionId: string): Promise<void> {
    return this.#commits.run(() => {
      for (const table of WEBHOOK_TABLES) this.#run(`DELETE FROM ${table} WHERE session_id = ?`, sessionId);
    });
  }

  forgetLost(limit: number): Promise<void> {
    return this.#commits.run(() => {
      for (const queue of this.#statements.of(LOST_QUEUES).all(limit)) {
        for (const table of WEBHOOK_TABLES) {
          const sql = `DELETE FROM ${table} WHERE endpoint_id = ? AND session_id = ?`;
          this.#run(sql, queue.endpoint_id as string, queue.session_id as string);
        }
      }
    });
  }

  async delivery(id: string): Promise<Delivery | undefined> {
    return this.#bodies<Delivery>(DELIVERY, id)[0];
  }

  async backlog(endpointIds: readonly string[]): Promise<WebhookBacklog> {
    const ids = endpointIds.map(() => '?').join(', ');
    const sql = `SELECT count(*) AS pending, min(at) AS oldest FROM webhook_deliveries
      WHERE state = 'pending' AND endpoint_id IN (${ids})`;
    const row = this.#statements.of(sql).get(...endpointIds) as { pending: number; oldest: number | null };
    return { pending: row.pending, oldestAt: row.oldest };
  }

  async deliveries(
    filter: DeliveryFilter,
    limit: number,
    after?: DeliveryPosition,
  ): Promise<readonly Delivery[]> {
    const { endpointId, sessionId, states, types, from, to } = filter;
    const where: string[] = [];
    const values: SQLInputValue[] = [];
    const also = (condition: string, ...given: SQLInputValue[]) => {
      where.push(condition);
      values.push(...given);
    };
    const oneOf = (column: string, given: readonly string[]) =>
      also(`${column} IN (${given.map(() => '?').join(', ')})`, ...given);
    if (endpointId !== undefined) also('endpoint_id = ?', endpointId);
    if (sessionId !== undefined) also('session_id = ?', sessionId);
    if (states) oneOf('state', states);
    if (types) oneOf('type', types);
    if (from !== undefined) also('at >= ?', from);
    if (to !== undefined) also('at < ?', to);
    if (after) also('(at, delivery_id) < (?, ?)', after.at, after.deliveryId);
    const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
    const sql = `SELECT body FROM webhook_deliveries ${condition} ORDER BY at DESC, delivery_id DESC LIMIT ?`;
    return this.#bodies(sql, ...values, limit);
  }

  replay(deliveryIds: readonly string[], now: number): Promise<number> {
    return this.#commits.run(() => {
      let count = 0;
      for (const id of new Set(deliveryIds)) {
        const [delivery] = this.#bodies<Delivery>(DELIVERY, id);
        if (!delivery) continue;
        count += 1;
        this.#update(replayed(delivery, now));
        this.#run(HASTEN_QUEUE, delivery.endpointId, delivery.sessionId, now);
      }
      return count;
    });
  }

  /** Claims a queue, or releases it until its head is due. Deletes a queue without pending deliveries. */
  #next(endpointId: string, sessionId: string, lease: Lease): DeliveryQueue | null {
    const [head] = this.#bodies<Delivery>(HEAD, endpointId, sessionId);
    if (!head) {
      this.#run('DELETE FROM webhook_lanes WHERE endpoint_id = ? AND session_id = ?', endpointId, sessionId);
      return null;
    }
    const at = head.nextAttemptAt ?? lease.now;
    const due = at <= lease.now;
    this.#run(SET_QUEUE, due ? lease.until : at, due ? lease.owner : null, endpointId, sessionId);
    return due ? { endpointId, sessionId, head, lease } : null;
  }

  #holds({ endpointId, sessionId, lease }: DeliveryQueue): boolean {
    return this.#statements.of(HELD_QUEUE).get(endpointId, sessionId, lease.owner, lease.until) !== undefined;
  }

  #update(delivery: Delivery): void {
    this.#run(UPDATE_DELIVERY, delivery.state, JSON.stringify(delivery), delivery.deliveryId);
  }

  /** Returns the events after `seq`. Reads from the end, because histories are long and few events are unsent. */
  #eventsBehind(sessionId: string, seq: number): readonly SessionEvent[] {
    const sql = 'SELECT body FROM session_history WHERE session_id = ? ORDER BY id DESC';
    const events: SessionEvent[] = [];
    for (const row of this.#statements.of(sql).iterate(sessionId)) {
      const entry = JSON.parse(row.body as string) as HistoryEntry;
      if (entry.seq === null) continue;
      if (entry.seq <= seq) break;
      events.push(entry);
    }
    return events.reverse();
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statements.of(sql).run(...values).changes);
  }

  #bodies<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#statements
      .of(sql)
      .all(...values)
      .map((row) => JSON.parse(row.body as string) as T);
  }
}
