import * as lifecycle from '@televisit/server/domain/lifecycle';
import type { SessionChange, SessionStore } from '@televisit/server/domain/session-store';
import { BACKEND, ended, newVisit } from './visits.ts';

const DAY_MS = 24 * 60 * 60_000;
const BATCH = 50;

/**
 * Fills a store with the last year of a clinic's visits: 200 doctors, 20,000 patients, nineteen of twenty visits are
 * over and the others still to come.
 */
export async function fillStore(store: SessionStore, count: number, now = Date.now()): Promise<void> {
  for (let made = 0; made < count; made += BATCH) {
    const changes = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) =>
      visit(made + index, count, now),
    );
    await Promise.all(changes.map((change) => store.insert(change)));
    await Promise.all(changes.map((change, index) => finish(store, change, made + index)));
  }
}

function visit(index: number, count: number, now: number): SessionChange {
  const createdAt = now - Math.ceil((1 - index / count) * 365 * DAY_MS);
  // Visits are made up to two weeks ahead, so that the order of time is not the order of creation.
  const scheduledAt = isOpen(index) ? now + ((index % 30) + 1) * DAY_MS : createdAt + (index % 14) * DAY_MS;
  return newVisit(
    {
      userIds: [`doctor-${index % 200}`, `patient-${index % 20_000}`],
      courseId: `course-${index % 100}`,
      nodeId: `sfu-${(index % 4) + 1}`,
      scheduledAt,
    },
    createdAt,
  );
}

function isOpen(index: number): boolean {
  return index % 20 === 0;
}

async function finish(store: SessionStore, { next }: SessionChange, index: number): Promise<void> {
  if (isOpen(index)) return;
  if (index % 20 === 1)
    await store.update(lifecycle.cancel(next, BACKEND, next.createdAt + 1) as SessionChange);
  else await store.update(ended(next));
}
