import type { CreateSessionRequest } from '@televisit/shared/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { tokenOf } from '../support/clients/backend.ts';
import { freePort } from '../support/infra/free-port.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { OtlpReceiver } from '../support/infra/otlp-receiver.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { INTERNAL_SECRET, TOKEN_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';

/** What people and backends entrust to a server, each in words that occur nowhere else. */
const PRIVATE = {
  doctor: 'Zaphod Beeblebrox',
  patient: 'Trillian Astra',
  email: 'trillian@heart-of-gold.example',
  phone: '+4915155512345',
  title: 'Suspected towel allergy',
  description: 'Bring the improbability results',
  hostNotes: 'Seems depressed, see Marvin',
  chat: 'My fingers turned into penguins',
  announcement: 'Vogon poetry begins shortly',
  question: 'Do you panic?',
  answer: 'Mostly harmless',
  feedback: 'The doors sighed at me',
  metadata: 'Magrathea-42-insurance',
  wrongSecret: 'guessed-internal-secret-of-a-stranger',
  metricsToken: 'metrics-token-0123456789abcdef0123456789',
  internalSecret: INTERNAL_SECRET,
  tokenSecret: TOKEN_SECRET,
} as const;

const VISIT: CreateSessionRequest = {
  appointmentId: 'appointment-1',
  doctorId: 'doctor',
  patientId: 'patient',
  title: PRIVATE.title,
  description: PRIVATE.description,
  hostNotes: PRIVATE.hostNotes,
  metadata: { insurance: PRIVATE.metadata },
  options: { waitingRoom: 'off' },
  seats: [
    { userId: 'doctor', role: 'doctor', displayName: PRIVATE.doctor },
    {
      userId: 'patient',
      role: 'patient',
      displayName: PRIVATE.patient,
      email: PRIVATE.email,
      phone: PRIVATE.phone,
    },
  ],
};

/** Returns the private texts that occur in a log, as they are or encoded. */
function leaksIn(log: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, text]) => {
    const forms = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), base64(text)];
    // One word of a name or text is too much, too.
    const words = text.includes(' ') ? text.split(' ').filter((word) => word.length > 7) : [];
    return [...forms, ...words].some((form) => log.includes(form)) ? [name] : [];
  });
}

function base64(text: string): string {
  // Without the end, which depends on what follows.
  return Buffer.from(text).toString('base64').replace(/.{4}$/, '');
}

