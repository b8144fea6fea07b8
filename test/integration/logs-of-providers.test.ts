import { systemClock } from '@televisit/server/core/clock';
import { seatOf } from '@televisit/server/domain/session';
import { signedHeaders } from '@televisit/server/webhooks/signature';
import type { CreateSessionRequest } from '@televisit/shared/api';
import type { MeetingEntryView } from '@televisit/shared/provider-operations';
import { describe, expect, it } from 'vitest';
import { OTHER_PROVIDERS, startAllProviders, type OtherProvider } from '../support/infra/all-providers.ts';
import { freePort } from '../support/infra/free-port.ts';
import { Mailbox } from '../support/infra/mailbox.ts';
import { OtlpReceiver } from '../support/infra/otlp-receiver.ts';
import { PushDouble } from '../support/infra/push-double.ts';
import { SmsGatewayDouble } from '../support/infra/sms-gateway-double.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { TwilioDouble } from '../support/infra/twilio-double.ts';
import { LogAudit } from '../support/measure/log-audit.ts';

const MINUTE = 60_000;
/** What the backend knows of the people of the visits, and what they are about. */
const PEOPLE = {
  doctor: { displayName: 'Dr. Henriette Quist', email: 'quist@clinic.example', phone: '+15005550101' },
  patient: { displayName: 'Ada Lovelace', email: 'ada.lovelace@mail.example', phone: '+15005550102' },
} as const;
const FORGER = { name: 'Mallory Forger', email: 'mallory@forger.example', phone: '+15005550199' };
const ABOUT = { title: 'Diabetes check-up', description: 'Bring the insulin diary.' } as const;

const PLAN: Partial<CreateSessionRequest> = {
  ...ABOUT,
  seats: [
    { userId: 'doctor', role: 'doctor', ...PEOPLE.doctor },
    { userId: 'patient', role: 'patient', ...PEOPLE.patient },
  ],
};

/** Starts to watch what servers log, and everything that must not be there. */
function watch(env: Readonly<Record<string, string>>): LogAudit {
  const audit = LogAudit.start();
  audit.add(...Object.values(PEOPLE).flatMap((person) => Object.values(person)));
  audit.add(...Object.values(FORGER), ...Object.values(ABOUT));
  const secrets = Object.entries(env).filter(([name]) =>
    /SECRET|TOKEN|KEY|CERTIFICATE|SERVICE_ACCOUNT|CUSTOMER/.test(name),
  );
  audit.add(...secrets.map(([, value]) => value).filter((value) => !value.startsWith('http')));
  return audit;
}

/** Starts a server with all settings of providers wrong that prove who it is. */
function withWrongCredentials(env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...env,
    ZOOM_CLIENT_SECRET: 'wrong-zoom-client-secret',
    GOOGLE_SUBJECT: 'nobody.known@clinic.example',
    JITSI_KEY_ID: 'wrong-jitsi-key-id',
    JAAS_KEY_ID: 'wrong-jaas-key-id',
    AGORA_CUSTOMER_SECRET: 'wrong-agora-customer-secret',
  };
}

/** Calls as a person of a visit does, and returns whatever the answer is. */
async function personOf(server: TestServer, sessionId: string, userId: 'doctor' | 'patient') {
  // Before the window opens, a backend gets no link.
  const seat = seatOf(await server.televisit.sessions.get(sessionId), userId)!;
  const headers = { Authorization: `Bearer ${server.tokens.issue(sessionId, seat).token}` };
  const call = <T>(method: string, path: string, body?: object) =>
    server.call<T>(method, `/api/v1/visits/${sessionId}${path}`, body, headers);
  return {
    call,
    open: async () => (await call<MeetingEntryView>('POST', '/meeting/open')).body,
    end: () => call('POST', '/meeting/end'),
  };
}

