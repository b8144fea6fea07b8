import type { SQLInputValue } from 'node:sqlite';
import type { Position, SessionFilter } from '../../domain/session-store.ts';

/** A statement with its values in order. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** Beyond this many sessions in a time range, walking along the creation order finds a page sooner than sorting. */
export const FEW = 20_000;

/** Finds the `FEW`th session of a time range, if it has so many. */
export function reachFew({ from, to }: SessionFilter): Query {
  return {
    sql: `SELECT 1 FROM sessions WHERE scheduled_at >= ? AND scheduled_at < ? LIMIT 1 OFFSET ${FEW - 1}`,
    values: [from ?? 0, to ?? Number.MAX_SAFE_INTEGER],
  };
}

/**
 * The ids of a page, newest first. Each filter has an index in the order of the list; where a user or a short time range
 * narrows it down, that leads.
 * @param fewInRange whether the filter's time range holds few sessions
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
  if (appointmentId !== undefined) also('sessions.appointment_id = ?', appointmentId);
  if (courseId !== undefined) also('sessions.course_id = ?', courseId);
  if (nodeId !== undefined) also('sessions.node_id = ?', nodeId);
  if (statuses) also(`sessions.status IN (${statuses.map(() => '?').join(', ')})`, ...statuses);
  // A plus keeps SQLite from using that column's index, which would sort everything in the range.
  const scheduled = fewInRange ? 'sessions.scheduled_at' : '+sessions.scheduled_at';
  if (from !== undefined) also(`${scheduled} >= ?`, from);
  if (to !== undefined) also(`${scheduled} < ?`, to);
  if (after) also(`(${place}.created_at, ${place}.session_id) < (?, ?)`, after.createdAt, after.sessionId);
  const source = byUser ? 'session_users CROSS JOIN sessions USING (session_id)' : 'sessions';
  const order = `ORDER BY ${place}.created_at DESC, ${place}.session_id DESC`;
  // Bodies are read for the page alone: the indexes hold all that finds it. CROSS JOIN keeps this order of tables.
  return {
    sql: `SELECT body FROM (
            SELECT sessions.rowid AS id FROM ${source}
            ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ${order} LIMIT ?
          ) CROSS JOIN sessions ON sessions.rowid = id
          ORDER BY sessions.created_at DESC, sessions.session_id DESC`,
    values: [...values, limit],
  };
}
