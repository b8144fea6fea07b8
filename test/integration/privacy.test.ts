import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { startServer } from '../support/infra/start-server.ts';

const PERSON = {
  userId: 'patient',
  role: 'patient',
  displayName: 'Ada Lovelace',
  email: 'ada@example.org',
} as const;

/** The stores by name, each with the settings of a server on fresh data; null if there is none. */
const stores: [string, boolean, () => Promise<Record<string, string>>][] = [
  ['SQLite', true, () => Promise.resolve({})],
  [
    'MongoDB',
    MongoServer.available(),
    async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      return { MONGO_URI: mongo.uriFor() };
    },
  ],
];

describe.each(stores)('on %s', (_, available, settings) => {
  async function visits() {
    const server = await startServer({ env: await settings() });
    const past = await server.createVisit('past', { seats: [PERSON], options: { keepChat: true } });
    const patient = await ProtocolClient.join(server, past.sessionId, 'patient');
    await patient.request('chat:send', { clientId: 'a', text: 'My own words in the chat.' });
    await patient.request('leave', {});
    await server.api.giveFeedback(past.sessionId, { userId: 'patient', rating: 2, comment: 'My own words.' });
    await server.api.endSession(past.sessionId);
    const open = await server.createVisit('open', { seats: [PERSON] });
    const other = await server.createVisit('other', { patientId: 'somebody' });
    return { server, past, open, other };
  }

  it.runIf(available)(
    'GET /users/:userId/data exports everything about a user, and records that',
    async () => {
      const { server, past, open } = await visits();
      const data = await server.api.exportUser('patient');
      expect(data.sessions.map(({ sessionId }) => sessionId)).toEqual([open.sessionId, past.sessionId]);
      expect(data.sessions[1]).toMatchObject({
        role: 'patient',
        displayName: 'Ada Lovelace',
        email: 'ada@example.org',
        feedback: { rating: 2, comment: 'My own words.' },
        intervals: [{ reconnects: 0 }],
        messages: [{ text: 'My own words in the chat.' }],
      });
      expect(data.sessions[1]?.audit.map(({ action }) => action)).toContain('participant.joined');
      const { entries } = await server.api.getAudit(past.sessionId);
      expect(entries.at(-1)).toMatchObject({ action: 'data.exported', userId: 'patient' });
      expect((await server.api.exportUser('nobody')).sessions).toEqual([]);
    },
  );

  it.runIf(available)(
    'DELETE /users/:userId/data leaves a pseudonym and nothing else of the user',
    async () => {
      const { server, past, open, other } = await visits();
      const inside = await ProtocolClient.join(server, open.sessionId, 'patient');
      const doctor = await ProtocolClient.join(server, open.sessionId, 'doctor');
      const { pseudonym, sessions } = await server.api.eraseUser('patient');
      expect(sessions).toBe(2);
      expect(pseudonym).toMatch(/^erased-/);

      await expect.poll(() => inside.socket.connected).toBe(false);
      expect(inside.received('dismissed')).toEqual([{ reason: 'removed' }]);
      expect(doctor.socket.connected).toBe(true);
      await expect(
        server.api.joinSession(open.sessionId, { role: 'patient', userId: 'patient' }),
      ).rejects.toMatchObject({
        status: 403,
      });

      for (const { sessionId } of [past, open]) {
        const kept = [
          await server.api.getSession(sessionId),
          await server.api.getReport(sessionId),
          await server.api.getAudit(sessionId),
          await server.api.listParticipants(sessionId),
          await server.api.listMessages(sessionId),
          await server.televisit.store.features.chat.messages(sessionId),
          await server.televisit.store.get(sessionId),
          await server.televisit.store.history(sessionId),
        ];
        const text = JSON.stringify(kept);
        for (const personal of ['"patient"', 'Ada', 'ada@', 'My own words']) {
          expect(text.replaceAll('"role":"patient"', '')).not.toContain(personal);
        }
        expect(text).toContain(pseudonym);
      }
      expect((await server.api.getReport(past.sessionId)).feedback).toMatchObject([
        { userId: pseudonym, rating: 2 },
      ]);
      expect((await server.api.exportUser('patient')).sessions).toEqual([]);
      expect((await server.api.listSessions({ userId: 'patient' })).sessions).toEqual([]);
      expect(await server.api.eraseUser('patient')).toEqual({ pseudonym: null, sessions: 0 });
      expect((await server.api.getSession(other.sessionId)).seats.map(({ userId }) => userId)).toEqual([
        'doctor',
        'somebody',
      ]);
    },
  );

  it.runIf(available)('RETENTION_DAYS deletes sessions past their retention', async () => {
    const clock = new ManualClock();
    const server = await startServer({ clock, env: { ...(await settings()), RETENTION_DAYS: '1' } });
    const { sessionId } = await server.createVisit('kept', { options: { keepChat: true } });
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await patient.request('chat:send', { clientId: 'a', text: 'Kept for a day.' });
    await server.api.endSession(sessionId);
    expect((await server.api.listMessages(sessionId)).messages).toHaveLength(1);
    clock.advance(24 * 3_600_000 + 2001);
    // The sweep that records the report leaves the deletion to a later one, because webhooks must report it first.
    await expect
      .poll(() => {
        clock.advance(2000);
        return server.televisit.store.get(sessionId);
      })
      .toBeUndefined();
    expect(await server.televisit.store.history(sessionId)).toEqual([]);
    expect(await server.televisit.store.features.chat.messages(sessionId)).toEqual([]);
  });
});