/** Runs a visit at one provider from booking to its end. */
async function runVisit(
  server: TestServer,
  provider: OtherProvider,
  enter: Awaited<ReturnType<typeof startAllProviders>>['enter'],
): Promise<void> {
  const { sessionId } = await server.createVisit(undefined, { ...PLAN, provider });
  const doctor = await personOf(server, sessionId, 'doctor');
  const patient = await personOf(server, sessionId, 'patient');
  const ways = [];
  for (const [person, { displayName }] of [
    [doctor, PEOPLE.doctor],
    [patient, PEOPLE.patient],
  ] as const) {
    const entry = await person.open();
    expect(entry.provider).toBe(provider);
    ways.push(await enter(provider, entry, displayName));
  }
  await server.call('POST', `/sessions/${sessionId}/participants/doctor/credentials`);
  await expect.poll(async () => (await server.api.getSession(sessionId)).status).toBe('live');
  await server.api.updateSession(sessionId, { durationMinutes: 45 });
  await ways[1]?.();
  await doctor.end();
  await expect
    .poll(async () => (await server.televisit.sessions.get(sessionId)).meetings.map(({ state }) => state))
    .toEqual(['over']);
}

/** Books a visit at a provider whatever comes of it, and lets both people try to enter and the doctor end it. */
async function tryVisit(server: TestServer, provider: OtherProvider): Promise<void> {
  const plan = { ...PLAN, appointmentId: `try-${provider}-${Math.random()}`, provider };
  const created = await server.call<{ sessionId?: string }>('POST', '/sessions', {
    doctorId: 'doctor',
    patientId: 'patient',
    ...plan,
  });
  const { sessionId } = created.body;
  if (sessionId === undefined) return;
  const doctor = await personOf(server, sessionId, 'doctor');
  await doctor.open();
  await (await personOf(server, sessionId, 'patient')).open();
  await server.api.updateSession(sessionId, { durationMinutes: 45 });
  await doctor.end();
}

/** Sends webhooks that no provider has signed, with personal data and proofs of every form. */
async function forgeWebhooks(server: TestServer): Promise<void> {
  const proof = 'forged-proof-0123456789abcdef';
  const seconds = String(Math.floor(Date.now() / 1000));
  const headers = {
    authorization: `Bearer ${proof}`,
    'x-zm-signature': `v0=${proof}`,
    'x-zm-request-timestamp': seconds,
    'x-jaas-signature': `t=${seconds},v1=${proof}`,
    'agora-signature-v2': proof,
    'x-twilio-signature': proof,
    'webhook-id': 'msg_1',
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${proof}`,
  };
  const bodies = [JSON.stringify({ ...FORGER, participant: FORGER }), `{"name":"${FORGER.name}"`];
  const paths = [...OTHER_PROVIDERS, 'jitsi/events/occupant/joined', 'jitsi/conference', 'meeting'];
  for (const path of [...paths, 'sms/gateway', 'sms/twilio']) {
    for (const body of bodies) {
      const type = path === 'sms/twilio' ? 'application/x-www-form-urlencoded' : 'application/json';
      const { status } = await fetch(`${server.url}/webhooks/${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': type },
        body,
      });
      expect(status).toBeGreaterThanOrEqual(400);
    }
  }
}

