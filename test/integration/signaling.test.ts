import { describe, expect, it, onTestFinished } from 'vitest';
import { handshake } from '../support/abuse/attack.ts';
import { tokenOf } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer, TestServerOptions } from '../support/infra/test-server.ts';

async function visit(options: TestServerOptions = {}) {
  const server = await startServer(options);
  const { sessionId } = await server.createVisit();
  return { server, sessionId };
}

async function connected(server: TestServer, sessionId: string, role: 'doctor' | 'patient') {
  const participant = await ProtocolClient.connect(server, await server.joinUrl(sessionId, role));
  onTestFinished(() => void participant.socket.disconnect());
  return participant;
}

describe('join', () => {
  it('join returns the others and all consumers in one ack, and notifies the others', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await connected(server, sessionId, 'patient');
    const joined = await patient.enter();

    expect(joined.self).toMatchObject({
      userId: 'patient',
      media: { microphone: 'on', camera: 'on' },
      connected: true,
    });
    expect(joined.participants).toMatchObject([
      { userId: 'doctor', role: 'doctor', media: { camera: 'on' } },
    ]);
    const sources = joined.consumers.map(({ userId, source }) => [userId, source]);
    expect(sources).toEqual(
      expect.arrayContaining([
        [null, null],
        ['doctor', 'microphone'],
        ['doctor', 'camera'],
      ]),
    );
    await expect.poll(() => doctor.received('participant:joined')).toMatchObject([{ userId: 'patient' }]);
    await expect
      .poll(() => doctor.received('consumer:new'))
      .toMatchObject([
        { userId: 'patient', source: 'microphone', kind: 'audio' },
        { userId: 'patient', source: 'camera', kind: 'video' },
      ]);
    expect((await server.televisit.sessions.get(sessionId)).status).toBe('live');
  });

  it('a client in the preview is invisible to the others', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await connected(server, sessionId, 'patient');
    await patient.prepare();
    await patient.produce('camera', false);
    await doctor.request('producer:pause', { producerId: await doctor.produce('microphone', false) });
    expect(doctor.received('participant:joined')).toEqual([]);
    expect(doctor.received('consumer:new')).toEqual([]);
    expect(patient.received('participant:updated')).toEqual([]);
  });

  it('join leaves sources muted that it does not name', async () => {
    const { server, sessionId } = await visit();
    const patient = await connected(server, sessionId, 'patient');
    await patient.prepare();
    await patient.produce('microphone');
    const { self } = await patient.joinLive([]);
    expect(self.media).toEqual({ microphone: 'off', camera: 'none', screen: 'none', screenAudio: 'none' });
  });

  it('a stream that starts later reaches everyone in the visit', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await connected(server, sessionId, 'patient');
    await patient.prepare();
    await patient.request('join', { live: [] });
    await patient.produce('camera', false);
    await expect
      .poll(() => doctor.received('consumer:new'))
      .toMatchObject([{ userId: 'patient', source: 'camera' }]);
    expect(doctor.received('participant:updated').at(-1)).toMatchObject({
      media: { camera: 'on', microphone: 'none' },
    });
  });
});

describe('mute', () => {
  it('the other side sees a mute and its end', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const producerId = await patient.produce('microphone', false);
    await patient.request('producer:pause', { producerId });
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.media.microphone).toBe('off');
    await patient.request('producer:resume', { producerId });
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.media.microphone).toBe('on');
  });
});

