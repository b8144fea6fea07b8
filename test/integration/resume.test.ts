import type { Source } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';

/** A doctor and a patient in a visit. */
async function visit(clock = new ManualClock()) {
  const server = await startServer({ clock });
  const { sessionId } = await server.createVisit();
  const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
  const patient = await ProtocolClient.open(server, sessionId, 'patient');
  const entered = await patient.enter();
  return { server, clock, sessionId, doctor, patient, device: patient.device, ...entered };
}

const LIVE: { live: Source[] } = { live: ['microphone', 'camera'] };

/** Opens another connection of the same participant. */
function again({ server, sessionId }: Awaited<ReturnType<typeof visit>>) {
  return ProtocolClient.open(server, sessionId, 'patient');
}

describe('resume', () => {
  it('resume after a drop continues the same streams, and the others see no leave', async () => {
    const there = await visit();
    const { doctor, patient, device, self, consumers } = there;
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    const back = await again(there);
    const outcome = await back.request('resume', { device, ...LIVE });
    expect(outcome).toMatchObject({ status: 'resumed', result: { self } });
    if (outcome.status === 'gone') throw new Error('unreachable');
    expect(outcome.result.consumers.map(({ consumerId }) => consumerId).sort()).toEqual(
      consumers.map(({ consumerId }) => consumerId).sort(),
    );
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(true);
    for (const event of ['participant:left', 'consumer:closed'] as const)
      expect(doctor.received(event)).toEqual([]);
    expect(doctor.received('participant:joined')).toHaveLength(1);
  });

  it('resume returns what happened during the drop: chat, hands, streams', async () => {
    const there = await visit();
    const { doctor, patient, device } = there;
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    await doctor.request('chat:send', { clientId: 'c1', text: 'Can you hear me?' });
    await doctor.request('hand:set', { raised: true });
    await doctor.produce('screen', false);
    const back = await again(there);
    const outcome = await back.request('resume', { device, ...LIVE });
    expect(outcome).toMatchObject({
      status: 'resumed',
      result: {
        chat: [{ text: 'Can you hear me?' }],
        participants: [{ userId: 'doctor', handRaisedAt: expect.any(String) as string }],
        consumers: expect.arrayContaining([expect.objectContaining({ source: 'screen' })]) as unknown,
      },
    });
  });

  it('resume reports what a host switched off during the drop, before its ack', async () => {
    const there = await visit();
    const { doctor, patient, device } = there;
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    const back = await again(there);
    const outcome = await back.request('resume', { device, ...LIVE });
    expect(outcome).toMatchObject({ result: { self: { media: { microphone: 'off', camera: 'on' } } } });
    expect(back.received('muted')).toMatchObject([{ source: 'microphone' }]);
  });

  it('resume keeps a source on that the participant switched on again long after a host switched it off', async () => {
    const there = await visit();
    const { doctor, patient, device, clock } = there;
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    await expect.poll(() => patient.received('muted')).toHaveLength(1);
    clock.advance(11_000);
    patient.drop();
    const back = await again(there);
    await back.request('resume', { device, ...LIVE });
    expect(back.received('muted')).toEqual([]);
    const microphone = doctor.received('consumer:new').find(({ source }) => source === 'microphone');
    await back.request('producer:resume', { producerId: microphone!.producerId });
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.media.microphone).toBe('on');
  });

  it('resume closes producers that the page no longer sends, whose closing message was lost', async () => {
    const there = await visit();
    const { doctor, patient, device } = there;
    await patient.produce('screen', false);
    const shown = () => doctor.received('participant:updated').at(-1)?.media;
    await expect.poll(() => shown()?.screen).toBe('on');
    patient.drop();
    const back = await again(there);
    const outcome = await back.request('resume', { device, live: ['camera'] });
    const media = { microphone: 'off', camera: 'on', screen: 'none' };
    expect(outcome).toMatchObject({ result: { self: { media } } });
    await expect.poll(shown).toMatchObject(media);
  });

  it('resume does not repeat the stop of a shared screen that the client has received', async () => {
    const there = await visit();
    const { doctor, patient, device, clock } = there;
    await patient.produce('screen', false);
    await doctor.request('moderation:stop-share', { userId: 'patient' });
    await expect.poll(() => patient.received('share:stopped')).toHaveLength(1);
    clock.advance(11_000);
    patient.drop();
    const back = await again(there);
    await back.request('resume', { device, ...LIVE });
    expect(back.received('share:stopped')).toEqual([]);
  });

  it('resume replaces a connection that the server has not missed yet', async () => {
    const there = await visit();
    const { doctor, patient, device } = there;
    const gone = new Promise((resolve) => patient.socket.once('disconnect', resolve));
    const back = await again(there);
    await expect(back.request('resume', { device, ...LIVE })).resolves.toMatchObject({
      status: 'resumed',
    });
    await gone;
    expect(patient.received('replaced')).toEqual([]);
    await doctor.request('moderation:ask-unmute', { userId: 'patient' });
    await expect.poll(() => back.received('unmute:asked')).toHaveLength(1);
  });

  it.each([
    ['an unknown key', 'wrong'],
    ['the key of another participant', 'of the doctor'],
  ])('resume with %s returns gone', async (_title, key) => {
    const there = await visit();
    const doctorAgain = await ProtocolClient.open(there.server, there.sessionId, 'doctor');
    const asked = key === 'wrong' ? again(there) : Promise.resolve(doctorAgain);
    const device = key === 'wrong' ? 'a key that no page has' : there.device;
    await expect((await asked).request('resume', { device, ...LIVE })).resolves.toEqual({
      status: 'gone',
    });
  });

  it('resume after the grace period returns gone', async () => {
    const there = await visit();
    const { doctor, patient, device, clock } = there;
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    clock.advance(60_000);
    await expect.poll(() => doctor.received('participant:left')).toHaveLength(1);
    const back = await again(there);
    await expect(back.request('resume', { device, ...LIVE })).resolves.toEqual({ status: 'gone' });
  });

  it('resume counts as a reconnect in the report, within the same interval', async () => {
    const there = await visit();
    const { doctor, patient, device, server, sessionId } = there;
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    const back = await again(there);
    await back.request('resume', { device, ...LIVE });
    const intervals = async () =>
      (await server.televisit.store.get(sessionId))?.intervals.filter(({ seat }) => seat === 1);
    await expect.poll(async () => (await intervals())?.[0]?.reconnects).toBe(1);
    await expect(intervals()).resolves.toMatchObject([{ leftAt: null, reconnects: 1 }]);
  });
});

