import type { Role } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { visitRequest } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';

const seats = [{ userId: 'guest', role: 'guest' as const }];
const REFUSED = { code: 'no_capacity', retryAfter: 10 };

/** Starts a server that takes two participants, with a visit of three seats. */
async function serverForTwo(options: { waitingRoom?: 'off' | 'admit' } = {}) {
  const server = await startServer({ env: { MAX_PARTICIPANTS: '2' } });
  const { sessionId } = await server.createVisit(undefined, { seats, options });
  const join = (role: Role) => ProtocolClient.join(server, sessionId, role);
  const open = (role: Role) => ProtocolClient.open(server, sessionId, role);
  return { server, sessionId, join, open };
}

describe('a server that is full', () => {
  it('a full server refuses a third participant with no_capacity, writes nothing, and accepts them when another has left', async () => {
    const { server, sessionId, join, open } = await serverForTwo();
    const [doctor, patient] = [await join('doctor'), await join('patient')];
    const guest = await open('guest');
    const before = await server.televisit.store.get(sessionId);
    await expect(guest.ask()).rejects.toMatchObject(REFUSED);
    expect(await server.televisit.store.get(sessionId)).toEqual(before);
    expect(doctor.received('participant:joined').map(({ userId }) => userId)).toEqual(['patient']);
    // The two participants are not affected.
    await doctor.produce('screen', false);
    await expect.poll(() => patient.received('consumer:new').map(({ source }) => source)).toContain('screen');

    await patient.request('leave', {});
    await expect.poll(() => doctor.received('participant:left')).toHaveLength(1);
    await expect(guest.joinLive([])).resolves.toMatchObject({ self: { userId: 'guest' } });
  });

  it('a user keeps at most four previews: a fifth replaces the oldest', async () => {
    const { server, open } = await serverForTwo();
    const pages = [];
    for (let page = 0; page < 5; page++) pages.push(await open('patient'));
    const [oldest, ...others] = pages;
    await expect.poll(() => oldest?.received('replaced')).toHaveLength(1);
    await expect.poll(() => oldest?.socket.connected).toBe(false);
    expect(others.map(({ socket }) => socket.connected)).toEqual([true, true, true, true]);
    await others[0]?.enter();
    await expect(open('patient')).resolves.toBeDefined();
    expect(others.map(({ socket }) => socket.connected)).toEqual([true, true, true, true]);
    expect(server.televisit.rooms.size).toBe(1);
  });

  it('two participants who join at once for one place do not both get in', async () => {
    const { join, open } = await serverForTwo();
    await join('doctor');
    const both = await Promise.all([open('patient'), open('guest')]);
    for (const one of both) await one.prepare();
    const outcomes = await Promise.allSettled(both.map((one) => one.joinLive([])));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('participants of a full server come back by resume, by reload and with new media', async () => {
    const { server, join, open } = await serverForTwo();
    const [doctor, patient] = [await join('doctor'), await join('patient')];
    patient.drop();
    await expect
      .poll(() => doctor.received('participant:updated').at(-1))
      .toMatchObject({ connected: false });
    const resumed = await open('patient');
    await expect(resumed.request('resume', { device: patient.device, live: [] })).resolves.toMatchObject({
      status: 'resumed',
    });
    const { device } = patient;
    const reloaded = await open('patient');
    await reloaded.prepare();
    await expect(reloaded.request('join', { live: [], device })).resolves.toMatchObject({ status: 'joined' });

    const [worker] = [...server.televisit.nodes.values()].flatMap(({ workers }) => workers);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    for (const one of [doctor, reloaded]) {
      await expect.poll(() => one.received('media:renew')).toHaveLength(1);
      one.prepared = undefined;
    }
    await doctor.enter();
    await reloaded.prepare();
    await reloaded.joinLive([]);
  });

  it('a full server lets in participants who were already waiting', async () => {
    const { join, open, sessionId, server } = await serverForTwo({ waitingRoom: 'admit' });
    const doctor = await join('doctor');
    const patient = await ProtocolClient.wait(server, sessionId, 'patient');
    const guest = await ProtocolClient.wait(server, sessionId, 'guest');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted')).toHaveLength(1);
    // The server is full now. A waiting participant who reconnects still waits, and is let in.
    guest.drop();
    const back = await open('guest');
    await back.waitToEnter();
    await doctor.request('waiting:admit', { userId: 'guest' });
    await expect.poll(() => back.received('admitted')).toHaveLength(1);
  });

  it('a full server refuses new visits with 503 and Retry-After until a participant has left', async () => {
    const { server, sessionId, join } = await serverForTwo();
    const [, patient] = [await join('doctor'), await join('patient')];
    const create = () => server.call('POST', '/sessions', visitRequest('another', {}));
    const refused = await create();
    expect([refused.status, refused.body.code]).toEqual([503, 'no_capacity']);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    // An existing visit is found nevertheless.
    const { appointmentId } = (await server.televisit.store.get(sessionId))!;
    const known = await server.call('POST', '/sessions', visitRequest(appointmentId, { seats }));
    expect(known.status).toBe(200);
    await patient.request('leave', {});
    await expect.poll(async () => (await create()).status).toBe(201);
  });
});
