import * as lifecycle from '@televisit/server/domain/lifecycle';
import type { SessionChange, SessionStore } from '@televisit/server/domain/session-store';
import { BACKEND, ended, newVisit, NINE } from './visits.ts';

const DAY_MS = 24 * 60 * 60_000;
const BATCH = 500;

/** Fills a store with a year of a clinic's visits: 200 doctors, 20,000 patients, nine of ten visits are over. */
export async function fillStore(store: SessionStore, count: number): Promise<void> {
  for (let made = 0; made < count; made += BATCH) {
    const changes = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) =>
      visit(made + index, count),
    );
    await Promise.all(changes.map((change) => store.insert(change)));
    await Promise.all(changes.map((change, index) => finish(store, change, made + index)));
  }
}

function visit(index: number, count: number): SessionChange {
  const createdAt = NINE + Math.floor((index / count) * 365 * DAY_MS);
  return newVisit(
    {
      userIds: [`doctor-${index % 200}`, `patient-${index % 20_000}`],
      courseId: `course-${index % 100}`,
      nodeId: `sfu-${(index % 4) + 1}`,
      // Visits are made up to two weeks ahead, so that the order of time is not the order of creation.
      scheduledAt: createdAt + (index % 14) * DAY_MS,
    },
    createdAt,
  );
}

async function finish(store: SessionStore, { next }: SessionChange, index: number): Promise<void> {
  if (index % 20 === 0) return;
  if (index % 20 === 1)
    await store.update(lifecycle.cancel(next, BACKEND, next.createdAt + 1) as SessionChange);
  else await store.update(ended(next));
}
