import type { SQLInputValue } from 'node:sqlite';
import {
  appointmentRange,
  type ListOrder,
  type Position,
  type SessionFilter,
} from '../../domain/session-store.ts';

/**
 * Indexes for lists in both orders. Each begins with the column of one filter, continues in list order and contains the
 * columns of all filters, so that only the rows of the page itself are read. `session_users` has the times of its session.
 */
export const LISTS = `
  ALTER TABLE sessions ADD COLUMN end_reason TEXT;
  UPDATE sessions SET end_reason = body ->> '$.endReason' WHERE ended_at IS NOT NULL;
  DROP INDEX sessions_by_creation;
  DROP INDEX sessions_by_schedule;
  DROP INDEX sessions_by_status;
  DROP INDEX sessions_by_course;
  DROP INDEX sessions_by_node;
  DROP INDEX sessions_over;
  CREATE INDEX sessions_by_creation ON sessions
    (created_at, session_id, scheduled_at, ended_at, status, end_reason, node_id, course_id);
  CREATE INDEX sessions_by_schedule ON sessions
    (scheduled_at, session_id, created_at, ended_at, status, end_reason, node_id, course_id);
  CREATE INDEX sessions_by_end ON sessions
    (ended_at, session_id, created_at, scheduled_at, status, end_reason, node_id, course_id) WHERE ended_at IS NOT NULL;
  CREATE INDEX sessions_by_status_and_creation ON sessions
    (status, created_at, session_id, scheduled_at, ended_at, end_reason, node_id, course_id);
  CREATE INDEX sessions_by_status_and_schedule ON sessions
    (status, scheduled_at, session_id, created_at, ended_at, end_reason, node_id, course_id);
  CREATE INDEX sessions_by_reason_and_creation ON sessions
    (end_reason, created_at, session_id, scheduled_at, ended_at, status, node_id, course_id) WHERE end_reason IS NOT NULL;
  CREATE INDEX sessions_by_reason_and_schedule ON sessions
    (end_reason, scheduled_at, session_id, created_at, ended_at, status, node_id, course_id) WHERE end_reason IS NOT NULL;
  CREATE INDEX sessions_by_course_and_creation ON sessions
    (course_id, created_at, session_id, scheduled_at, ended_at, status, end_reason, node_id) WHERE course_id IS NOT NULL;
  CREATE INDEX sessions_by_course_and_schedule ON sessions
    (course_id, scheduled_at, session_id, created_at, ended_at, status, end_reason, node_id) WHERE course_id IS NOT NULL;
  CREATE INDEX sessions_by_node_and_creation ON sessions
    (node_id, created_at, session_id, scheduled_at, ended_at, status, end_reason, course_id);
  CREATE INDEX sessions_by_node_and_schedule ON sessions
    (node_id, scheduled_at, session_id, created_at, ended_at, status, end_reason, course_id);
  ALTER TABLE session_users ADD COLUMN scheduled_at INTEGER NOT NULL DEFAULT 0;
  UPDATE session_users SET scheduled_at = coalesce(
    (SELECT scheduled_at FROM sessions WHERE sessions.session_id = session_users.session_id), 0);
  CREATE INDEX session_users_by_schedule ON session_users (user_id, scheduled_at, session_id);`;

/** A statement with its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** The number of sessions in a time range up to which sorting is faster than scanning in list order. */
export const FEW = 20_000;

/** The column of each order, and the word for it in the names of indexes. */
const ORDERED = {
  createdAt: { time: 'created_at', name: 'creation' },
  scheduledAt: { time: 'scheduled_at', name: 'schedule' },
} as const;

/** A range of time whose sessions can be found by its index. */
type RangeIndex = 'sessions_by_schedule' | 'sessions_by_end';

/** Returns the ranges of a filter that are not in list order, each with a query that finds its `FEW`th session. */
export function rangesOf({ from, to, endedFrom, endedTo }: SessionFilter, { by }: ListOrder) {
  const ranges: { index: RangeIndex; reachFew: Query }[] = [];
  const add = (index: RangeIndex, column: string, values: SQLInputValue[]) => {
    const where = `${column} >= ? AND ${column} < ?`;
    const sql = `SELECT 1 FROM sessions INDEXED BY ${index} WHERE ${where} LIMIT 1 OFFSET ${FEW - 1}`;
    ranges.push({ index, reachFew: { sql, values } });
  };
  const ends = Number.MAX_SAFE_INTEGER;
  if (endedFrom !== undefined || endedTo !== undefined)
    add('sessions_by_end', 'ended_at', [endedFrom ?? 0, endedTo ?? ends]);
  if (by === 'createdAt' && (from !== undefined || to !== undefined))
    add('sessions_by_schedule', 'scheduled_at', [from ?? 0, to ?? ends]);
  return ranges;
}

/** How sessions are found: by the filter that narrows the result, or in list order. */
interface Access {
  /** The source of rows, with the table `place` whose columns are in list order. */
  readonly source: string;
  readonly place: 'sessions' | 'session_users';
  /** A filter of several values, whose sessions are found value by value in list order, and then merged. */
  readonly each?: { readonly column: string; readonly values: readonly SQLInputValue[] };
  /** Whether the rows are not in list order. */
  readonly sorted?: boolean;
}

