import type { DatabaseSync } from 'node:sqlite';
import type { MeetingEvent } from '../../domain/meeting-events.ts';
import type { MeetingEventStore, MeetingInbox } from '../../domain/session-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const MEETINGS = `
  ALTER TABLE sessions ADD COLUMN meeting_at INTEGER;
  CREATE INDEX sessions_by_meeting_time ON sessions (meeting_at) WHERE meeting_at IS NOT NULL;
  CREATE TABLE session_meetings (
    provider TEXT NOT NULL, meeting_id TEXT NOT NULL, session_id TEXT NOT NULL,
    PRIMARY KEY (provider, meeting_id, session_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_meetings_by_session ON session_meetings (session_id);
  CREATE TABLE meeting_events (
    session_id TEXT NOT NULL, generation INTEGER NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (session_id, generation, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE meeting_inbox (
    session_id TEXT NOT NULL, generation INTEGER NOT NULL, mark INTEGER NOT NULL,
    PRIMARY KEY (session_id, generation)
  ) STRICT, WITHOUT ROWID;`;

/** The tables with data of a session. */
export const MEETING_TABLES = ['session_meetings', 'meeting_events', 'meeting_inbox'] as const;

const MARK = `INSERT INTO meeting_inbox VALUES (?, ?, 1)
  ON CONFLICT DO UPDATE SET mark = mark + 1`;

/** Stores events of meetings at other providers in SQLite. */
export class SqliteMeetingEvents implements MeetingEventStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  add(sessionId: string, generation: number, events: readonly MeetingEvent[]): Promise<void> {
    return this.#commits.run(() => {
      const insert = this.#statements.of(
        'INSERT INTO meeting_events VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      );
      for (const event of events) insert.run(sessionId, generation, event.key, JSON.stringify(event));
      if (events.length > 0) this.#statements.of(MARK).run(sessionId, generation);
    });
  }

  async ofMeeting(sessionId: string, generation: number): Promise<readonly MeetingEvent[]> {
    const sql = 'SELECT body FROM meeting_events WHERE session_id = ? AND generation = ?';
    return this.#statements
      .of(sql)
      .all(sessionId, generation)
      .map(({ body }) => JSON.parse(body as string) as MeetingEvent);
  }

  async inbox(limit: number): Promise<readonly MeetingInbox[]> {
    return this.#statements
      .of('SELECT session_id, generation, mark FROM meeting_inbox LIMIT ?')
      .all(limit)
      .map((row) => ({
        sessionId: row.session_id as string,
        generation: row.generation as number,
        mark: row.mark as number,
      }));
  }

  applied({ sessionId, generation, mark }: MeetingInbox): Promise<void> {
    const sql = 'DELETE FROM meeting_inbox WHERE session_id = ? AND generation = ? AND mark = ?';
    return this.#commits.run(() => void this.#statements.of(sql).run(sessionId, generation, mark));
  }

  rewrite(
    sessionId: string,
    change: (event: MeetingEvent, generation: number) => MeetingEvent,
  ): Promise<void> {
    return this.#commits.run(() => {
      const rows = this.#statements
        .of('SELECT generation, key, body FROM meeting_events WHERE session_id = ?')
        .all(sessionId);
      const update = this.#statements.of(
        'UPDATE meeting_events SET body = ? WHERE session_id = ? AND generation = ? AND key = ?',
      );
      for (const row of rows) {
        const generation = row.generation as number;
        const changed = change(JSON.parse(row.body as string) as MeetingEvent, generation);
        update.run(JSON.stringify(changed), sessionId, generation, row.key as string);
      }
    });
  }
}