describe('transport:connect', () => {
  it('transport:connect that is repeated after a lost ack is acknowledged again', async () => {
    const { patient } = await visit();
    const transportId = patient.prepared?.sendTransport.id ?? '';
    const fingerprints = [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => '1F').join(':') }];
    const connect = () =>
      patient.request('transport:connect', { transportId, dtlsParameters: { fingerprints } });
    await connect();
    await expect(connect()).resolves.toBeNull();
  });
});

describe('transport:restart-ice', () => {
  it('restart-ice returns new credentials for the client’s own transports, and for no other', async () => {
    const { doctor, patient } = await visit();
    const mine = patient.prepared?.sendTransport;
    const { iceParameters } = await patient.request('transport:restart-ice', { transportId: mine?.id ?? '' });
    expect(iceParameters).toMatchObject({ iceLite: true });
    expect(iceParameters).not.toEqual(mine?.iceParameters);
    const transportId = doctor.prepared?.sendTransport.id ?? '';
    await expect(patient.request('transport:restart-ice', { transportId })).rejects.toMatchObject({
      code: 'not_yours',
    });
  });
});

describe('a worker that dies', () => {
  it('participants of a dead worker prepare and join again over the same connection, without a leave', async () => {
    const { server, doctor, patient, sessionId } = await visit();
    const [worker] = [...server.televisit.nodes.values()].flatMap(({ workers }) => workers);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    for (const one of [doctor, patient]) {
      await expect.poll(() => one.events.filter(([event]) => event === 'media:renew')).toHaveLength(1);
      one.prepared = undefined;
      await expect(one.enter()).resolves.toMatchObject({
        self: { media: { camera: 'on', microphone: 'on' } },
      });
      expect(one.socket.connected).toBe(true);
    }
    expect([...doctor.received('participant:left'), ...patient.received('participant:left')]).toEqual([]);
    const outcome = doctor.received('participant:updated').filter(({ userId }) => userId === 'patient');
    expect(outcome.at(-1)).toMatchObject({ connected: true, media: { camera: 'on' } });
    await expect
      .poll(() => doctor.received('consumer:new').filter(({ userId }) => userId === 'patient').length)
      .toBeGreaterThanOrEqual(2);
    expect((await server.televisit.store.get(sessionId))?.intervals).toMatchObject([
      { leftAt: null },
      { leftAt: null },
    ]);
  });

  it('a participant without transports can leave', async () => {
    const { server, doctor, patient } = await visit();
    const [worker] = [...server.televisit.nodes.values()].flatMap(({ workers }) => workers);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => patient.received('media:renew')).toHaveLength(1);
    await patient.request('leave', {});
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'left' }]);
  });
});
