import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelevisitError } from '@televisit/shared/errors';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SessionStore } from '../domain/session-store.ts';
import { BACKEND, created, MINUTE, NINE, sessionsOn } from '../domain/testing/sessions.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { AttendanceRecorder } from './attendance-recorder.ts';

const RETRY_MS = 2000;
const VISIT = created().next;
const SESSION = VISIT.sessionId;
const PATIENT = 'patient-1';

/** A recorder on a real store whose writes can be made to fail; the patient is in the call since nine. */
async function recording() {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const sqlite = SqliteStore.open(folder);
  onTestFinished(async () => {
    await sqlite.close();
    rmSync(folder, { recursive: true });
  });
  const database = { down: false, failed: 0, purged: false };
  const store = new Proxy<SessionStore>(sqlite, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => {
        if (name === 'get' && database.purged) return Promise.resolve(undefined);
        if (name !== 'update' || !database.down) return method.apply(target, given);
        database.failed += 1;
        return Promise.reject(new TelevisitError('store_unavailable'));
      };
    },
  });
  const clock = new ManualClock();
  const sessions = sessionsOn(store, clock);
  await store.insert(created());
  await sessions.enter(SESSION, PATIENT);
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const recorder = new AttendanceRecorder({ sessions, clock, logger });
  const interval = async () => (await sqlite.get(SESSION))?.intervals.at(-1);
  return { recorder, sessions, clock, database, lines, interval };
}

const left = (at: number) => ({ at, reason: 'connection_lost' as const, quality: { sent: 9, received: 8 } });

describe('AttendanceRecorder.left', () => {
  it('left stores when a person left, why, and how well the media arrived', async () => {
    const { recorder, interval, lines } = await recording();
    recorder.left(VISIT, PATIENT, left(NINE + 1000));
    await recorder.close();
    expect(await interval()).toMatchObject({
      leftAt: NINE + 1000,
      reason: 'connection_lost',
      quality: { sent: 9, received: 8 },
    });
    expect(lines).toEqual([]);
  });

  it('left retries every two seconds while the store is unavailable, until it is stored once', async () => {
    const { recorder, clock, database, interval } = await recording();
    database.down = true;
    recorder.left(VISIT, PATIENT, left(NINE + 1000));
    for (let tries = 1; tries <= 3; tries++) {
      await expect.poll(() => database.failed).toBe(tries);
      await expect.poll(() => clock.waiting).toBe(1);
      clock.advance(RETRY_MS - 1);
      expect(clock.waiting).toBe(1);
      if (tries === 3) database.down = false;
      clock.advance(1);
    }
    await expect.poll(interval).toMatchObject({ leftAt: NINE + 1000, reason: 'connection_lost' });
    expect(clock.waiting).toBe(0);
    expect(database.failed).toBe(3);
  });

  it('left logs a failure as a warning without the user id', async () => {
    const { recorder, database, lines } = await recording();
    database.down = true;
    recorder.left(VISIT, PATIENT, left(NINE));
    await expect.poll(() => lines.length).toBe(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 40, sessionId: SESSION });
    expect(lines[0]).not.toContain(PATIENT);
  });

  it('left gives up if the session was deleted', async () => {
    const { recorder, clock, database, lines } = await recording();
    database.purged = true;
    recorder.left(VISIT, PATIENT, left(NINE));
    await recorder.close();
    expect(clock.waiting).toBe(0);
    expect(lines).toEqual([]);
  });

  it('left stores nothing once the session lives on another node', async () => {
    const { recorder, sessions, clock, database, interval } = await recording();
    database.down = true;
    recorder.left(VISIT, PATIENT, left(NINE + 1000));
    await expect.poll(() => clock.waiting).toBe(1);
    database.down = false;
    await sessions.move(VISIT);
    clock.advance(RETRY_MS);
    await recorder.close();
    expect(await interval()).toMatchObject({ leftAt: null });
    recorder.left(await sessions.get(SESSION), PATIENT, left(NINE + 2000));
    await recorder.close();
    expect(await interval()).toMatchObject({ leftAt: NINE + 2000 });
  });

  it('left changes nothing if the session ended meanwhile', async () => {
    const { recorder, sessions, clock, interval } = await recording();
    clock.advance(MINUTE);
    await sessions.end(SESSION, 'host_ended', BACKEND);
    recorder.left(VISIT, PATIENT, left(NINE + 1000));
    await recorder.close();
    expect(await interval()).toMatchObject({ leftAt: NINE + MINUTE, reason: 'session_ended' });
  });
});

