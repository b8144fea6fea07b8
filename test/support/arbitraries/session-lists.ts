import * as lifecycle from '@televisit/server/domain/lifecycle';
import type { Session } from '@televisit/server/domain/session';
import type {
  ListOrder,
  SessionChange,
  SessionFilter,
  SessionStore,
} from '@televisit/server/domain/session-store';
import fc from 'fast-check';
import { BACKEND, newVisit, NINE } from '../fixtures/stored-sessions.ts';

const STATUSES = ['scheduled', 'live', 'ended', 'cancelled'] as const;
const REASONS = ['host_ended', 'backend_ended', 'no_show', 'cancelled'] as const;
const PLACES = ['a', 'b'] as const;
/** So few that many sessions have equal times. */
const time = fc.nat(3).map((offset) => NINE + offset);

/** A session of a list, and how it ended. */
interface ListedVisit {
  readonly createdAt: number;
  readonly scheduledAt: number;
  readonly place: (typeof PLACES)[number];
  readonly end: 'open' | 'live' | (typeof REASONS)[number];
  readonly endedAt: number;
}

/** Sessions with equal times, in few courses and nodes, with few people and all kinds of ends. */
export const visits = fc.array(
  fc.record<ListedVisit>({
    createdAt: time,
    scheduledAt: time,
    place: fc.constantFrom(...PLACES),
    end: fc.constantFrom('open', 'live', ...REASONS),
    endedAt: time,
  }),
  { minLength: 1, maxLength: 14 },
);

const some = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 });

/** A filter that most sessions pass, an order and the size of a page. */
export const pagings = fc.record({
  filter: fc.record<SessionFilter, never>(
    {
      statuses: some(...STATUSES),
      endReasons: some(...REASONS),
      userId: fc.constantFrom(...PLACES.map((place) => `doctor-${place}`)),
      courseId: fc.constantFrom(...PLACES),
      nodeId: fc.constantFrom(...PLACES),
      from: time,
      to: time,
      endedFrom: time,
      endedTo: time,
    },
    { requiredKeys: [] },
  ),
  order: fc.record<ListOrder>({
    by: fc.constantFrom('createdAt', 'scheduledAt'),
    direction: fc.constantFrom('asc', 'desc'),
  }),
  limit: fc.integer({ min: 1, max: 5 }),
});

/** Stores a session and its end. */
export async function storeVisit(store: SessionStore, visit: ListedVisit): Promise<Session> {
  const { createdAt, scheduledAt, place, end, endedAt } = visit;
  const change = newVisit(
    { scheduledAt, courseId: place, nodeId: place, userIds: [`doctor-${place}`, 'patient'] },
    createdAt,
  );
  await store.insert(change);
  const over = endOf(change.next, end, endedAt);
  if (!over) return change.next;
  await store.update(over);
  return over.next;
}

function endOf(session: Session, end: ListedVisit['end'], at: number): SessionChange | null {
  if (end === 'open') return null;
  if (end === 'live') return lifecycle.start(session, BACKEND, at);
  if (end === 'cancelled') return lifecycle.cancel(session, BACKEND, at);
  return lifecycle.end(session, end, BACKEND, at);
}

/** Returns the sessions that a store must list. */
export function listed(sessions: readonly Session[], filter: SessionFilter, order: ListOrder): Session[] {
  const { statuses, endReasons, userId, courseId, nodeId, from, to, endedFrom, endedTo } = filter;
  const within = (at: number | null, first = 0, limit = Infinity) => at !== null && at >= first && at < limit;
  const sign = order.direction === 'asc' ? 1 : -1;
  return sessions
    .filter(
      (session) =>
        (statuses?.includes(session.status) ?? true) &&
        (endReasons === undefined ||
          (session.endReason !== null && endReasons.includes(session.endReason))) &&
        (userId === undefined || session.seats.some((seat) => seat.userId === userId)) &&
        (courseId === undefined || session.courseId === courseId) &&
        (nodeId === undefined || session.placement.nodeId === nodeId) &&
        within(session.scheduledAt, from, to) &&
        ((endedFrom === undefined && endedTo === undefined) || within(session.endedAt, endedFrom, endedTo)),
    )
    .sort(
      (left, right) =>
        sign * (left[order.by] - right[order.by] || (left.sessionId < right.sessionId ? -1 : 1)),
    );
}