describe('leave', () => {
  it('a leaving participant and their consumers disappear for the others at once', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await expect.poll(() => doctor.received('consumer:new').length).toBe(2);
    await patient.request('leave', {});
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'left' }]);
    await expect.poll(() => doctor.received('consumer:closed').length).toBe(2);
  });

  it('a closed page counts as a leave', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    patient.socket.disconnect();
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'left' }]);
  });

  it('a dropped connection is kept for the grace period, then the participant leaves', async () => {
    const clock = new ManualClock(Date.now());
    const { server, sessionId } = await visit({ clock });
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    patient.socket.io.engine.close();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    clock.advance(29_000);
    expect(doctor.received('participant:left')).toEqual([]);
    clock.advance(2_000);
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'connection_lost' }]);
  });

  it('a reconnect replaces the dropped connection without a leave', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    patient.socket.io.engine.close();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    await ProtocolClient.join(server, sessionId, 'patient');
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(true);
    await expect.poll(() => doctor.received('consumer:new').length).toBe(4);
    await expect.poll(() => doctor.received('consumer:closed').length).toBe(2);
    expect(doctor.received('participant:left')).toEqual([]);
    expect(doctor.received('participant:joined').length).toBe(1);
  });

  it('a second device that takes over gets the seat, and the first is notified', async () => {
    const { server, sessionId } = await visit();
    const first = await ProtocolClient.join(server, sessionId, 'patient');
    const second = await connected(server, sessionId, 'patient');
    await second.prepare();
    await expect(second.joinLive([])).rejects.toMatchObject({ code: 'joined_elsewhere' });
    expect(first.received('replaced')).toEqual([]);
    const outcome = await second.request('join', { live: [], takeOver: true });
    expect(outcome).toMatchObject({ status: 'joined', result: { participants: [] } });
    await expect.poll(() => first.received('replaced').length).toBe(1);
    await expect.poll(() => first.socket.connected).toBe(false);
  });

  it('the same page gets its seat after a reload without taking over', async () => {
    const { server, sessionId } = await visit();
    const first = await connected(server, sessionId, 'patient');
    await first.enter();
    const reloaded = await connected(server, sessionId, 'patient');
    await reloaded.prepare();
    await expect(reloaded.request('join', { live: [], device: first.device })).resolves.toMatchObject({
      status: 'joined',
    });
  });
});

describe('session:end', () => {
  it('session:end ends the visit for everyone and admits no one afterwards', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const waiting = await server.joinUrl(sessionId, 'patient');
    await doctor.request('session:end', {});
    await expect.poll(() => patient.received('session:ended')).toEqual([{ reason: 'host_ended' }]);
    await expect.poll(() => patient.socket.connected || doctor.socket.connected).toBe(false);
    await expect(ProtocolClient.connect(server, waiting)).rejects.toMatchObject({
      code: 'session_over',
    });
    const again = await server.call('POST', `/sessions/${sessionId}/join`, {
      role: 'patient',
      userId: 'patient',
    });
    expect([again.status, again.body.code]).toEqual([410, 'session_over']);
  });

  it('session:end is refused for a patient', async () => {
    const { server, sessionId } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await expect(patient.request('session:end', {})).rejects.toMatchObject({ code: 'forbidden' });
    expect((await server.televisit.sessions.get(sessionId)).status).toBe('live');
  });
});

describe('token refresh', () => {
  it('a fresh token arrives before the current one expires, repeatedly', async () => {
    const clock = new ManualClock(Date.now());
    const { server, sessionId } = await visit({ clock });
    await server.api.updateSession(sessionId, { durationMinutes: 300 });
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    clock.advance(56 * 60_000);
    await expect.poll(() => patient.received('token:refreshed').length).toBe(1);
    const [fresh] = patient.received('token:refreshed');
    clock.advance(14 * 60_000);
    await expect(ProtocolClient.connectWith(server, fresh!.token, sessionId)).resolves.toBeDefined();
    clock.advance(45 * 60_000);
    await expect.poll(() => patient.received('token:refreshed').length).toBe(2);
  });
});

