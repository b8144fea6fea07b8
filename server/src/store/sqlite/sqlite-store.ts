import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { AuditNote, HistoryEntry } from '../../domain/events.ts';
import {
  appointmentKey,
  MAX_NOTES,
  NEWEST_FIRST,
  type ListOrder,
  type NoStores,
  type Position,
  type SessionChange,
  type SessionFilter,
  type Store,
  type FeatureStore,
  type FeatureStores,
} from '../../domain/session-store.ts';
import type { Session } from '../../domain/session.ts';
import { fromStored, type StoredSession } from '../../domain/stored-session.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate, migrateFeature, type SqliteAdapters } from './schema.ts';
import { pageOf, rangesOf, type Query } from './session-query.ts';
import { SqliteCalendarFeeds } from './sqlite-calendar-feeds.ts';
import { SqliteConsoleLogins } from './sqlite-console-logins.ts';
import { MEETING_TABLES, SqliteMeetingEvents } from './sqlite-meeting-events.ts';
import { SqliteReceivedEvents } from './sqlite-received-events.ts';
import { SqliteMail } from './sqlite-mail.ts';
import { SqliteNodes } from './sqlite-nodes.ts';
import { SqliteNotifications } from './sqlite-notifications.ts';
import { OBSERVATION_TABLES, SqliteObservations } from './sqlite-observations.ts';
import { SqlitePush } from './sqlite-push.ts';
import { SqliteWebhooks, WEBHOOK_TABLES } from './sqlite-webhooks.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

/** Whether any endpoint exists. Otherwise sessions are not marked, which saves the outbox from clearing the marks. */
const HAS_ENDPOINTS = 'EXISTS (SELECT 1 FROM webhook_endpoints)';

const INSERT = `INSERT INTO sessions (session_id, appointment_id, idempotency_key, status, course_id, node_id,
    scheduled_at, created_at, due_at, remind_at, meeting_at, ended_at, end_reason, version, body, unsent_from)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN ${HAS_ENDPOINTS} THEN 0 END)
  ON CONFLICT DO NOTHING`;

const UPDATE = `UPDATE sessions SET appointment_id = ?, status = ?, node_id = ?, scheduled_at = ?, due_at = ?, remind_at = ?,
    meeting_at = ?, ended_at = ?, end_reason = ?, version = ?, body = ?,
    unsent_from = coalesce(unsent_from, CASE WHEN ${HAS_ENDPOINTS} THEN ? END)
  WHERE session_id = ? AND version = ?`;

const COUNT_NOTE = `INSERT INTO session_notes SELECT session_id, 1 FROM sessions WHERE session_id = ?
  ON CONFLICT DO UPDATE SET notes = notes + 1 WHERE notes < ?`;

const PURGE = `SELECT session_id FROM sessions WHERE ended_at IS NOT NULL AND ended_at < ?1 AND (
    ended_at < ?2 OR (unsent_from IS NULL
      AND NOT EXISTS (SELECT 1 FROM webhook_lanes WHERE webhook_lanes.session_id = sessions.session_id))
  ) AND NOT EXISTS (SELECT 1 FROM json_each(body, '$.recordings') WHERE json_extract(value, '$.legalHold'))
  LIMIT ?3`;

const RESCHEDULE = 'UPDATE session_users SET scheduled_at = ?1 WHERE session_id = ?2 AND scheduled_at <> ?1';

/** Pages that a backup copies at a time; writes wait meanwhile. */
const BACKUP_PAGES = 256;

/** All tables with data of a session, but those of features. */
const TABLES = [
  'mails',
  'notifications',
  'push_subscriptions',
  ...WEBHOOK_TABLES,
  ...MEETING_TABLES,
  ...OBSERVATION_TABLES,
  'session_users',
  'session_history',
  'session_notes',
  'sessions',
] as const;

/** The embedded store: one SQLite file in write-ahead mode, owned by one process. */
export class SqliteStore<F extends FeatureStores = NoStores> implements Store<F> {
  readonly features: F;
  readonly mail: SqliteMail;
  readonly notifications: SqliteNotifications;
  readonly push: SqlitePush;
  readonly webhooks: SqliteWebhooks;
  readonly receivedEvents: SqliteReceivedEvents;
  readonly meetingEvents: SqliteMeetingEvents;
  readonly nodes: SqliteNodes;
  readonly calendarFeeds: SqliteCalendarFeeds;
  readonly consoleLogins: SqliteConsoleLogins;
  readonly observations: SqliteObservations;
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #statements: Statements;