describe('the log at the most verbose level', () => {
  it('names no person, secret, token or link of visits at all providers', async () => {
    const { env, reportTo, enter, down } = await startAllProviders(() => Date.now());
    const audit = watch(env);
    const receiver = await OtlpReceiver.start();
    const server = await startServer({
      env: { ...env, PROVIDER_SHARE_NAMES: 'all', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      onLog: (line) => void audit.lines.push(line),
    });
    await reportTo(server.url);
    for (const provider of OTHER_PROVIDERS) await runVisit(server, provider, enter);
    await forgeWebhooks(server);
    const wrong = await startServer({
      env: withWrongCredentials(env),
      onLog: (line) => void audit.lines.push(line),
    });
    await Promise.all(OTHER_PROVIDERS.map((provider) => tryVisit(wrong, provider)));
    const { sessionId } = await server.createVisit(undefined, { ...PLAN, provider: 'jitsi' });
    const doctor = await personOf(server, sessionId, 'doctor');
    await doctor.open();
    await down();
    await doctor.end();
    await Promise.all(OTHER_PROVIDERS.map((provider) => tryVisit(server, provider)));
    await expect.poll(() => audit.lines.filter((line) => line.includes('"step":"end"'))).not.toEqual([]);
    audit.expectLine('failed to call a meeting provider');
    audit.expectLine('request refused');
    await expect.poll(() => receiver.named('HTTP endMeeting').length).toBeGreaterThan(0);
    audit.lines.push(...receiver.bodies);
    expect(audit.size).toBeGreaterThan(50);
    expect(audit.leaks()).toEqual([]);
  }, 60_000);

  it.each(['twilio', 'http'] as const)(
    'names no person, secret, token or link of messages by %s, mail and push',
    async (provider) => {
      const twilio = await TwilioDouble.start();
      const gateway = await SmsGatewayDouble.start();
      const push = await PushDouble.start();
      const mailbox = await Mailbox.start();
      const sms = provider === 'twilio' ? twilio.env : gateway.env;
      const port = await freePort();
      const env = { ...sms, ...push.env, ...mailbox.env };
      const audit = watch(env);
      let aheadMs = 0;
      const clock = {
        now: () => systemClock.now() + aheadMs,
        after: (ms: number, task: () => void) => systemClock.after(Math.min(ms, 500), task),
      };
      twilio.now = () => clock.now();
      const server = await startServer({
        clock,
        env: {
          ...env,
          PORT: String(port),
          CLIENT_BASE_URL: `http://127.0.0.1:${port}`,
          REMINDER_MINUTES: '60',
          QUIET_HOURS: '',
        },
        onLog: (line) => void audit.lines.push(line),
      });
      const scheduledAt = () => new Date(clock.now() + 61 * MINUTE).toISOString();
      const { sessionId } = await server.createVisit(undefined, { ...PLAN, scheduledAt: scheduledAt() });
      const patient = await personOf(server, sessionId, 'patient');
      const browser = push.subscribe();
      await patient.call('PUT', '/push', browser);
      const states = async (id: string) =>
        (await server.api.listNotifications(id)).notifications.map(({ state }) => state);
      // Everything fails for a while, and the addresses are refused for good.
      twilio.onMessage = () => ({ status: 400, code: 21_211 });
      gateway.onRequest = () => ({ status: 422, body: { code: 'bad_number' } });
      push.onMessage = () => ({ status: 413 });
      mailbox.onRecipient = () => 550;
      aheadMs += 2 * MINUTE;
      const failures = () => audit.lines.filter((line) => line.includes('failed to send e-mail')).length;
      await expect.poll(() => states(sessionId), { timeout: 15_000 }).toEqual(['failed', 'failed', 'failed']);
      await expect.poll(failures, { timeout: 15_000 }).toBe(2);

      twilio.onMessage = () => 'accept';
      gateway.onRequest = () => ({ status: 200, body: { id: 'message-7' } });
      push.onMessage = () => ({ status: 201 });
      mailbox.onRecipient = () => null;
      const second = await server.createVisit(undefined, { ...PLAN, scheduledAt: scheduledAt() });
      const other = await personOf(server, second.sessionId, 'patient');
      await other.call('PUT', '/push', push.subscribe());
      aheadMs += 2 * MINUTE;
      await expect
        .poll(() => states(second.sessionId), { timeout: 15_000 })
        .toEqual(['sent', 'sent', 'sent']);
      await expect.poll(() => mailbox.received.length, { timeout: 15_000 }).toBe(2);
      audit.add(...twilio.messages.map(({ body }) => body), ...gateway.requests.map(({ body }) => body.text));
      const [message] = twilio.messages;
      if (message) {
        expect(await twilio.report(message, 'failed', { errorCode: '21610' })).toBe(204);
        expect(await twilio.report(message, 'failed', { authToken: 'forged-auth-token' })).toBe(401);
      } else {
        const text = JSON.stringify({ notificationId: gateway.requests.at(-1)?.id, status: 'delivered' });
        const headers = signedHeaders([gateway.secret], 'msg_1', clock.now(), text);
        expect((await server.call('POST', '/webhooks/sms/gateway', text, headers)).status).toBe(200);
      }
      await forgeWebhooks(server);
      const [link = ''] =
        /https?:\S+/.exec(twilio.messages[0]?.body ?? gateway.requests.at(-1)!.body.text) ?? [];
      audit.add(link);
      await fetch(link, { redirect: 'manual' });
      await fetch(`${link}AAAA`, { redirect: 'manual' });
      audit.expectLine('failed to send notification');
      audit.expectLine('notification sent');
      audit.expectLine('e-mail sent');
      expect(audit.leaks()).toEqual([]);
    },
    60_000,
  );
});