/** Uses everything that carries private texts, rightly and wrongly. @returns further secrets: tokens and links */
async function useAll(server: ServerProcess): Promise<Record<string, string>> {
  const { backend, url } = server;
  const { sessionId } = await backend.api.createSession(VISIT);
  const links = {
    doctor: await backend.joinUrl(sessionId, 'doctor'),
    patient: await backend.joinUrl(sessionId, 'patient'),
  };
  const doctor = await ProtocolClient.connect(server, links.doctor);
  const patient = await ProtocolClient.connect(server, links.patient);
  onTestFinished(() => [doctor, patient].forEach(({ socket }) => socket.disconnect()));
  await doctor.enter();
  await patient.enter();
  await patient.request('chat:send', { clientId: 'message-1', text: PRIVATE.chat });
  // Wrong in one field, with private text in another.
  await patient.send('chat:send', { clientId: 7, text: PRIVATE.chat }).catch(() => undefined);
  await patient.send('resume', { device: PRIVATE.chat, live: [] }).catch(() => undefined);
  await patient.send(PRIVATE.chat, {}).catch(() => undefined);
  await doctor.send('poll:open', {
    question: PRIVATE.question,
    answers: [PRIVATE.answer, 'No'],
    multiple: false,
    anonymous: false,
    correct: null,
  });
  await backend.api.announce(sessionId, { text: PRIVATE.announcement });

  const as = (secret: string, path: string, body?: unknown) =>
    fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'X-Internal-Secret': secret, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }).then((response) => response.arrayBuffer());
  const token = tokenOf(links.patient);
  await as(INTERNAL_SECRET, '/sessions', { ...VISIT, doctorId: PRIVATE.doctor, unknown: PRIVATE.patient });
  await as(INTERNAL_SECRET, '/sessions', `{"title": "${PRIVATE.title}`);
  await as(PRIVATE.wrongSecret, '/sessions', VISIT);
  await as('', `/join/${sessionId}?token=${token}`);
  await as('', `/api/v1/visits/${sessionId}?token=${token}`);
  await as(INTERNAL_SECRET, `/users/${encodeURIComponent(PRIVATE.email)}/data`);
  await fetch(`${url}/api/v1/visits/${sessionId}/feedback`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ rating: 2, comment: PRIVATE.feedback }),
  });
  await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${PRIVATE.metricsToken}` } });
  await ProtocolClient.connectWith(server, `${token}x`, sessionId).catch(() => undefined);
  patient.drop();
  await until('the drop is logged', () => server.output.includes('"disconnected"'));
  await backend.api.endSession(sessionId);
  return { doctorToken: tokenOf(links.doctor), patientToken: token };
}

/** Starts a server with the most verbose log, and a receiver of its spans. */
async function logged(
  env: Record<string, string>,
): Promise<{ readonly server: ServerProcess; readonly receiver: OtlpReceiver }> {
  const receiver = await OtlpReceiver.start();
  const server = await startServer({
    process: 'server',
    env: {
      LOG_LEVEL: 'trace',
      WORKERS: '1',
      METRICS_TOKEN: PRIVATE.metricsToken,
      // Nothing listens there: sending fails, which is logged.
      SMTP_URL: `smtp://127.0.0.1:${await freePort()}?tls=optional`,
      MAIL_FROM: 'Clinic <no-reply@clinic.example>',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...env,
    },
  });
  return { server, receiver };
}

describe('the log and the spans of a server', () => {
  it('the log contains no name, text, token or secret of a whole visit', async () => {
    const { server, receiver } = await logged({});
    const secrets = { ...PRIVATE, ...(await useAll(server)) };
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    expect(server.output).toContain('participant joined');
    expect(server.output).toContain('request refused');
    expect(leaksIn(server.output, secrets)).toEqual([]);
    expect(receiver.named('signaling chat:send').length).toBeGreaterThan(0);
    expect(receiver.spans.length).toBeGreaterThan(30);
    expect(leaksIn(receiver.bodies.join('\n'), secrets)).toEqual([]);
  });

  it.skipIf(!MongoServer.available())(
    'the log contains none of them while the database fails, either',
    async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const { server, receiver } = await logged({ MONGO_URI: mongo.uriFor() });
      const secrets = { ...PRIVATE, ...(await useAll(server)) };
      if (mongo.owned) {
        await mongo.stop();
        const refused = server.backend.api.createSession({ ...VISIT, appointmentId: 'appointment-2' });
        await expect(refused).rejects.toThrow();
      }
      server.kill('SIGTERM');
      await server.ended;
      expect(leaksIn(server.output, secrets)).toEqual([]);
      expect(receiver.spans.some(({ failed }) => failed)).toBe(true);
      expect(leaksIn(receiver.bodies.join('\n'), secrets)).toEqual([]);
    },
  );

  it('the search finds a text as it is, in one of its words, and encoded', () => {
    const secrets = { name: 'Zaphod Beeblebrox', token: 'abcdefghijklmnop' };
    for (const log of ['Zaphod Beeblebrox', 'x Beeblebrox', 'Zaphod%20Beeblebrox']) {
      expect(leaksIn(`{"msg":"${log}"}`, secrets)).toEqual(['name']);
    }
    expect(leaksIn(Buffer.from('abcdefghijklmnop:').toString('base64'), secrets)).toEqual(['token']);
    expect(leaksIn('{"msg":"participant joined"}', secrets)).toEqual([]);
  });
});
