import { TelevisitError } from '@televisit/shared/errors';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

/** Long enough for clients that come back, and soon over for those that do not, in milliseconds. */
const GRACE_MS = 5_000;

describe.skipIf(!MongoServer.available())('several servers', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  /** Starts servers on one database, each with its own node. */
  async function cluster(...names: string[]): Promise<TestServer[]> {
    const uri = mongo.uriFor();
    const servers = names.map((name) => {
      const [region = ''] = name.split('-');
      return startServer({
        env: { MONGO_URI: uri, SFU_NODES: name === 'api' ? '' : name, REGION: region },
        graceMs: GRACE_MS,
      });
    });
    const started = await Promise.all(servers);
    // Each server has seen the others listen.
    for (const { api } of started) {
      await expect
        .poll(async () => (await api.listNodes()).nodes.filter(({ url }) => url !== '').length)
        .toBe(names.filter((name) => name !== 'api').length);
    }
    return started;
  }

  const stateOf = async ({ api }: TestServer, nodeId: string) =>
    (await api.listNodes()).nodes.find((node) => node.nodeId === nodeId)?.state;

  /** The nodes of the two visits. */
  async function placed(server: TestServer, on: string, region = on.split('-')[0]) {
    const { sessionId, sfuNodeId } = await server.createVisit(undefined, { region });
    expect(sfuNodeId).toBe(on);
    return sessionId;
  }

  it('servers know each other’s nodes and place visits by region', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    expect((await eu.api.listNodes()).nodes).toMatchObject([
      { nodeId: 'eu-1', state: 'ready', region: 'eu', url: eu.url, capacity: null, drainUntil: null },
      { nodeId: 'us-1', state: 'ready', region: 'us', url: us.url },
    ]);
    await placed(eu, 'us-1');
    await placed(us, 'eu-1');
    expect((await eu.createVisit()).sfuNodeId).toBe('eu-1');
    expect((await us.createVisit()).sfuNodeId).toBe('us-1');
    expect((await us.createVisit(undefined, { region: 'moon' })).sfuNodeId).toMatch(/-1$/);
  });

  it('every server leads clients to the visit, also a server without a node', async () => {
    const [eu, us, api] = (await cluster('eu-1', 'us-1', 'api')) as [TestServer, TestServer, TestServer];
    const sessionId = await placed(api, 'eu-1');
    const doctor = await ProtocolClient.join(us, sessionId, 'doctor');
    const patient = await ProtocolClient.join(api, sessionId, 'patient');
    const guest = await ProtocolClient.open(eu, sessionId, 'patient');
    expect(doctor.received('participant:joined')).toMatchObject([{ userId: 'patient' }]);
    expect([eu, us, api].map(({ televisit }) => televisit.rooms.size)).toEqual([1, 0, 0]);
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    await expect(guest.request('resume', { device: patient.device, live: [] })).resolves.toMatchObject({
      status: 'resumed',
    });
    await us.close();
    await expect.poll(() => doctor.socket.connected).toBe(false);
  });

  it('every server leads a client that uses long polling to the visit, and keeps it there', async () => {
    const [eu, us, api] = (await cluster('eu-1', 'us-1', 'api')) as [TestServer, TestServer, TestServer];
    const sessionId = await placed(api, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    const link = await us.joinUrl(sessionId, 'patient');
    const patient = await ProtocolClient.connect(us, link, 'polling');
    onTestFinished(() => void patient.socket.disconnect());
    await patient.enter();
    expect(doctor.received('participant:joined')).toMatchObject([{ userId: 'patient' }]);
    expect([eu, us, api].map(({ televisit }) => televisit.rooms.size)).toEqual([1, 0, 0]);
    // The node of a connection is that of its process, even if the visit is no longer there.
    await api.api.drainNode('eu-1', { deadlineSeconds: 60 });
    await expect.poll(() => patient.received('visit:moved')).toHaveLength(1);
    await patient.request('hand:set', { raised: true });
    await eu.close();
    await expect.poll(() => patient.socket.connected).toBe(false);
  });

  it('draining a node moves its visits with all participants, no one leaves, and the node takes no more visits', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(us, sessionId, 'doctor');
    const patient = await ProtocolClient.join(eu, sessionId, 'patient');
    await doctor.request('chat:send', { clientId: 'm1', text: 'Good morning' });

    expect(await us.api.drainNode('eu-1', { deadlineSeconds: 60 })).toMatchObject({ state: 'draining' });
    for (const one of [doctor, patient]) await expect.poll(() => one.received('visit:moved')).toHaveLength(1);
    expect((await us.api.getSession(sessionId)).sfuNodeId).toBe('us-1');
    expect((await eu.createVisit()).sfuNodeId).toBe('us-1');

    // Media continues here until the clients are on the other node.
    await doctor.request('hand:set', { raised: true });
    await expect.poll(() => patient.received('participant:updated').at(-1)?.handRaisedAt).not.toBe(null);
    const there = [
      await ProtocolClient.open(eu, sessionId, 'doctor'),
      await ProtocolClient.open(us, sessionId, 'patient'),
    ] as const;
    const first = await there[0].enter();
    expect(first.chat).toMatchObject([{ text: 'Good morning' }]);
    expect(first.participants).toMatchObject([{ userId: 'patient', connected: false }]);
    const second = await there[1].enter();
    expect(second.participants).toMatchObject([{ userId: 'doctor', connected: true }]);
    await expect.poll(() => there[0].received('participant:updated')[0]).toMatchObject({ connected: true });
    expect(there[0].received('participant:joined')).toEqual([]);
    await doctor.request('chat:send', { clientId: 'm2', text: 'How are you?' });
    await expect.poll(() => there[1].received('chat:message')).toMatchObject([{ text: 'How are you?' }]);
    await doctor.request('moved', {});
    expect(doctor.socket.connected).toBe(true);
    await patient.request('moved', {});
    for (const one of [doctor, patient]) await expect.poll(() => one.socket.connected).toBe(false);

    expect(doctor.received('participant:left')).toEqual([]);
    expect(there[0].received('participant:left')).toEqual([]);
    const { participants } = await us.api.listParticipants(sessionId);
    expect(participants.map(({ connected, intervals }) => [connected, intervals.length])).toEqual([
      [true, 1],
      [true, 1],
    ]);
    await expect.poll(() => eu.televisit.rooms.size).toBe(0);
    // The server may end now.
    await eu.televisit.drained;
  });

  it('no participant leaves when the old server ends during a migration', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    const patient = await ProtocolClient.join(eu, sessionId, 'patient');
    await us.api.drainNode('eu-1', { deadlineSeconds: 60 });
    for (const one of [doctor, patient]) await expect.poll(() => one.received('visit:moved')).toHaveLength(1);
    await ProtocolClient.join(us, sessionId, 'doctor');
    await ProtocolClient.join(us, sessionId, 'patient');
    await eu.close();
    const { participants } = await us.api.listParticipants(sessionId);
    expect(participants).toMatchObject([
      { connected: true, intervals: [{ leftAt: null }] },
      { connected: true, intervals: [{ leftAt: null }] },
    ]);
  });

  it('a migration whose write was not acknowledged continues once the store confirms it', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    const { sessions } = eu.televisit;
    const move = sessions.move.bind(sessions);
    sessions.move = async (session) => {
      await move(session);
      throw new TelevisitError('store_unavailable');
    };
    await us.api.drainNode('eu-1', { deadlineSeconds: 60 });
    await expect.poll(() => doctor.received('visit:moved')).toHaveLength(1);
    expect((await us.televisit.sessions.get(sessionId)).placement).toEqual({ nodeId: 'us-1', epoch: 2 });
  });

  it('a migration waits for a participant who lost the connection, or for their leave', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    doctor.drop();
    await expect.poll(() => eu.televisit.rooms.size).toBe(1);
    await us.api.drainNode('eu-1', { deadlineSeconds: 60 });
    await eu.televisit.drained;
    expect((await us.api.getSession(sessionId)).sfuNodeId).toBe('eu-1');
    const { participants } = await us.api.listParticipants(sessionId);
    expect(participants[0]?.intervals.map(({ leftAt }) => leftAt === null)).toEqual([false]);
  });

  it('a drained server ends at its own deadline, whatever its nodes are asked meanwhile', async () => {
    const [eu] = (await cluster('eu-1', 'us-1')) as [TestServer];
    await ProtocolClient.join(eu, await placed(eu, 'eu-1'), 'doctor');
    const drained = eu.televisit.drain(2);
    await expect.poll(() => stateOf(eu, 'eu-1')).toBe('draining');
    await eu.api.undrainNode('eu-1');
    await drained;
  });

  it('a drain can be cancelled', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    await ProtocolClient.join(eu, sessionId, 'doctor');
    expect((await us.api.drainNode('us-1', { deadlineSeconds: 60 })).drainUntil).not.toBe(null);
    await us.televisit.drained;
    await expect.poll(() => stateOf(eu, 'us-1')).toBe('draining');
    await us.api.drainNode('eu-1', { deadlineSeconds: 60 });
    expect(await us.api.undrainNode('eu-1')).toMatchObject({ state: 'ready', drainUntil: null });
    expect((await eu.createVisit()).sfuNodeId).toBe('eu-1');
    await expect(eu.api.drainNode('eu-9', { deadlineSeconds: 1 })).rejects.toMatchObject({
      status: 404,
      code: 'node_not_found',
    });
  });

  it('a visit that fits on no other node stays until the deadline of its node', async () => {
    const [eu] = (await cluster('eu-1')) as [TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    await eu.api.drainNode('eu-1', { deadlineSeconds: 2 });
    await eu.televisit.drained;
    expect(doctor.socket.connected).toBe(true);
    expect(doctor.received('visit:moved')).toEqual([]);
    const refused = await eu.call('POST', '/sessions', { appointmentId: 'x', doctorId: 'a', patientId: 'b' });
    expect([refused.status, refused.body.code]).toEqual([503, 'no_capacity']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('a server gives up a visit that another server placed elsewhere, without a trace in the attendance', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    // As after a time in which the other servers did not see this one.
    await us.televisit.sessions.move(await us.televisit.sessions.get(sessionId));
    await expect.poll(() => doctor.socket.connected).toBe(false);
    expect(doctor.received('visit:moved')).toEqual([]);
    expect(eu.televisit.rooms.size).toBe(0);
    const back = await ProtocolClient.open(eu, sessionId, 'doctor');
    await expect(back.request('resume', { device: doctor.device, live: [] })).resolves.toEqual({
      status: 'gone',
    });
    await back.enter();
    expect(us.televisit.rooms.size).toBe(1);
    const { participants } = await us.api.listParticipants(sessionId);
    expect(participants[0]).toMatchObject({ connected: true, intervals: [{ leftAt: null }] });
  });

  it('participants who do not come back to a visit that was placed again are marked as left, and no others', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    await ProtocolClient.join(eu, sessionId, 'doctor');
    await ProtocolClient.join(eu, sessionId, 'patient');
    await us.televisit.sessions.move(await us.televisit.sessions.get(sessionId));
    await expect.poll(() => eu.televisit.rooms.size).toBe(0);
    const back = await ProtocolClient.open(eu, sessionId, 'doctor');
    const { participants } = await back.enter();
    expect(participants).toMatchObject([{ userId: 'patient', role: 'patient', connected: false }]);
    const connected = async () =>
      (await us.api.listParticipants(sessionId)).participants.map((one) => one.connected);
    expect(await connected()).toEqual([true, true]);
    await expect.poll(connected).toEqual([true, false]);
    expect(back.received('participant:left')).toEqual([{ userId: 'patient', reason: 'connection_lost' }]);
    // No one is expected back, so the room closes with its last participant.
    await back.request('leave', {});
    await expect.poll(() => us.televisit.rooms.size).toBe(0);
  });

  it('participants learn that a participant who was still reconnecting to the new node was removed', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    await ProtocolClient.join(eu, sessionId, 'doctor');
    await ProtocolClient.join(eu, sessionId, 'patient');
    await us.televisit.sessions.move(await us.televisit.sessions.get(sessionId));
    const back = await ProtocolClient.open(eu, sessionId, 'doctor');
    await back.enter();
    await us.api.removeParticipant(sessionId, 'patient');
    await expect
      .poll(() => back.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'removed' }]);
  });

  it('a server reinstates a participant that another server wrongly marked as left', async () => {
    const [eu, us] = (await cluster('eu-1', 'us-1')) as [TestServer, TestServer];
    const sessionId = await placed(eu, 'eu-1');
    const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
    // As after a time in which this server could not send heartbeats.
    const { sessions } = us.televisit;
    const taken = await sessions.abandon(await sessions.get(sessionId), Date.now());
    expect(taken.intervals).toMatchObject([{ reason: 'connection_lost' }]);
    const intervals = async () => (await sessions.get(sessionId)).intervals;
    await expect.poll(intervals).toMatchObject([{ leftAt: null, reconnects: 1 }]);
    expect(doctor.socket.connected).toBe(true);
  });

  it('a server refuses to start with a node that another server runs', async () => {
    const uri = mongo.uriFor();
    await startServer({ env: { MONGO_URI: uri, SFU_NODES: 'eu-1' } });
    await expect(startServer({ env: { MONGO_URI: uri, SFU_NODES: 'eu-1' } })).rejects.toThrow(
      /Another server \(http:\/\/127\.0\.0\.1:\d+\) runs the SFU node eu-1/,
    );
  });
});
