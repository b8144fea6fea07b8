import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userData } from '@televisit/shared/reports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { randomIds } from './ids.ts';
import * as people from './people.ts';
import { PersonalData } from './personal-data.ts';
import { after, BACKEND, created, DOCTOR, NINE, PATIENT, seat, sessionsOn } from './testing/sessions.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { feedbackCommand } from '../features/feedback/rules.ts';
import { shareCommands } from '../features/screen-share/rules.ts';
import { Chats } from '../features/chat/chats.ts';
import { startFeatures } from '../features/index.ts';
import { featureServices } from '../features/testing/feature-services.ts';
import { SQLITE_STORES } from '../features/stores.ts';

/** Creates visits of a patient with several doctors in a real store. */
async function kept(visits: number) {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const store = SqliteStore.open(folder, SQLITE_STORES);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const clock = new ManualClock();
  const sessions = sessionsOn(store, clock);
  const sessionIds = Array.from({ length: visits }, (_, index) => `sess_${String(index).padStart(8, '0')}`);
  await Promise.all(
    sessionIds.map((sessionId, index) =>
      store.insert(
        created({
          sessionId,
          appointmentId: `appointment-${index}`,
          seats: [
            seat(`doctor-${index}`, 'doctor', { displayName: 'Dr. Jones', email: 'jones@clinic.test' }),
            seat('patient-7', 'patient', { displayName: 'Pat', email: 'pat@home.test' }),
          ],
        }),
      ),
    ),
  );
  const services = featureServices(store, sessions, clock);
  const features = [...startFeatures(services).values()];
  const onError = () => undefined;
  const chats = new Chats({ store: store.features.chat, sessions, clock, ids: randomIds, onError });
  const data = new PersonalData({
    store,
    sessions,
    features,
    mail: store.mail,
    notifications: store.notifications,
    push: store.push,
    clock,
    ids: randomIds,
  });
  return { store, sessions, chats, sessionIds, data };
}

describe('export', () => {
  it('returns all data of a user and none of others', async () => {
    const { data, sessions, sessionIds } = await kept(2);
    const [first = ''] = sessionIds;
    await sessions.enter(first, 'patient-7');
    await sessions.enter(first, 'doctor-0');
    await sessions.apply(
      first,
      feedbackCommand('patient-7', { rating: 4, comment: 'Mine' }, { userId: 'patient-7' }),
    );
    await sessions.apply(
      first,
      feedbackCommand('doctor-0', { rating: 2, comment: 'Hers' }, { userId: 'doctor-0' }),
    );
    const exported = await data.export('patient-7', BACKEND);
    expect(userData.parse(exported)).toEqual(exported);
    expect(exported).toMatchObject({ userId: 'patient-7', exportedAt: '2026-01-05T09:00:00.000Z' });
    expect(exported.sessions.map(({ sessionId }) => sessionId).sort()).toEqual(sessionIds);
    const visit = exported.sessions.find(({ sessionId }) => sessionId === first)!;
    expect(visit).toMatchObject({
      role: 'patient',
      displayName: 'Pat',
      email: 'pat@home.test',
      intervals: [{ joinedAt: '2026-01-05T09:00:00.000Z', leftAt: null, reconnects: 0 }],
      feedback: { rating: 4, comment: 'Mine' },
    });
    expect(visit.audit.map(({ action }) => action)).toEqual([
      'meeting.started',
      'participant.joined',
      'feedback.submitted',
    ]);
    expect(JSON.stringify(exported)).not.toMatch(/Jones|jones|Hers|doctor-/);
  });

  it('contains the messages and shares of the user, and none of others', async () => {
    const { data, sessions, chats, sessionIds } = await kept(1);
    const [sessionId = ''] = sessionIds;
    await sessions.enter(sessionId, 'patient-7');
    await sessions.enter(sessionId, 'doctor-0');
    const bytes = new Uint8Array([1, 2, 3]);
    const file = await chats.addFile(sessionId, 'patient-7', {
      name: 'scan.png',
      contentType: 'image/png',
      bytes,
    });
    await chats.send(sessionId, 'patient-7', { clientId: '1', text: 'Mine' });
    await chats.send(sessionId, 'patient-7', { clientId: '2', fileId: file.fileId });
    await chats.send(sessionId, 'doctor-0', { clientId: '1', text: 'Hers' });
    await sessions.apply(sessionId, shareCommands.start('patient-7'));
    await sessions.apply(sessionId, shareCommands.start('doctor-0'));
    const exported = await data.export('patient-7', BACKEND);
    expect(userData.parse(exported)).toEqual(exported);
    expect(exported.sessions[0]).toMatchObject({
      messages: [
        { text: 'Mine', file: null },
        { text: null, file },
      ],
      shares: [{ startedAt: '2026-01-05T09:00:00.000Z', seconds: 0 }],
    });
    expect(JSON.stringify(exported)).not.toContain('Hers');
  });

  it('contains the refused joins of the user and how well media arrived, and nothing of others', async () => {
    const { data, store, sessionIds } = await kept(1);
    const [sessionId = ''] = sessionIds;
    const failure = { sessionId, stage: 'page', code: 'not_open_yet', at: NINE } as const;
    const point = { at: NINE, network: 'poor', sent: 4, received: null } as const;
    for (const [failureId, place] of [DOCTOR, PATIENT, null].entries()) {
      await store.observations.addFailure({ ...failure, failureId: String(failureId), seat: place });
    }
    await store.observations.addQuality(sessionId, [
      { ...point, seat: DOCTOR, sent: 9 },
      { ...point, seat: PATIENT },
    ]);
    const exported = await data.export('patient-7', BACKEND);
    expect(userData.parse(exported)).toEqual(exported);
    const at = '2026-01-05T09:00:00.000Z';
    expect(exported.sessions[0]).toMatchObject({
      refusedJoins: [{ at, stage: 'page', code: 'not_open_yet' }],
      qualityOverTime: [{ at, network: 'poor', sent: 4, received: null }],
    });
  });

  it('is recorded in the audit log of each session', async () => {
    const { data, store, sessionIds } = await kept(2);
    await data.export('patient-7', BACKEND);
    for (const sessionId of sessionIds) {
      expect((await store.history(sessionId)).at(-1)).toMatchObject({ type: 'data.exported', seat: PATIENT });
    }
  });

  it('contains each visit once when there are several pages', async () => {
    const { data, sessionIds } = await kept(205);
    const exported = await data.export('patient-7', BACKEND);
    expect(exported.sessions.map(({ sessionId }) => sessionId).sort()).toEqual(sessionIds);
  });

  it('is empty for an unknown user', async () => {
    const { data } = await kept(1);
    expect(await data.export('nobody', BACKEND)).toMatchObject({ userId: 'nobody', sessions: [] });
  });
});

