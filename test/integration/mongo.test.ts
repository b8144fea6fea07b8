import type { CreateSessionResponse } from '@televisit/shared/api';
import type { ParticipantList } from '@televisit/shared/reports';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';

const create = { appointmentId: 'one', doctorId: 'd', patientId: 'p' };

describe.skipIf(!MongoServer.available())('several servers on one MongoDB', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  it('200 creates at once for one appointment on four servers create one session', async () => {
    const env = {
      MONGO_URI: mongo.uriFor(),
      CLIENT_BASE_URL: 'https://visits.test',
      WORKERS: '1',
      API_RATE_LIMIT: '0',
      LOG_LEVEL: 'warn',
    };
    const servers = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        startServer({ process: 'server', env: { ...env, SFU_NODES: `sfu-${index}` } }),
      ),
    );
    const urls = servers.map(({ url }) => url);
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const response = await fetch(`${urls[index % 4]}/sessions`, {
          method: 'POST',
          headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' },
          body: JSON.stringify(create),
        });
        return { status: response.status, body: (await response.json()) as CreateSessionResponse };
      }),
    );
    expect(new Set(answers.map(({ body }) => body.sessionId)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(199);
    const ends = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const path = `/sessions/${answers[0]!.body.sessionId}/end`;
        const headers = { 'X-Internal-Secret': INTERNAL_SECRET };
        const response = await fetch(urls[index % 4]! + path, { method: 'POST', headers });
        return { status: response.status, text: await response.text() };
      }),
    );
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set([200]));
    // One transition: every response has the same time.
    expect(new Set(ends.map(({ text }) => text)).size).toBe(1);
  });

  it('a server applies to its participants what another server decided', async () => {
    const uri = mongo.uriFor();
    const here = await startServer({ env: { MONGO_URI: uri, SFU_NODES: 'here' } });
    const there = await startServer({ env: { MONGO_URI: uri, SFU_NODES: 'there' } });
    const { sessionId } = await here.createVisit();
    const doctor = await ProtocolClient.join(here, sessionId, 'doctor');
    const patient = await ProtocolClient.join(here, sessionId, 'patient');
    await there.api.removeParticipant(sessionId, 'patient');
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    expect(doctor.socket.connected).toBe(true);
    await there.api.endSession(sessionId);
    await expect.poll(() => doctor.received('session:ended')).toEqual([{ reason: 'backend_ended' }]);
    await expect.poll(() => here.televisit.rooms.size).toBe(0);
  });
});

describe.skipIf(!MongoServer.available() || Boolean(process.env.TEST_MONGO_URI))(
  'a server whose MongoDB fails',
  () => {
    it('a server without its MongoDB responds with 503 and Retry-After, keeps its visits running, and recovers by itself', async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const server = await startServer({ env: { MONGO_URI: mongo.uriFor() }, graceMs: 50 });
      const { sessionId } = await server.createVisit();
      const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
      const patient = await ProtocolClient.join(server, sessionId, 'patient');
      const producerId = await patient.produce('microphone', false);

      await mongo.stop();
      const refused = await server.call('POST', '/sessions', create);
      expect([refused.status, refused.body.code]).toEqual([503, 'store_unavailable']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const read = await server.call('GET', `/sessions/${sessionId}`);
      expect(read.status).toBe(503);
      await expect(doctor.request('session:end', {})).rejects.toMatchObject({ code: 'store_unavailable' });

      await patient.request('producer:pause', { producerId });
      await expect.poll(() => doctor.received('participant:updated').at(-1)?.media.microphone).toBe('off');
      await patient.request('leave', {});
      await expect.poll(() => doctor.received('participant:left')).toHaveLength(1);
      expect(doctor.socket.connected).toBe(true);

      await mongo.start();
      await expect.poll(async () => (await server.call('GET', `/sessions/${sessionId}`)).status).toBe(200);
      // Changes that were not stored during the outage are stored now.
      const connected = async () => {
        const { body } = await server.call<ParticipantList>('GET', `/sessions/${sessionId}/participants`);
        return body.participants.map((one) => one.connected);
      };
      await expect.poll(connected).toEqual([true, false]);
      expect((await server.call('POST', '/sessions', create)).status).toBe(201);
    });

    it('a participant who dropped during the outage resumes, and no one else gets in', async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const server = await startServer({ env: { MONGO_URI: mongo.uriFor() } });
      const { sessionId } = await server.createVisit();
      const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
      const patient = await ProtocolClient.open(server, sessionId, 'patient');
      await patient.enter();
      const link = await server.joinUrl(sessionId, 'patient');
      const { sessionId: other } = await server.createVisit();
      const otherLink = await server.joinUrl(other, 'patient');

      await mongo.stop();
      patient.drop();
      await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
      const back = await ProtocolClient.connect(server, link);
      onTestFinished(() => void back.socket.disconnect());
      await expect(
        back.request('resume', { device: patient.device, live: ['microphone', 'camera'] }),
      ).resolves.toMatchObject({ status: 'resumed' });
      await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(true);
      await expect(ProtocolClient.connect(server, otherLink)).rejects.toMatchObject({
        code: 'store_unavailable',
      });
    });

    it('a server whose MongoDB hangs responds with 503 soon', async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const server = await startServer({ env: { MONGO_URI: mongo.uriFor() } });
      await mongo.pause();
      const refused = await server.call('POST', '/sessions', create);
      expect([refused.status, refused.body.code]).toEqual([503, 'store_unavailable']);
      mongo.resume();
      await expect
        .poll(async () => (await server.call('POST', '/sessions', create)).status)
        .toBeLessThan(300);
    });
  },
);
