import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NEWEST_FIRST, type ListOrder, type SessionFilter } from '../../domain/session-store.ts';
import { migrate } from './schema.ts';
import { pageOf, rangesOf, type Query } from './session-query.ts';

const CREATION = NEWEST_FIRST;
const SCHEDULE: ListOrder = { by: 'scheduledAt', direction: 'asc' };
const ORDERS: readonly ListOrder[] = [
  CREATION,
  { ...CREATION, direction: 'asc' },
  SCHEDULE,
  { ...SCHEDULE, direction: 'desc' },
];
const AFTER = { at: 1000, sessionId: 'sess_00000001' };

const FILTERS: Readonly<Record<string, SessionFilter>> = {
  'a status': { statuses: ['ended'] },
  'several statuses': { statuses: ['ended', 'cancelled'] },
  'an end reason': { endReasons: ['no_show'] },
  'several end reasons': { endReasons: ['no_show', 'host_absent'] },
  'an appointment': { appointmentId: 'a' },
  'a user': { userId: 'u' },
  'a course': { courseId: 'c' },
  'a node': { nodeId: 'n' },
  'a user, a status and times': {
    userId: 'u',
    statuses: ['ended'],
    from: 1,
    to: 2,
    endedFrom: 1,
    endedTo: 2,
  },
  'an appointment, a course and times': { appointmentId: 'a', courseId: 'c', from: 1, endedTo: 2 },
  everything: {
    statuses: ['ended'],
    endReasons: ['no_show'],
    nodeId: 'n',
    from: 1,
    to: 2,
    endedFrom: 1,
    endedTo: 2,
  },
};

function opened() {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  migrate(database);
  return database;
}

/** Returns the steps of a query on sessions and their users. */
function planOf(database: DatabaseSync, { sql, values }: Query): string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => String(detail))
    .filter((detail) => /\b(sessions|session_users|TEMP B-TREE)\b/.test(detail));
}

/** Returns the queries for a page, with each index of a time range and without. */
function queriesOf(filter: SessionFilter, order: ListOrder): Query[] {
  const indexes = [undefined, ...rangesOf(filter, order).map(({ index }) => index)];
  return indexes.flatMap((index) =>
    [undefined, AFTER].map((after) => pageOf(filter, 50, after, order, index)),
  );
}

const PAGE = 'SEARCH sessions USING INTEGER PRIMARY KEY (rowid=?)';

describe('pageOf', () => {
  it.each(Object.entries(FILTERS))('reads no row of another filter for %s', (_, filter) => {
    const database = opened();
    for (const order of ORDERS) {
      for (const query of queriesOf(filter, order)) {
        const plan = planOf(database, query);
        expect(plan.filter((step) => step.startsWith('SCAN'))).toEqual([]);
        // Bodies are read for the page only.
        expect(plan.filter((step) => step === PAGE)).toHaveLength(1);
      }
    }
  });

  it.each(
    ['a status', 'an end reason', 'a user', 'a course', 'a node'].flatMap((name) =>
      ORDERS.map((order) => [name, order.by, order.direction] as const),
    ),
  )('reads the sessions of %s by %s, %s, without sorting them', (name, by, direction) => {
    const database = opened();
    for (const after of [undefined, AFTER]) {
      const plan = planOf(database, pageOf(FILTERS[name]!, 50, after, { by, direction }));
      expect(plan).not.toContainEqual(expect.stringContaining('TEMP B-TREE'));
    }
  });

  it.each(ORDERS)('reads a list without a filter by $by, $direction, from an index', (order) => {
    const [first, ...others] = planOf(opened(), pageOf({}, 50, undefined, order));
    expect(first).toMatch(/^SCAN sessions USING COVERING INDEX sessions_by_(creation|schedule)$/);
    expect(others).toEqual([PAGE]);
    expect(planOf(opened(), pageOf({}, 50, AFTER, order))[0]).toMatch(/^SEARCH .*\(\?,\?\)\)$/);
  });

  it('reads few sessions of a time range by its index, and many in list order', () => {
    const database = opened();
    const ranges = [
      [{ from: 1, to: 2 }, 'sessions_by_schedule', 'scheduled_at'],
      [{ endedFrom: 1, endedTo: 2 }, 'sessions_by_end', 'ended_at'],
    ] as const;
    for (const [filter, index, column] of ranges) {
      const few = planOf(database, pageOf(filter, 50, undefined, CREATION, index));
      expect(few[0]).toBe(`SEARCH sessions USING COVERING INDEX ${index} (${column}>? AND ${column}<?)`);
      const many = planOf(database, pageOf(filter, 50, undefined, CREATION));
      expect(many[0]).toBe('SCAN sessions USING COVERING INDEX sessions_by_creation');
    }
  });

  it('reads a time range in the order of the schedule from where the page begins', () => {
    const { sql, values } = pageOf({ from: 5, to: 9000 }, 50, AFTER, SCHEDULE);
    expect(planOf(opened(), { sql, values })[0]).toContain('scheduled_at>? AND scheduled_at<?');
    expect(values.slice(0, 2)).toEqual([AFTER.at, 9000]);
    const down = pageOf({ from: 5, to: 9000 }, 50, AFTER, { ...SCHEDULE, direction: 'desc' });
    expect(down.values.slice(0, 2)).toEqual([5, AFTER.at + 1]);
  });

  it('returns the same sessions with and without the index of a time range', () => {
    const database = opened();
    const insert = database.prepare(
      `INSERT INTO sessions (session_id, appointment_id, status, end_reason, node_id, scheduled_at, created_at, ended_at,
         version, body) VALUES (?, ?, 'ended', 'no_show', 'n', ?, ?, ?, 1, ?)`,
    );
    for (let index = 0; index < 60; index++) {
      const id = `sess_${String(index).padStart(8, '0')}`;
      insert.run(id, id, index % 7, index % 5, index % 3 === 0 ? null : index % 4, id);
    }
    const run = ({ sql, values }: { sql: string; values: readonly SQLInputValue[] }) =>
      database
        .prepare(sql)
        .all(...values)
        .map(({ body }) => body);
    const filter: SessionFilter = { from: 1, to: 6, endedFrom: 1, endedTo: 4 };
    for (const order of ORDERS) {
      const [plain, ...others] = [undefined, ...rangesOf(filter, order).map(({ index }) => index)].map(
        (index) => run(pageOf(filter, 50, { at: 2, sessionId: 'sess_00000020' }, order, index)),
      );
      expect(plain?.length).toBeGreaterThan(5);
      for (const other of others) expect(other).toEqual(plain);
    }
  });
});
