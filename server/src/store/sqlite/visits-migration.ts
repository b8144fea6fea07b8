import type { DatabaseSync } from 'node:sqlite';

/** The tables of the version that introduced schedules, attendance and the audit log. */
export const VISITS = `
  CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    appointment_id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    status TEXT NOT NULL,
    course_id TEXT,
    node_id TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    ended_at INTEGER,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  -- Each in list order with all filter columns, so that only the rows of the page itself are read.
  CREATE INDEX sessions_by_creation ON sessions (created_at, session_id, scheduled_at, status, node_id, course_id);
  CREATE INDEX sessions_by_schedule ON sessions (scheduled_at, created_at, session_id, status, node_id, course_id);
  CREATE INDEX sessions_by_status ON sessions (status, created_at, session_id, scheduled_at, node_id, course_id);
  CREATE INDEX sessions_by_course ON sessions (course_id, created_at, session_id, scheduled_at, status, node_id)
    WHERE course_id IS NOT NULL;
  CREATE INDEX sessions_by_node ON sessions (node_id, created_at, session_id, scheduled_at, status, course_id);
  CREATE INDEX sessions_open_by_node ON sessions (node_id) WHERE due_at IS NOT NULL;
  CREATE INDEX sessions_due ON sessions (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX sessions_over ON sessions (ended_at) WHERE ended_at IS NOT NULL;
  CREATE TABLE session_users (
    user_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (user_id, created_at, session_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_users_by_session ON session_users (session_id);
  CREATE TABLE session_history (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX session_history_by_session ON session_history (session_id, id);
  CREATE TABLE session_notes (
    session_id TEXT PRIMARY KEY,
    notes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE nodes (
    node_id TEXT PRIMARY KEY,
    alive_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

interface OldSession {
  readonly sessionId: string;
  readonly appointmentId: string;
  readonly seats: readonly { userId: string }[];
  readonly status: string;
  readonly placement: { nodeId: string };
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly version: number;
}

const MINUTE = 60_000;

/** Migrates sessions of the first version to ad-hoc visits of half an hour, with their history. */
export function carryOver(database: DatabaseSync, now = Date.now()): void {
  const insert = database.prepare(
    `INSERT INTO sessions (session_id, appointment_id, status, node_id, scheduled_at, created_at, due_at, ended_at,
       version, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertUser = database.prepare('INSERT INTO session_users VALUES (?, ?, ?)');
  for (const row of database.prepare('SELECT body FROM old_sessions').iterate()) {
    const old = JSON.parse(row.body as string) as OldSession;
    const { sessionId, appointmentId, status, placement, createdAt, endedAt, version } = old;
    const next = withPlan(old, now);
    insert.run(
      sessionId,
      appointmentId,
      status,
      placement.nodeId,
      createdAt,
      createdAt,
      next.dueAt,
      endedAt,
      version,
      JSON.stringify(next),
    );
    for (const { userId } of old.seats) insertUser.run(userId, createdAt, sessionId);
  }
  database.exec(
    `INSERT INTO session_history (session_id, body)
     SELECT session_id, json_set(body, '$.by', json('{"type":"system"}')) FROM session_events ORDER BY session_id, seq`,
  );
}

function withPlan(old: OldSession, now: number) {
  // The first version had no join window. Open visits stay open for a day.
  const closesAt = now + 24 * 60 * MINUTE;
  return {
    ...old,
    idempotency: null,
    title: null,
    description: null,
    courseId: null,
    metadata: {},
    options: {
      waitingRoom: 'until-host',
      chat: true,
      screenShare: true,
      recording: false,
      maxParticipants: 25,
      language: null,
    },
    seats: old.seats.map((seat) => ({ ...seat, email: null, removedAt: null })),
    scheduledAt: old.createdAt,
    durationMinutes: 30,
    opensAt: old.createdAt - 15 * MINUTE,
    closesAt,
    updatedAt: old.endedAt ?? old.createdAt,
    endedBy: null,
    intervals: [],
    feedback: [],
    messages: 0,
    calendarSequence: 0,
    emptySince: null,
    dueAt: old.endedAt === null ? closesAt : null,
  };
}
