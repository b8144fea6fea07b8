import type { SQLInputValue } from 'node:sqlite';
import { appointmentRange, type Position, type SessionFilter } from '../../domain/session-store.ts';

/** A statement with its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** The number of sessions in a time range up to which sorting is faster than scanning in creation order. */
export const FEW = 20_000;

/** Returns a query that finds the `FEW`th session of a time range, if there is one. */
export function reachFew({ from, to }: SessionFilter): Query {
  return {
    sql: `SELECT 1 FROM sessions WHERE scheduled_at >= ? AND scheduled_at < ? LIMIT 1 OFFSET ${FEW - 1}`,
    values: [from ?? 0, to ?? Number.MAX_SAFE_INTEGER],
  };
}

/**
 * Returns the query for a page of sessions, newest first. Each filter has an index in list order. If a user or a short
 * time range narrows the result, its index is used first.
 * @param fewInRange whether the time range of the filter contains few sessions
 */
export function pageOf(
  filter: SessionFilter,
  limit: number,
  after: Position | undefined,
  fewInRange: boolean,
): Query {
  const { statuses, appointmentId, userId, courseId, nodeId, from, to } = filter;
  const byUser = userId !== undefined;
  const place = byUser ? 'session_users' : 'sessions';
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const also = (condition: string, ...given: SQLInputValue[]) => {
    where.push(condition);
    values.push(...given);
  };
  if (byUser) also('session_users.user_id = ?', userId);
  if (appointmentId !== undefined) {
    also('sessions.appointment_id >= ? AND sessions.appointment_id < ?', ...appointmentRange(appointmentId));
  }
  if (courseId !== undefined) also('sessions.course_id = ?', courseId);
  if (nodeId !== undefined) also('sessions.node_id = ?', nodeId);
  if (statuses) also(`sessions.status IN (${statuses.map(() => '?').join(', ')})`, ...statuses);
  // The plus prevents SQLite from using that column's index, which would sort all sessions in the range.
  const scheduled = fewInRange ? 'sessions.scheduled_at' : '+sessions.scheduled_at';
  if (from !== undefined) also(`${scheduled} >= ?`, from);
  if (to !== undefined) also(`${scheduled} < ?`, to);
  if (after) also(`(${place}.created_at, ${place}.session_id) < (?, ?)`, after.createdAt, after.sessionId);
  const source = byUser ? 'session_users CROSS JOIN sessions USING (session_id)' : 'sessions';
  const order = `ORDER BY ${place}.created_at DESC, ${place}.session_id DESC`;
  // Reads bodies for the page only: the indexes contain all filter columns. CROSS JOIN fixes the order of the tables.
  return {
    sql: `SELECT body FROM (
            SELECT sessions.rowid AS id FROM ${source}
            ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ${order} LIMIT ?
          ) CROSS JOIN sessions ON sessions.rowid = id
          ORDER BY sessions.created_at DESC, sessions.session_id DESC`,
    values: [...values, limit],
  };
}
