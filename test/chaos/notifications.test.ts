import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import { freePort } from '../support/infra/free-port.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { PushDouble } from '../support/infra/push-double.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { SmsGatewayDouble } from '../support/infra/sms-gateway-double.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { TwilioDouble, type TwilioReply } from '../support/infra/twilio-double.ts';

const HOUR = 3_600_000;
const PATIENT = { userId: 'patient', role: 'patient', phone: '+15005550001' } as const;

/** Starts a server process with short leases; a later one continues on the same data. */
function start(env: Record<string, string>): Promise<ServerProcess> {
  return startServer({
    process: 'clock-skew',
    env: {
      WORKERS: '1',
      LOG_LEVEL: 'silent',
      REMINDER_MINUTES: '60',
      QUIET_HOURS: '',
      // Links do not depend on the port, as behind a proxy.
      CLIENT_BASE_URL: 'http://visits.test',
      NOTIFICATION_LEASE_MS: '3000',
      ...env,
    },
  });
}

/** Creates a visit whose reminder is due at once. */
async function remind({ backend }: ServerProcess): Promise<string> {
  const scheduledAt = new Date(Date.now() + HOUR + 1000).toISOString();
  return (await backend.createVisit('a', { scheduledAt, seats: [PATIENT] })).sessionId;
}

async function stateOf({ backend }: ServerProcess, sessionId: string) {
  return (await backend.api.listNotifications(sessionId)).notifications;
}

describe('a server that is killed while it sends', () => {
  it.each<[string, TwilioReply]>([
    ['after Twilio has taken the text message', 'accept-silently'],
    ['before Twilio has taken the text message', 'lose'],
  ])('%s: the next server finds out, and the person gets it once', async (_, reply) => {
    const twilio = await TwilioDouble.start();
    const env = { DATA_DIR: temporaryFolder(), ...twilio.env };
    const first = await start(env);
    twilio.onMessage = () => {
      first.kill('SIGKILL');
      return reply;
    };
    const sessionId = await remind(first);
    await first.ended;
    expect(twilio.attempts).toHaveLength(1);
    twilio.onMessage = () => 'accept';
    const second = await start(env);
    await expect
      .poll(() => stateOf(second, sessionId), { timeout: 30_000 })
      .toMatchObject([{ state: 'sent', attempts: 2 }]);
    expect(twilio.messages).toHaveLength(1);
    expect(twilio.lists).toBe(1);
  });

  it('a report of Twilio tells the next server that the text message was taken', async () => {
    const twilio = await TwilioDouble.start();
    const port = await freePort();
    const env = {
      DATA_DIR: temporaryFolder(),
      PORT: String(port),
      CLIENT_BASE_URL: `http://127.0.0.1:${port}`,
      // Longer than the test: without the report, the message would stay pending.
      NOTIFICATION_LEASE_MS: '600000',
      ...twilio.env,
    };
    const first = await start(env);
    twilio.onMessage = () => {
      first.kill('SIGKILL');
      return 'accept-silently';
    };
    const sessionId = await remind(first);
    await first.ended;
    const second = await start(env);
    expect(await stateOf(second, sessionId)).toMatchObject([{ state: 'pending' }]);
    expect(await twilio.report(twilio.messages[0]!, 'delivered')).toBe(204);
    expect(await stateOf(second, sessionId)).toMatchObject([{ state: 'delivered' }]);
    expect(twilio.attempts).toHaveLength(1);
  });

  it('an SMS gateway gets the message again with the same id', async () => {
    const gateway = await SmsGatewayDouble.start();
    const env = { DATA_DIR: temporaryFolder(), ...gateway.env };
    const first = await start(env);
    gateway.onRequest = () => {
      first.kill('SIGKILL');
      return { status: 200 };
    };
    const sessionId = await remind(first);
    await first.ended;
    gateway.onRequest = () => ({ status: 200 });
    const second = await start(env);
    await expect
      .poll(() => stateOf(second, sessionId), { timeout: 30_000 })
      .toMatchObject([{ state: 'sent' }]);
    const ids = gateway.requests.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('a browser gets the message again under the same topic and tag, so that it is shown once', async () => {
    const push = await PushDouble.start();
    const env = { DATA_DIR: temporaryFolder(), ...push.env };
    const first = await start(env);
    const { sessionId } = await first.backend.createVisit('a');
    const browser = push.subscribe();
    const token = tokenOf(await first.backend.joinUrl(sessionId, 'patient'));
    const subscribed = await fetch(`${first.url}/api/v1/visits/${sessionId}/push`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(browser),
    });
    expect(subscribed.status).toBe(200);
    push.onMessage = () => {
      first.kill('SIGKILL');
      return { status: 201 };
    };
    await first.backend.api.updateSession(sessionId, {
      scheduledAt: new Date(Date.now() + HOUR).toISOString(),
    });
    await first.ended;
    push.onMessage = () => ({ status: 201 });
    const second = await start(env);
    await expect
      .poll(() => stateOf(second, sessionId), { timeout: 30_000 })
      .toMatchObject([{ kind: 'moved', state: 'sent' }]);
    const arrivals = push.to(browser);
    expect(arrivals).toHaveLength(2);
    expect(new Set(arrivals.map(({ topic, payload }) => `${topic} ${payload.tag}`)).size).toBe(1);
    expect(push.problems).toEqual([]);
  });
});

describe.skipIf(!MongoServer.available())('three servers on one MongoDB', () => {
  it('each person gets one text message although all servers plan and send', async () => {
    const mongo = await MongoServer.start();
    onTestFinished(() => mongo.dispose());
    const twilio = await TwilioDouble.start();
    const env = { MONGO_URI: mongo.uriFor(), NOTIFICATION_LEASE_MS: '60000', ...twilio.env };
    const servers = await Promise.all(
      [-2000, 0, 2000].map((offset, index) =>
        start({ ...env, CLOCK_OFFSET_MS: String(offset), SFU_NODES: `sfu-${index}` }),
      ),
    );
    const numbers = Array.from({ length: 12 }, (_, visit) => `+150055501${String(visit).padStart(2, '0')}`);
    const scheduledAt = new Date(Date.now() + HOUR + 6000).toISOString();
    await Promise.all(
      numbers.map((phone, visit) =>
        servers[visit % servers.length]!.backend.createVisit(`appointment-${visit}`, {
          scheduledAt,
          seats: [{ ...PATIENT, phone }],
        }),
      ),
    );
    await expect
      .poll(() => new Set(twilio.messages.map(({ to }) => to)).size, { timeout: 60_000 })
      .toBe(numbers.length);
    for (const number of numbers) expect(twilio.to(number)).toHaveLength(1);
  });
});
