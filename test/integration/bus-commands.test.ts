import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const LATE = { text: 'The doctor is ten minutes late.' };
const AVAILABLE = redisAvailable('commands between servers') && MongoServer.available();

describe.runIf(AVAILABLE)('two servers on one MongoDB and one Redis', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  /** `here` runs the visits; `there` has no node and receives the requests that change them. */
  async function together(redis: RedisServer) {
    const env = { MONGO_URI: mongo.uriFor(), REDIS_URL: redis.url };
    const here = await startServer({ env: { ...env, SFU_NODES: 'here' } });
    const there = await startServer({ env: { ...env, SFU_NODES: '' } });
    return { here, there };
  }

  async function connected() {
    const redis = await RedisServer.start();
    const { here, there } = await together(redis);
    await reaches(there, here);
    return { redis, here, there };
  }

  async function reaches(from: TestServer, to: TestServer) {
    const ask = () =>
      from.televisit.bus
        .request(to.televisit.bus.processId, 'session:changed', { sessionId: 'sess_00000000' })
        .then(() => 'answered', String);
    await expect.poll(ask).toBe('answered');
  }

  async function visit(here: TestServer) {
    const { sessionId } = await here.createVisit();
    const doctor = await ProtocolClient.join(here, sessionId, 'doctor');
    const patient = await ProtocolClient.join(here, sessionId, 'patient');
    return { sessionId, doctor, patient };
  }

  it('an end or a cancellation has disconnected everyone when the other server responds', async () => {
    const { here, there } = await connected();
    for (const end of ['endSession', 'cancelSession'] as const) {
      const { sessionId } = await here.createVisit();
      const doctor = await ProtocolClient.open(here, sessionId, 'doctor');
      await doctor.prepare();
      await there.api[end](sessionId);
      expect(here.televisit.rooms.size).toBe(0);
      await expect.poll(() => doctor.socket.connected).toBe(false);
      expect(doctor.received('session:ended')).toHaveLength(1);
    }
  });

  it('a removed or dismissed participant is out when the other server responds', async () => {
    const { here, there } = await connected();
    const { sessionId, doctor, patient } = await visit(here);
    const inside = async () => [...((await here.televisit.rooms.find(sessionId))?.participants ?? [])].length;
    await there.api.dismissParticipant(sessionId, 'patient');
    expect(await inside()).toBe(1);
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'dismissed' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    const again = await ProtocolClient.join(here, sessionId, 'patient');
    await there.api.removeParticipant(sessionId, 'patient');
    expect(await inside()).toBe(1);
    await expect.poll(() => again.received('dismissed')).toEqual([{ reason: 'removed' }]);
    expect(doctor.socket.connected).toBe(true);
  });

  describe('people who are changed through the other server', () => {
    /** Whether a link is refused by the server of the visit: over HTTP, and over signaling. */
    async function expectVoid(here: TestServer, sessionId: string, token: string, code: string) {
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await here.call('GET', `/api/v1/visits/${sessionId}`, undefined, headers);
      expect(answer.body.code).toBe(code);
      await expect(ProtocolClient.connectWith(here, token, sessionId)).rejects.toMatchObject({ code });
    }

    const inside = async (here: TestServer, sessionId: string) =>
      [...((await here.televisit.rooms.find(sessionId))?.participants ?? [])].map(({ userId }) => userId);

    it('an added person gets in, and the others see them', async () => {
      const { here, there } = await connected();
      const { sessionId, doctor } = await visit(here);
      await there.api.putParticipant(sessionId, 'ines', { role: 'interpreter', displayName: 'Ines' });
      await ProtocolClient.join(here, sessionId, 'interpreter', 'ines');
      await expect
        .poll(() => doctor.received('participant:joined'))
        .toContainEqual(expect.objectContaining({ userId: 'ines', displayName: 'Ines' }));
      expect(await inside(here, sessionId)).toEqual(['doctor', 'patient', 'ines']);
    });

    it('a replaced person is out with void links when the other server responds, and the new one gets in', async () => {
      const { here, there } = await connected();
      const { sessionId, doctor, patient } = await visit(here);
      const spare = tokenOf(await here.joinUrl(sessionId, 'doctor'));
      await there.api.replaceParticipant(sessionId, 'doctor', { userId: 'dr-smith' });
      expect(await inside(here, sessionId)).toEqual(['patient']);
      await expectVoid(here, sessionId, spare, 'removed');
      await expect.poll(() => doctor.received('dismissed')).toEqual([{ reason: 'removed' }]);
      await expect.poll(() => doctor.socket.connected).toBe(false);
      await ProtocolClient.join(here, sessionId, 'doctor', 'dr-smith');
      expect(await inside(here, sessionId)).toEqual(['patient', 'dr-smith']);
      await expect
        .poll(() => patient.received('participant:joined').map(({ userId }) => userId))
        .toContain('dr-smith');
    });

    it('a restored person gets in with a new link, and the former link stays void', async () => {
      const { here, there } = await connected();
      const { sessionId, patient } = await visit(here);
      const former = tokenOf(await here.joinUrl(sessionId, 'patient'));
      await there.api.removeParticipant(sessionId, 'patient');
      await expectVoid(here, sessionId, former, 'removed');
      await expect.poll(() => patient.socket.connected).toBe(false);
      await there.api.putParticipant(sessionId, 'patient', { role: 'patient' });
      await expectVoid(here, sessionId, former, 'token_revoked');
      await ProtocolClient.join(here, sessionId, 'patient');
      expect(await inside(here, sessionId)).toEqual(['doctor', 'patient']);
    });

    it('links that are revoked are void when the other server responds, in the call and the preview', async () => {
      const { here, there } = await connected();
      const { sessionId, doctor, patient } = await visit(here);
      const preview = await ProtocolClient.open(here, sessionId, 'patient');
      const spare = tokenOf(await here.joinUrl(sessionId, 'patient'));
      await there.api.revokeLinks(sessionId, 'patient');
      expect(await inside(here, sessionId)).toEqual(['doctor']);
      await expectVoid(here, sessionId, spare, 'token_revoked');
      for (const page of [patient, preview]) {
        await expect.poll(() => page.received('dismissed')).toEqual([{ reason: 'dismissed' }]);
        await expect.poll(() => page.socket.connected).toBe(false);
      }
      await ProtocolClient.join(here, sessionId, 'patient');
      expect(doctor.socket.connected).toBe(true);
    });

    it('a revoked calendar address is gone on both servers at once', async () => {
      const { here, there } = await connected();
      await here.createVisit();
      const { pathname, search } = new URL((await here.api.getCalendarLink('patient')).url);
      const statuses = () =>
        Promise.all([here, there].map(async (one) => (await one.call('GET', pathname + search)).status));
      expect(await statuses()).toEqual([200, 200]);
      await there.api.revokeCalendarLink('patient');
      expect(await statuses()).toEqual([410, 410]);
    });
  });

  it('an announcement reaches the visit on the other server', async () => {
    const { here, there } = await connected();
    const { sessionId, doctor, patient } = await visit(here);
    expect(await there.api.announce(sessionId, LATE)).toEqual({ delivered: 2 });
    for (const one of [doctor, patient]) {
      await expect.poll(() => one.received('announcement')).toMatchObject([LATE]);
    }
    const empty = await here.createVisit();
    const refused = await there.call('POST', `/sessions/${empty.sessionId}/announcements`, LATE);
    expect([refused.status, refused.body.code]).toEqual([409, 'nobody_here']);
  });

  it('a command to a suspended server gets 503, and its stored part is carried out when that server resumes', async () => {
    const redis = await RedisServer.start();
    const env = { MONGO_URI: mongo.uriFor(), REDIS_URL: redis.url };
    const settings = { ...env, SFU_NODES: 'here', WORKERS: '1' };
    const here = await startServer({ process: 'server', env: settings });
    const there = await startServer({ env: { ...env, SFU_NODES: '' } });
    const { sessionId } = await there.createVisit();
    const link = await there.joinUrl(sessionId, 'patient');
    const patient = await ProtocolClient.connect(here, link);
    onTestFinished(() => void patient.socket.disconnect());
    await patient.enter();
    await expect.poll(() => there.api.announce(sessionId, LATE).catch(String)).toEqual({ delivered: 1 });
    here.kill('SIGSTOP');
    const started = performance.now();
    const refused = await there.call('POST', `/sessions/${sessionId}/announcements`, LATE);
    expect([refused.status, refused.body.code]).toEqual([503, 'node_unreachable']);
    expect(refused.headers.get('Retry-After')).toBe('2');
    expect(performance.now() - started).toBeLessThan(4500);
    expect(await there.api.endSession(sessionId)).toMatchObject({ status: 'ended' });
    expect(patient.socket.connected).toBe(true);
    here.kill('SIGCONT');
    await expect.poll(() => patient.received('session:ended')).toEqual([{ reason: 'backend_ended' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await expect.poll(() => there.televisit.bus.pending).toBe(0);
  });

  it('visits continue without Redis, and commands work again when it is back', async () => {
    const { redis, here, there } = await connected();
    const { sessionId, doctor, patient } = await visit(here);
    const outages = [
      [() => redis.kill(), () => redis.start()],
      [() => redis.pause(), () => redis.resume()],
    ] as const;
    for (const [end, begin] of outages) {
      await end();
      const refused = await there.call('POST', `/sessions/${sessionId}/announcements`, LATE);
      expect([refused.status, refused.body.code]).toEqual([503, 'node_unreachable']);
      // The server of the visit needs no bus, and finds in the store what the other server stores.
      await doctor.send('hand:set', { raised: true });
      await there.api.updateSession(sessionId, { title: 'Without Redis' });
      expect(await here.api.announce(sessionId, LATE)).toEqual({ delivered: 2 });
      expect(there.televisit.bus.pending).toBeLessThan(2);
      await begin();
      await reaches(there, here);
      await reaches(here, there);
      expect(await there.api.announce(sessionId, LATE)).toEqual({ delivered: 2 });
    }
    await redis.kill();
    const started = performance.now();
    await there.api.dismissParticipant(sessionId, 'patient');
    expect(performance.now() - started).toBeLessThan(3000);
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'dismissed' }]);
    await there.api.endSession(sessionId);
    await expect.poll(() => doctor.received('session:ended')).toHaveLength(1);
    await expect.poll(() => there.televisit.bus.pending).toBe(0);
  });

  it('servers start while Redis is down', async () => {
    const redis = await RedisServer.reserve();
    const { here, there } = await together(redis);
    const { sessionId } = await visit(here);
    const refused = await there.call('POST', `/sessions/${sessionId}/announcements`, LATE);
    expect(refused.status).toBe(503);
    await redis.start();
    await reaches(there, here);
    expect(await there.api.announce(sessionId, LATE)).toEqual({ delivered: 2 });
  });
});