describe('an invalid message', () => {
  it('a message that is nested too deeply to be measured is refused as too large', async () => {
    const lines: string[] = [];
    const { server, sessionId } = await visit({ onLog: (line) => lines.push(line) });
    const token = tokenOf(await server.joinUrl(sessionId, 'patient'));
    const { socket } = await handshake(server.url, token, sessionId);
    onTestFinished(() => socket?.destroy());
    const answer = new Promise<string>((resolve) => {
      socket!.onText = (text) => {
        if (text.startsWith('43')) resolve(text);
      };
    });
    socket!.text(`420["leave",${'['.repeat(30_000)}${']'.repeat(30_000)}]`);
    expect(await answer).toContain('"code":"message_too_large"');
    expect(lines.filter((line) => line.includes('failed to handle'))).toEqual([]);
  });

  it.each([
    ['an unknown event', 'no-such-message', [{}], 'unknown_event'],
    ['a property of Object', 'toString', [{}], 'unknown_event'],
    ['a wrong type', 'producer:pause', [{ producerId: 7 }], 'validation_failed'],
    ['an unknown field', 'leave', [{ really: true }], 'validation_failed'],
    ['null', 'leave', [null], 'validation_failed'],
    ['two payloads', 'leave', [{}, {}], 'validation_failed'],
    ['binary', 'producer:pause', [Buffer.from('hello')], 'validation_failed'],
    ['over 64 kB', 'producer:pause', [{ producerId: 'x'.repeat(70_000) }], 'message_too_large'],
    [
      'another participant’s transport',
      'transport:connect',
      [{ transportId: 'nope', dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] } }],
      'not_yours',
    ],
    [
      'unusable DTLS parameters',
      'producer:create',
      [{ transportId: 'nope', source: 'camera', rtpParameters: {}, paused: true }],
      'not_yours',
    ],
    ['a second join', 'join', [{ live: [] }], 'already_joined'],
  ])(
    'a message with %s is refused with its code, the socket stays open and nothing changes',
    async (_, event, payload, code) => {
      const { server, sessionId } = await visit();
      const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
      const patient = await ProtocolClient.join(server, sessionId, 'patient');
      const before = [...doctor.events];
      await expect(patient.send(event, ...payload)).rejects.toMatchObject({ code });
      expect(patient.socket.connected).toBe(true);
      await patient.request('consumer:ready', { consumerIds: [] });
      // Consumers and the active speaker are sent unasked.
      const told = ([name]: readonly [string, ...unknown[]]) => name.startsWith('participant:');
      expect(doctor.events.filter(told)).toEqual(before.filter(told));
    },
  );

  it.each([
    ['join', { live: [] }, 'not_prepared'],
    ['producer:pause', { producerId: 'x' }, 'not_joined'],
    ['consumer:ready', { consumerIds: [] }, 'not_prepared'],
  ])('a message before its phase (%s) is refused with its code', async (event, payload, code) => {
    const { server, sessionId } = await visit();
    const patient = await connected(server, sessionId, 'patient');
    await expect(patient.send(event, payload)).rejects.toMatchObject({ code });
    await patient.enter();
  });

  it('a message about another participant’s producer is refused and does not affect it', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const producerId = await doctor.produce('camera', false);
    for (const message of ['producer:pause', 'producer:resume', 'producer:close'] as const) {
      await expect(patient.request(message, { producerId })).rejects.toMatchObject({ code: 'not_yours' });
    }
    await doctor.request('producer:pause', { producerId });
  });

  it('parameters that mediasoup rejects are refused, and a valid message works afterwards', async () => {
    const { server, sessionId } = await visit();
    const patient = await connected(server, sessionId, 'patient');
    await patient.prepare();
    const transportId = patient.prepared!.sendTransport.id;
    const bad = { transportId, source: 'camera', rtpParameters: { codecs: [] }, paused: true };
    await expect(patient.send('producer:create', bad)).rejects.toMatchObject({ code: 'bad_media' });
    await patient.produce('camera');
  });

  it('a message without an ack has no effect', async () => {
    const { server, sessionId } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    patient.socket.emit('producer:pause', { producerId: 'nope' });
    await patient.request('consumer:ready', { consumerIds: ['nope'] });
    expect(patient.socket.connected).toBe(true);
  });
});