describe('AttendanceRecorder.enter', () => {
  /** A leave that could not be stored waits for its next try; the store is available again. */
  async function waiting() {
    const parts = await recording();
    parts.database.down = true;
    parts.recorder.left(VISIT, PATIENT, left(NINE + 1000));
    await expect.poll(() => parts.clock.waiting).toBe(1);
    parts.database.down = false;
    return parts;
  }

  it('enter drops an earlier leave that could not be stored', async () => {
    const { recorder, clock, interval } = await waiting();
    await recorder.enter(VISIT, PATIENT);
    clock.advance(RETRY_MS);
    await recorder.close();
    expect(await interval()).toMatchObject({ joinedAt: NINE, leftAt: null, reconnects: 1 });
  });

  it('enter drops that leave while it is being stored itself', async () => {
    const { recorder, clock, interval } = await waiting();
    const entering = recorder.enter(VISIT, PATIENT);
    clock.advance(RETRY_MS);
    await entering;
    await recorder.close();
    expect(await interval()).toMatchObject({ leftAt: null });
  });

  it('enter keeps the earlier leave if it is refused', async () => {
    const { recorder, clock, database, interval } = await waiting();
    database.down = true;
    await expect(recorder.enter(VISIT, PATIENT)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect.poll(() => clock.waiting).toBe(2);
    database.down = false;
    clock.advance(RETRY_MS);
    await expect.poll(interval).toMatchObject({ leftAt: NINE + 1000 });
  });

  it('enter keeps a present participant present if it fails', async () => {
    const { recorder, clock, database, interval } = await recording();
    database.down = true;
    await expect(recorder.enter(VISIT, PATIENT, true)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(clock.waiting).toBe(0);
    database.down = false;
    await recorder.close();
    expect(await interval()).toMatchObject({ leftAt: null });
  });

  it('enter stores a leave if it fails for an absent person, because it may have been written', async () => {
    const { recorder, clock, database, interval } = await recording();
    database.down = true;
    await expect(recorder.enter(VISIT, PATIENT)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect.poll(() => clock.waiting).toBe(1);
    database.down = false;
    clock.advance(RETRY_MS);
    await expect.poll(interval).toMatchObject({ reason: 'connection_lost' });
  });

  it('enter does not drop a later leave', async () => {
    const { recorder, clock, interval } = await waiting();
    await recorder.enter(VISIT, PATIENT);
    recorder.left(VISIT, PATIENT, left(NINE + 1500));
    clock.advance(RETRY_MS);
    await recorder.close();
    expect(await interval()).toMatchObject({ leftAt: NINE + 1500 });
  });

  it('enter does not drop the leaves of others', async () => {
    const { recorder, sessions, clock, interval } = await waiting();
    await recorder.enter(VISIT, 'doctor-1');
    clock.advance(RETRY_MS);
    await recorder.close();
    const patients = (await sessions.get(SESSION)).intervals.filter(({ seat }) => seat === 1);
    expect(patients).toMatchObject([{ leftAt: NINE + 1000 }]);
    expect(await interval()).toMatchObject({ seat: 0, leftAt: null });
  });
});

describe('AttendanceRecorder.close', () => {
  it('close waits for writes in progress', async () => {
    const { recorder, interval } = await recording();
    recorder.left(VISIT, PATIENT, left(NINE + 1000));
    expect((await interval())?.leftAt).toBeNull();
    await recorder.close();
    expect((await interval())?.leftAt).toBe(NINE + 1000);
  });

  it('close resolves without another try if the store is unavailable, and is idempotent', async () => {
    const { recorder, clock, database } = await recording();
    database.down = true;
    recorder.left(VISIT, PATIENT, left(NINE + 1000));
    await recorder.close();
    clock.advance(RETRY_MS);
    await recorder.close();
    expect(database.failed).toBe(1);
  });
});
