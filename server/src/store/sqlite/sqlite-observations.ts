import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { MAX_QUALITY_POINTS, type JoinFailureStage } from '@televisit/shared/console.vocabulary';
import type { ErrorCode } from '@televisit/shared/errors';
import type { NetworkLevel } from '@televisit/shared/vocabulary';
import {
  MAX_FAILURES,
  type FailureFilter,
  type FailurePosition,
  type JoinFailure,
  type ObservationStore,
  type QualityPoint,
} from '../../domain/observation-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const OBSERVATIONS = `
  CREATE TABLE join_failures (
    failure_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    seat INTEGER,
    stage TEXT NOT NULL,
    code TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX join_failures_by_time ON join_failures (at, failure_id);
  CREATE INDEX join_failures_by_session ON join_failures (session_id, at, failure_id);
  CREATE TABLE quality_points (
    session_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    at INTEGER NOT NULL,
    network TEXT,
    sent REAL,
    received REAL,
    PRIMARY KEY (session_id, seat, at)
  ) STRICT, WITHOUT ROWID;`;

/** The tables with a row for each observation of a session. */
export const OBSERVATION_TABLES = ['join_failures', 'quality_points'] as const;

const FORGET_FAILURES = `DELETE FROM join_failures WHERE failure_id IN (
    SELECT failure_id FROM join_failures WHERE session_id = ? ORDER BY at DESC, failure_id DESC LIMIT -1 OFFSET ${MAX_FAILURES})`;
const FORGET_POINTS = `DELETE FROM quality_points WHERE session_id = ?1 AND seat = ?2 AND at <= (
    SELECT at FROM quality_points WHERE session_id = ?1 AND seat = ?2 ORDER BY at DESC LIMIT 1 OFFSET ${MAX_QUALITY_POINTS})`;

/** Stores what operators see of visits in SQLite. */
export class SqliteObservations implements ObservationStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  addFailure({ failureId, sessionId, seat, stage, code, at }: JoinFailure): Promise<void> {
    return this.#commits.run(() => {
      this.#statements
        .of('INSERT INTO join_failures VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
        .run(failureId, sessionId, seat, stage, code, at);
      this.#statements.of(FORGET_FAILURES).run(sessionId);
    });
  }

  async failures(
    { sessionId, code }: FailureFilter,
    limit: number,
    after?: FailurePosition,
  ): Promise<readonly JoinFailure[]> {
    const conditions: (readonly [string, ...SQLInputValue[]])[] = [
      ...(sessionId === undefined ? [] : [['session_id = ?', sessionId] as const]),
      ...(code === undefined ? [] : [['code = ?', code] as const]),
      ...(after === undefined ? [] : [['(at, failure_id) < (?, ?)', after.at, after.failureId] as const]),
    ];
    const where = conditions.map(([sql]) => sql).join(' AND ') || 'TRUE';
    return this.#statements
      .of(`SELECT * FROM join_failures WHERE ${where} ORDER BY at DESC, failure_id DESC LIMIT ?`)
      .all(...conditions.flatMap(([, ...values]) => values), limit)
      .map((row) => ({
        failureId: row.failure_id as string,
        sessionId: row.session_id as string,
        seat: row.seat as number | null,
        stage: row.stage as JoinFailureStage,
        code: row.code as ErrorCode,
        at: row.at as number,
      }));
  }

  addQuality(sessionId: string, points: readonly QualityPoint[]): Promise<void> {
    return this.#commits.run(() => {
      for (const { seat, at, network, sent, received } of points) {
        this.#statements
          .of('INSERT OR REPLACE INTO quality_points VALUES (?, ?, ?, ?, ?, ?)')
          .run(sessionId, seat, at, network, sent, received);
        this.#statements.of(FORGET_POINTS).run(sessionId, seat);
      }
    });
  }

  async quality(sessionId: string): Promise<readonly QualityPoint[]> {
    return this.#statements
      .of('SELECT * FROM quality_points WHERE session_id = ? ORDER BY at, seat')
      .all(sessionId)
      .map((row) => ({
        seat: row.seat as number,
        at: row.at as number,
        network: row.network as NetworkLevel | null,
        sent: row.sent as number | null,
        received: row.received as number | null,
      }));
  }

  deleteSeat(sessionId: string, seat: number): Promise<void> {
    return this.#commits.run(() => {
      for (const table of OBSERVATION_TABLES) {
        this.#statements.of(`DELETE FROM ${table} WHERE session_id = ? AND seat = ?`).run(sessionId, seat);
      }
    });
  }
}