  private constructor(database: DatabaseSync, adapters: SqliteAdapters<FeatureStores>) {
    this.#database = database;
    this.#commits = new GroupCommit(database);
    this.#statements = new Statements(database);
    const features = Object.entries(adapters).map(
      ([name, adapter]) => [name, adapter.create(database, this.#commits)] as const,
    );
    this.features = Object.fromEntries(features) as unknown as F;
    this.mail = new SqliteMail(database, this.#commits);
    this.notifications = new SqliteNotifications(database, this.#commits);
    this.push = new SqlitePush(database, this.#commits);
    this.webhooks = new SqliteWebhooks(database, this.#commits);
    this.receivedEvents = new SqliteReceivedEvents(database, this.#commits);
    this.meetingEvents = new SqliteMeetingEvents(database, this.#commits);
    this.nodes = new SqliteNodes(database, this.#commits);
    this.calendarFeeds = new SqliteCalendarFeeds(database, this.#commits);
    this.consoleLogins = new SqliteConsoleLogins(database, this.#commits);
    this.observations = new SqliteObservations(database, this.#commits);
  }

  /**
   * Opens or creates the store in a folder.
   * @throws {Error} if another process owns it, the folder is not writable, or a newer version has written it
   */
  static open(dataDir: string): SqliteStore;
  static open<F extends FeatureStores>(dataDir: string, features: SqliteAdapters<F>): SqliteStore<F>;
  static open(dataDir: string, features: SqliteAdapters<FeatureStores> = {}): SqliteStore<FeatureStores> {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(dataDir, 'televisit.db'));
    try {
      // Exclusive: a second server on the same folder must fail at start instead of serving half of the visits.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      // Overwrites deleted content, which may concern patients' health.
      database.exec('PRAGMA secure_delete = ON');
      migrate(database);
      for (const [name, { migrations }] of Object.entries(features))
        migrateFeature(database, name, migrations);
      database.exec('BEGIN IMMEDIATE; COMMIT');
      return new SqliteStore<FeatureStores>(database, features);
    } catch (error) {
      database.close();
      if (error instanceof Error && error.message.includes('locked')) {
        throw new Error('Another server already uses this DATA_DIR. Stop it, or give each server its own.', {
          cause: error,
        });
      }
      throw error;
    }
  }

  /**
   * Writes a copy of the database, as it is at one moment, while the store is used. Other programs cannot, because this process has
   * the database for itself. `file` appears only when the copy is complete.
   * @throws {Error} if the folder cannot be written or the disk is full; a previous copy stays then
   */
  async backUp(file: string): Promise<void> {
    const unfinished = `${file}.unfinished`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      rmSync(unfinished, { force: true });
      await backup(this.#database, unfinished, { rate: BACKUP_PAGES });
      chmodSync(unfinished, 0o600);
      renameSync(unfinished, file);
    } finally {
      rmSync(unfinished, { force: true });
    }
  }

  insert({ next, events }: SessionChange): Promise<boolean> {
    return this.#commits.run(() => {
      const { sessionId, createdAt } = next;
      const { changes } = this.#run(
        INSERT,
        sessionId,
        next.appointmentId,
        next.idempotency?.key ?? null,
        next.status,
        next.courseId,
        next.placement.nodeId,
        next.scheduledAt,
        createdAt,
        next.dueAt,
        next.remindAt,
        next.meetingAt,
        next.endedAt,
        next.endReason,
        next.version,
        JSON.stringify(next),
      );
      if (changes === 0) return false;
      this.#seat(next);
      this.#append(sessionId, events);
      return true;
    });
  }

  update({ next, events }: SessionChange): Promise<boolean> {
    return this.#commits.run(() => {
      const { sessionId, version } = next;
      const { changes } = this.#run(
        UPDATE,
        appointmentKey(next),
        next.status,
        next.placement.nodeId,
        next.scheduledAt,
        next.dueAt,
        next.remindAt,
        next.meetingAt,
        next.endedAt,
        next.endReason,
        version,
        JSON.stringify(next),
        events.length > 0 ? next.eventCount - events.length : null,
        sessionId,
        version - 1,
      );
      if (changes === 0) return false;
      this.#nameMeetings(next);
      if (events.some(({ type }) => type === 'user.erased' || type === 'participant.added')) {
        this.#run('DELETE FROM session_users WHERE session_id = ?', sessionId);
        this.#seat(next);
      } else this.#run(RESCHEDULE, next.scheduledAt, sessionId);
      this.#append(sessionId, events);
      return true;
    });
  }

  note(sessionId: string, note: AuditNote): Promise<void> {
    return this.#commits.run(() => {
      if (this.#run(COUNT_NOTE, sessionId, MAX_NOTES).changes > 0) this.#append(sessionId, [note]);
    });
  }

  async get(sessionId: string): Promise<Session | undefined> {
    return this.#one('SELECT body FROM sessions WHERE session_id = ?', sessionId);
  }

  async versions(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sql =
      'SELECT session_id, version FROM sessions WHERE session_id IN (SELECT value FROM json_each(?))';
    return new Map(
      this.#statements
        .of(sql)
        .all(JSON.stringify(sessionIds))
        .map((row) => [row.session_id as string, row.version as number]),
    );
  }

  async findByAppointment(appointmentId: string): Promise<Session | undefined> {
    return this.#one('SELECT body FROM sessions WHERE appointment_id = ?', appointmentId);
  }

  async findByIdempotencyKey(key: string): Promise<Session | undefined> {
    return this.#one('SELECT body FROM sessions WHERE idempotency_key = ?', key);
  }

  async history(sessionId: string): Promise<readonly HistoryEntry[]> {
    const sql = 'SELECT body FROM session_history WHERE session_id = ? ORDER BY id';
    return this.#all({ sql, values: [sessionId] }, (body) => JSON.parse(body as string) as HistoryEntry);
  }

  async list(
    filter: SessionFilter,
    limit: number,
    after?: Position,
    order: ListOrder = NEWEST_FIRST,
  ): Promise<readonly Session[]> {
    const few = rangesOf(filter, order).find(
      ({ reachFew: { sql, values } }) => this.#statements.of(sql).get(...values) === undefined,
    );
    return this.#all(pageOf(filter, limit, after, order, few?.index), sessionIn);
  }

  async due(now: number, limit: number): Promise<readonly Session[]> {
    const sql = 'SELECT body FROM sessions WHERE due_at <= ? ORDER BY due_at LIMIT ?';
    return this.#all({ sql, values: [now, limit] }, sessionIn);
  }

  async dueReminders(now: number, limit: number): Promise<readonly Session[]> {
    const sql = 'SELECT body FROM sessions WHERE remind_at <= ? ORDER BY remind_at LIMIT ?';
    return this.#all({ sql, values: [now, limit] }, sessionIn);
  }

  async dueMeetings(now: number, limit: number): Promise<readonly Session[]> {
    const sql = 'SELECT body FROM sessions WHERE meeting_at <= ? ORDER BY meeting_at LIMIT ?';
    return this.#all({ sql, values: [now, limit] }, sessionIn);
  }

  async findByMeeting(provider: ProviderId, meetingId: string): Promise<Session | undefined> {
    const sql = `SELECT body FROM session_meetings CROSS JOIN sessions USING (session_id)
      WHERE provider = ? AND meeting_id = ? LIMIT 1`;
    return this.#all({ sql, values: [provider, meetingId] }, sessionIn)[0];
  }

  async countOpenByNode(): Promise<ReadonlyMap<string, number>> {
    const sql =
      'SELECT node_id, count(*) AS open FROM sessions WHERE due_at IS NOT NULL AND ended_at IS NULL GROUP BY node_id';
    return new Map(
      this.#statements
        .of(sql)
        .all()
        .map((row) => [row.node_id as string, row.open as number]),
    );
  }

  /** Deletes one session per commit, so that other writes are not delayed. */
  async purge(endedBefore: number, limit: number, undeliveredBefore = endedBefore): Promise<number> {
    const rows = this.#statements.of(PURGE).all(endedBefore, undeliveredBefore, limit);
    for (const { session_id: sessionId } of rows) {
      for (const feature of Object.values<FeatureStore>(this.features)) {
        await feature.purge([sessionId as string]);
      }
      await this.#commits.run(() => {
        for (const table of TABLES) {
          this.#run(`DELETE FROM ${table} WHERE session_id = ?`, sessionId as string);
        }
      });
    }
    return rows.length;
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return;
    this.#commits.flush();
    this.#database.close();
  }

  #seat({ sessionId, createdAt, scheduledAt, seats }: Session): void {
    const sql =
      'INSERT INTO session_users (user_id, created_at, session_id, scheduled_at) VALUES (?, ?, ?, ?)';
    for (const { userId } of seats) this.#run(sql, userId, createdAt, sessionId, scheduledAt);
  }

  /** Keeps the ids of meetings at providers, by which their events find the session. */
  #nameMeetings({ sessionId, meetings }: Session): void {
    const sql = 'INSERT INTO session_meetings VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
    for (const { provider, meetingId } of meetings) {
      if (meetingId !== null) this.#run(sql, provider, meetingId, sessionId);
    }
  }

  #append(sessionId: string, entries: readonly HistoryEntry[]): void {
    const sql = 'INSERT INTO session_history (session_id, body) VALUES (?, ?)';
    for (const entry of entries) this.#run(sql, sessionId, JSON.stringify(entry));
  }

  #run(sql: string, ...values: SQLInputValue[]) {
    return this.#statements.of(sql).run(...values);
  }

  #one(sql: string, key: string): Session | undefined {
    const row = this.#statements.of(sql).get(key);
    return row && sessionIn(row.body);
  }

  #all<T>({ sql, values }: Query, read: (body: unknown) => T): T[] {
    return this.#statements
      .of(sql)
      .all(...values)
      .map(({ body }) => read(body));
  }
}

function sessionIn(body: unknown): Session {
  return fromStored(JSON.parse(body as string) as StoredSession);
}