function accessOf(filter: SessionFilter, { by }: ListOrder, fewIn: RangeIndex | undefined): Access {
  const { statuses, endReasons, appointmentId, userId, courseId, nodeId } = filter;
  const { name } = ORDERED[by];
  const indexed = (index: string) => ({ source: `sessions INDEXED BY ${index}`, place: 'sessions' }) as const;
  if (userId !== undefined) {
    const users = by === 'createdAt' ? 'session_users' : 'session_users INDEXED BY session_users_by_schedule';
    // CROSS JOIN fixes the order of the tables. The index has the columns of the filters, unlike the primary key.
    const source = `${users} CROSS JOIN sessions INDEXED BY sessions_by_creation
      ON sessions.created_at = session_users.created_at AND sessions.session_id = session_users.session_id`;
    return { source, place: 'session_users' };
  }
  if (appointmentId !== undefined) return { source: 'sessions', place: 'sessions', sorted: true };
  if (courseId !== undefined) return indexed(`sessions_by_course_and_${name}`);
  if (fewIn) return { ...indexed(fewIn), sorted: true };
  const narrowed = (index: string, column: string, values: readonly string[]) => ({
    ...indexed(`sessions_by_${index}_and_${name}`),
    each: { column, values: [...new Set(values)] },
  });
  if (endReasons?.length) return narrowed('reason', 'end_reason', endReasons);
  if (statuses?.length) return narrowed('status', 'status', statuses);
  return indexed(nodeId === undefined ? `sessions_by_${name}` : `sessions_by_node_and_${name}`);
}

/**
 * Returns the query for a page of sessions.
 * @param fewIn the index of a time range of the filter that contains few sessions
 */
export function pageOf(
  filter: SessionFilter,
  limit: number,
  after: Position | undefined,
  order: ListOrder,
  fewIn?: RangeIndex,
): Query {
  const access = accessOf(filter, order, fewIn);
  const { place, source, each, sorted } = access;
  const { time } = ORDERED[order.by];
  const direction = order.direction === 'asc' ? 'ASC' : 'DESC';
  const { where, values } = conditionsOf(after ? beyond(filter, after, order) : filter, access, order);
  // The plus prevents SQLite from using an index in list order.
  const at = `${sorted ? '+' : ''}${place}.${time}`;
  if (after) {
    where.push(`(${at}, ${place}.session_id) ${order.direction === 'asc' ? '>' : '<'} (?, ?)`);
    values.push(after.at, after.sessionId);
  }
  const partOf = (conditions: readonly string[]) =>
    `SELECT sessions.rowid AS id, ${place}.${time} AS at, ${place}.session_id AS session_id FROM ${source}
     ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY ${at} ${direction}, ${place}.session_id ${direction} LIMIT ?`;
  const parts = each
    ? each.values.map((value) => ({
        sql: partOf([`sessions.${each.column} = ?`, ...where]),
        values: [value, ...values, limit],
      }))
    : [{ sql: partOf(where), values: [...values, limit] }];
  const [first, ...others] = parts;
  const page =
    others.length > 0 ? parts.map(({ sql }) => `SELECT * FROM (${sql})`).join(' UNION ALL ') : first?.sql;
  // Reads bodies for the page only.
  return {
    sql: `SELECT body FROM (${page}) AS page CROSS JOIN sessions ON sessions.rowid = page.id
          ORDER BY page.at ${direction}, page.session_id ${direction} LIMIT ?`,
    values: [...parts.flatMap((part) => part.values), limit],
  };
}

/** Returns a filter whose range of the schedule begins at a position, so that SQLite does not read the pages before it again. */
function beyond(filter: SessionFilter, { at }: Position, { by, direction }: ListOrder): SessionFilter {
  const { from, to } = filter;
  if (by === 'createdAt') return filter;
  if (direction === 'asc') return from === undefined ? filter : { ...filter, from: Math.max(from, at) };
  return to === undefined ? filter : { ...filter, to: Math.min(to, at + 1) };
}

/** Returns the conditions of a filter, but that of `access.each`. */
function conditionsOf(filter: SessionFilter, { each, sorted, place }: Access, { by }: ListOrder) {
  const { statuses, endReasons, appointmentId, userId, courseId, nodeId, from, to, endedFrom, endedTo } =
    filter;
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const also = (condition: string, ...given: SQLInputValue[]) => {
    where.push(condition);
    values.push(...given);
  };
  // The plus prevents SQLite from using another index than that of the appointment.
  const plain = (column: string) => `${appointmentId === undefined ? '' : '+'}sessions.${column}`;
  const oneOf = (column: string, given: readonly string[] | undefined) => {
    if (given && each?.column !== column)
      also(`${plain(column)} IN (${given.map(() => '?').join(', ')})`, ...given);
  };
  if (userId !== undefined) also('session_users.user_id = ?', userId);
  if (appointmentId !== undefined)
    also('sessions.appointment_id >= ? AND sessions.appointment_id < ?', ...appointmentRange(appointmentId));
  if (courseId !== undefined) also(`${plain('course_id')} = ?`, courseId);
  if (nodeId !== undefined) also(`${plain('node_id')} = ?`, nodeId);
  oneOf('status', statuses);
  oneOf('end_reason', endReasons);
  const scheduled = by === 'scheduledAt' && !sorted ? `${place}.scheduled_at` : plain('scheduled_at');
  if (from !== undefined) also(`${scheduled} >= ?`, from);
  if (to !== undefined) also(`${scheduled} < ?`, to);
  if (endedFrom !== undefined) also(`${plain('ended_at')} >= ?`, endedFrom);
  if (endedTo !== undefined) also(`${plain('ended_at')} < ?`, endedTo);
  return { where, values };
}
