import { describe, expect, it, onTestFinished } from 'vitest';
import { Mailbox } from '../support/infra/mailbox.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { startServer } from '../support/infra/start-server.ts';

const HOUR = 3_600_000;
const seatsOf = (visit: number) => [
  { userId: 'doctor', role: 'doctor' as const, email: `doctor-${visit}@clinic.test` },
  { userId: 'patient', role: 'patient' as const, email: `patient-${visit}@home.test` },
];

/** Starts a server process whose clock is off by some milliseconds. */
function startSkewed(env: Record<string, string>, offset: number): Promise<ServerProcess> {
  return startServer({
    process: 'clock-skew',
    env: {
      WORKERS: '1',
      LOG_LEVEL: 'silent',
      CLIENT_BASE_URL: 'http://visits.test',
      CLOCK_OFFSET_MS: String(offset),
      ...env,
    },
  });
}

describe.skipIf(!MongoServer.available())('three processes on one MongoDB with different clocks', () => {
  it('each participant gets one mail per reminder, and one when the visit moves', async () => {
    const mongo = await MongoServer.start();
    onTestFinished(() => mongo.dispose());
    const box = await Mailbox.start();
    const env = { MONGO_URI: mongo.uriFor(), REMINDER_MINUTES: '60,30', ...box.env };
    const servers = await Promise.all(
      [-4000, 0, 4000].map((offset, index) => startSkewed({ ...env, SFU_NODES: `sfu-${index}` }, offset)),
    );
    const backends = servers.map(({ backend }) => backend);
    const visits = 12;
    const scheduledAt = new Date(Date.now() + HOUR + 9000).toISOString();
    const sessionIds = await Promise.all(
      Array.from({ length: visits }, async (_, visit) => {
        const backend = backends[visit % backends.length]!;
        const plan = { scheduledAt, seats: seatsOf(visit) };
        return (await backend.createVisit(`appointment-${visit}`, plan)).sessionId;
      }),
    );
    const addresses = Array.from({ length: visits }, (_, visit) =>
      seatsOf(visit).map(({ email }) => email),
    ).flat();
    await expect
      .poll(() => new Set(box.received.map(({ to }) => to)).size, { timeout: 90_000 })
      .toBe(addresses.length);
    // By no clock is a reminder due for the new time within the next seconds.
    await Promise.all(
      sessionIds.map((sessionId, visit) =>
        backends[(visit + 1) % backends.length]!.api.updateSession(sessionId, {
          scheduledAt: new Date(Date.now() + HOUR - 20_000).toISOString(),
        }),
      ),
    );
    await expect
      .poll(() => box.received.filter(({ mail }) => mail.subject?.includes('new time')).length, {
        timeout: 90_000,
      })
      .toBe(addresses.length);
    const facts = await Promise.all(sessionIds.map((sessionId) => backends[0]!.api.getAudit(sessionId)));
    for (const { entries } of facts) {
      expect(entries.filter(({ action }) => action === 'session.reminder')).toMatchObject([
        { details: { minutesBefore: 60 } },
      ]);
    }
    const ids = box.received.map(({ mail }) => mail.messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(2 * addresses.length);
    for (const address of addresses) expect(box.to(address)).toHaveLength(2);
  });

  it('a mail of a killed process is sent by another one, with the same message id', async () => {
    const mongo = await MongoServer.start();
    onTestFinished(() => mongo.dispose());
    const box = await Mailbox.start();
    const env = { MONGO_URI: mongo.uriFor(), REMINDER_MINUTES: '60', MAIL_LEASE_MS: '3000', ...box.env };
    const first = await startSkewed({ ...env, SFU_NODES: 'sfu-1' }, 0);
    let asked = 0;
    const killed = Promise.withResolvers<null>();
    box.onMail = async () => {
      asked += 1;
      if (asked <= 2) {
        // The mail server accepts the mail, and its sender is killed before it knows.
        if (asked === 2) first.kill('SIGKILL');
        await killed.promise;
      }
      return null;
    };
    const scheduledAt = new Date(Date.now() + HOUR + 2000).toISOString();
    await first.backend.createVisit('a', { scheduledAt, seats: seatsOf(0) });
    await first.ended;
    killed.resolve(null);
    await startSkewed({ ...env, SFU_NODES: 'sfu-2' }, 1000);
    await expect.poll(() => box.received.length, { timeout: 60_000 }).toBe(4);
    for (const { email } of seatsOf(0)) {
      const ids = box.to(email).map(({ mail }) => mail.messageId);
      expect(ids).toHaveLength(2);
      expect(new Set(ids).size).toBe(1);
    }
  });
});