describe('erase', () => {
  it('replaces the user with one pseudonym everywhere, also over several pages', async () => {
    const { data, store, sessionIds } = await kept(205);
    const { pseudonym, sessions } = await data.erase('patient-7', BACKEND);
    expect(sessions).toBe(205);
    expect(pseudonym).toMatch(/^erased-/);
    expect(await store.list({ userId: 'patient-7' }, 10)).toEqual([]);
    expect(await store.list({ userId: pseudonym! }, 300)).toHaveLength(sessionIds.length);
    for (const sessionId of sessionIds.slice(0, 3)) {
      const written = JSON.stringify([await store.get(sessionId), await store.history(sessionId)]);
      expect(written).not.toMatch(/patient-7|Pat|pat@home/);
      expect(written).toContain('jones@clinic.test');
    }
  });

  it('deletes the messages and files of the user, and none of others', async () => {
    const { data, store, sessions, chats, sessionIds } = await kept(1);
    const [sessionId = ''] = sessionIds;
    await sessions.enter(sessionId, 'patient-7');
    await sessions.enter(sessionId, 'doctor-0');
    const given = { name: 'Pat.pdf', contentType: 'application/pdf', bytes: new Uint8Array([1]) };
    const { fileId } = await chats.addFile(sessionId, 'patient-7', given);
    await chats.send(sessionId, 'patient-7', { clientId: '1', fileId });
    await chats.send(sessionId, 'doctor-0', { clientId: '2', text: 'Hers' });
    await chats.send(sessionId, 'patient-7', { clientId: '3', text: 'Mine' });
    await sessions.update(sessionId, () => ({ hostNotes: 'Pat was late.' }), { userId: 'doctor-0' });
    const { pseudonym } = await data.erase('patient-7', BACKEND);
    expect(await chats.messages(sessionId)).toMatchObject([
      { seq: 1, userId: pseudonym, displayName: null, text: null, file: null },
      { seq: 2, userId: 'doctor-0', text: 'Hers' },
      { seq: 3, userId: pseudonym, text: null, file: null },
    ]);
    await expect(chats.file(sessionId, fileId)).rejects.toMatchObject({ code: 'file_not_found' });
    expect(await store.get(sessionId)).toMatchObject({ hostNotes: null });
  });

  it('finds nothing when repeated', async () => {
    const { data } = await kept(1);
    await data.erase('patient-7', BACKEND);
    expect(await data.erase('patient-7', BACKEND)).toEqual({ pseudonym: null, sessions: 0 });
  });

  it('never uses a pseudonym twice', async () => {
    const { data } = await kept(1);
    const one = await data.erase('patient-7', BACKEND);
    const other = await data.erase('doctor-0', BACKEND);
    expect(one.pseudonym).not.toBe(other.pseudonym);
  });

  it('closes the attendance of a present user, and the visit continues', async () => {
    const { data, store, sessions, sessionIds } = await kept(1);
    const [sessionId = ''] = sessionIds;
    await sessions.enter(sessionId, 'patient-7');
    await sessions.enter(sessionId, 'doctor-0');
    await data.erase('patient-7', BACKEND);
    expect(await store.get(sessionId)).toMatchObject({
      status: 'live',
      intervals: [
        { seat: PATIENT, leftAt: NINE, reason: 'removed' },
        { seat: DOCTOR, leftAt: null },
      ],
    });
  });

  it('stores the state that people.erase returns', async () => {
    const { data, store, sessionIds } = await kept(1);
    const before = await store.get(sessionIds[0]!);
    const { pseudonym } = await data.erase('patient-7', BACKEND);
    const expected = after(before!, (session) =>
      people.erase(session, 'patient-7', pseudonym!, BACKEND, NINE),
    );
    expect(await store.get(sessionIds[0]!)).toEqual(expected);
  });
});
