import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SessionEvent } from '../../domain/events.ts';
import type { SessionChange, SessionStore } from '../../domain/session-store.ts';
import { isOver, type Session } from '../../domain/session.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './schema.ts';

/** The embedded store: one SQLite file in write-ahead mode, owned by one process. */
export class SqliteStore implements SessionStore {
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #byId: StatementSync;
  readonly #byAppointment: StatementSync;
  readonly #events: StatementSync;
  readonly #countOpen: StatementSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#commits = new GroupCommit(database);
    this.#insert = database.prepare(
      `INSERT INTO sessions (session_id, appointment_id, node_id, open, version, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (appointment_id) DO NOTHING`,
    );
    this.#update = database.prepare(
      'UPDATE sessions SET node_id = ?, open = ?, version = ?, body = ? WHERE session_id = ? AND version = ?',
    );
    this.#insertEvent = database.prepare(
      'INSERT INTO session_events (session_id, seq, body) VALUES (?, ?, ?)',
    );
    this.#byId = database.prepare('SELECT body FROM sessions WHERE session_id = ?');
    this.#byAppointment = database.prepare('SELECT body FROM sessions WHERE appointment_id = ?');
    this.#events = database.prepare('SELECT body FROM session_events WHERE session_id = ? ORDER BY seq');
    this.#countOpen = database.prepare(
      'SELECT node_id, count(*) AS open FROM sessions WHERE open = 1 GROUP BY node_id',
    );
  }

  /**
   * Opens (or makes) the store in a folder.
   * @throws where another process owns it, the folder can't be written, or a newer version wrote it.
   */
  static open(dataDir: string): SqliteStore {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(dataDir, 'televisit.db'));
    try {
      // Exclusive: a second server on the same folder must fail at once instead of serving half of the visits.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      migrate(database);
      database.exec('BEGIN IMMEDIATE; COMMIT');
      return new SqliteStore(database);
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

  insert({ next, events }: SessionChange): Promise<Session> {
    return this.#commits.run(() => {
      const { sessionId, appointmentId, placement, version } = next;
      const body = JSON.stringify(next);
      const { changes } = this.#insert.run(
        sessionId,
        appointmentId,
        placement.nodeId,
        openFlag(next),
        version,
        body,
      );
      if (changes === 0) return this.#one(this.#byAppointment, appointmentId) as Session;
      this.#append(events);
      return next;
    });
  }

  update({ next, events }: SessionChange): Promise<boolean> {
    return this.#commits.run(() => {
      const { sessionId, placement, version } = next;
      const body = JSON.stringify(next);
      const { changes } = this.#update.run(
        placement.nodeId,
        openFlag(next),
        version,
        body,
        sessionId,
        version - 1,
      );
      if (changes === 0) return false;
      this.#append(events);
      return true;
    });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- an error must reject, never throw past a caller
  async get(sessionId: string): Promise<Session | undefined> {
    return this.#one(this.#byId, sessionId);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async findByAppointment(appointmentId: string): Promise<Session | undefined> {
    return this.#one(this.#byAppointment, appointmentId);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async events(sessionId: string): Promise<readonly SessionEvent[]> {
    return this.#events.all(sessionId).map((row) => JSON.parse(row.body as string) as SessionEvent);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async countOpenByNode(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.#countOpen.all().map((row) => [row.node_id as string, row.open as number]));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async close(): Promise<void> {
    if (!this.#database.isOpen) return;
    this.#commits.flush();
    this.#database.close();
  }

  #append(events: readonly SessionEvent[]): void {
    for (const event of events) this.#insertEvent.run(event.sessionId, event.seq, JSON.stringify(event));
  }

  #one(statement: StatementSync, key: SQLInputValue): Session | undefined {
    const row = statement.get(key);
    return row && (JSON.parse(row.body as string) as Session);
  }
}

function openFlag(session: Session): 0 | 1 {
  return isOver(session) ? 0 : 1;
}
