import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderId } from '@televisit/shared/vocabulary';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { ManualClock } from '../../core/testing/manual-clock.ts';
import type { Store } from '../../domain/session-store.ts';
import type { Session } from '../../domain/session.ts';
import { BACKEND, created, EIGHT, NINE, sessionsOn } from '../../domain/testing/sessions.ts';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { MeetingInbox } from '../meeting-inbox.ts';
import type { MeetingProvider } from '../meeting-provider.ts';
import { Meetings } from '../meetings-service.ts';
import { Providers } from '../providers.ts';
import { Provisioner, type VisitCalendar } from '../provisioner.ts';
import { sfuProvider } from '../sfu.ts';

export const OPENS = NINE - 15 * 60_000;

/** Returns a store in a folder that is removed after the test. */
export function storeOf(): Store {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-meetings-'));
  const store = SqliteStore.open(folder);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

/** Builds everything that calls providers, as one process does, on a store and a clock that stands still. */
export function meetingProcess(
  adapters: readonly MeetingProvider[],
  {
    store = storeOf(),
    clock = new ManualClock(EIGHT),
    owner = 'process-1',
    calendar = null,
  }: { store?: Store; clock?: ManualClock; owner?: string; calendar?: VisitCalendar | null } = {},
) {
  const sessions = sessionsOn(store, clock);
  const logger = pino({ level: 'silent' });
  const own = sfuProvider({ reserve: () => 'sfu-1', release: () => undefined });
  const order = [...adapters.map(({ id }) => id), 'sfu' as const];
  const providers = new Providers({ adapters: [own, ...adapters], order, clock });
  const parts = { store, sessions, providers, clock, logger };
  const plan = { share: 'none', timeZone: 'UTC' } as const;
  const inbox = new MeetingInbox(parts);
  const provisioner = new Provisioner({ ...parts, plan, calendar, owner, onEvents: () => inbox.wake() });
  const meetings = new Meetings({ sessions, providers, provisioner, plan });
  onTestFinished(async () => {
    await provisioner.stop();
    await inbox.stop();
  });
  const book = async (preferred: ProviderId | null = null, only = false): Promise<Session> => {
    const { seats, ...visit } = created().next;
    const { session } = await sessions.create(
      { ...visit, seats, inCalendar: calendar !== null },
      BACKEND,
      async () => {
        const carrier = await providers.choose(preferred);
        return only ? { ...carrier, fallbacks: [] } : carrier;
      },
    );
    return session;
  };
  return { store, clock, sessions, providers, provisioner, meetings, inbox, book };
}
