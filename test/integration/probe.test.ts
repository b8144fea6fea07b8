import { PROBE_PATHS, type ProbePath } from '@televisit/shared/vocabulary';
import { type ProbeResult } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { MediaView } from '@televisit/server/media/testing/media-view';
import { startServer } from '../support/infra/start-server.ts';

const LIFE_MS = 20_000;

const dtlsParameters = {
  role: 'client' as const,
  fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }],
};

async function preview() {
  const clock = new ManualClock();
  const media = new MediaView();
  const server = await startServer({ clock });
  const { sessionId } = await server.createVisit();
  const patient = await ProtocolClient.open(server, sessionId, 'patient');
  return { clock, media, server, sessionId, patient };
}

async function open(one: ProtocolClient, path: ProbePath): Promise<ProbeResult> {
  const { rtpCapabilities } = await one.bootstrap();
  return one.request('probe:open', { path, rtpCapabilities: rtpCapabilities as Record<string, unknown> });
}

describe('probe:open', () => {
  it.each([
    ['udp', ['udp']],
    ['tcp', ['tcp']],
    ['turn', ['tcp', 'udp']],
  ] as const)(
    'a probe of %s offers candidates of %j only, and a stream of silence',
    async (path, protocols) => {
      const { patient } = await preview();
      const { transport, consumer } = await open(patient, path);
      const offered = (transport.iceCandidates as { protocol: string }[]).map(({ protocol }) => protocol);
      expect([...new Set(offered)].sort()).toEqual(protocols);
      expect(consumer).toMatchObject({ kind: 'audio', userId: null, source: null });
    },
  );

  it('a probe uses the ports of the visit’s own media', async () => {
    const { patient } = await preview();
    const { receiveTransport } = await patient.prepare();
    const ports = (candidates: readonly object[]) =>
      new Set((candidates as { port: number }[]).map(({ port }) => port));
    const { transport } = await open(patient, 'udp');
    for (const port of ports(transport.iceCandidates)) {
      expect(ports(receiveTransport.iceCandidates)).toContain(port);
    }
  });

  it('a probe needs no prepare, and its transport connects like any other, once', async () => {
    const { patient } = await preview();
    const { transport } = await open(patient, 'udp');
    const connect = { transportId: transport.id, dtlsParameters };
    await patient.request('transport:connect', connect);
    await expect(patient.request('transport:connect', connect)).rejects.toMatchObject({ code: 'bad_media' });
  });

  it('a probe does not affect the transports of the visit', async () => {
    const { media, patient } = await preview();
    const { sendTransport, receiveTransport } = await patient.prepare();
    for (const path of PROBE_PATHS) await open(patient, path);
    await patient.request('probe:close', {});
    for (const { id } of [sendTransport, receiveTransport]) expect(media.transports.has(id)).toBe(true);
    const transportId = receiveTransport.id;
    await patient.request('transport:connect', { transportId, dtlsParameters });
  });

  it('a second probe closes the previous one of the same path, and no other', async () => {
    const { media, patient } = await preview();
    const udp = await open(patient, 'udp');
    const tcp = await open(patient, 'tcp');
    await open(patient, 'udp');
    expect(media.transports.has(udp.transport.id)).toBe(false);
    expect(media.transports.has(tcp.transport.id)).toBe(true);
  });

  it('too many probes are refused, and allowed again after a while', async () => {
    const { clock, media, patient } = await preview();
    await open(patient, 'udp');
    const live = media.transports.size;
    for (let more = 1; more < 9; more++) await open(patient, 'udp');
    await expect(open(patient, 'udp')).rejects.toMatchObject({ code: 'too_many_messages' });
    expect(media.transports.size).toBe(live);
    clock.advance(10_000);
    await open(patient, 'udp');
  });

  it.each([{}, { codecs: 7 }])(
    'a probe with capabilities %j is refused and leaves nothing behind',
    async (capabilities) => {
      const { media, patient } = await preview();
      await patient.prepare();
      const before = media.transports.size;
      await expect(
        patient.request('probe:open', { path: 'udp', rtpCapabilities: capabilities }),
      ).rejects.toMatchObject({ code: 'bad_media' });
      expect(media.transports.size).toBe(before);
    },
  );
});

describe('the transport of a connection test', () => {
  it('a probe closes after 20 s, and cannot be used afterwards', async () => {
    const { clock, media, patient } = await preview();
    const { transport } = await open(patient, 'udp');
    await patient.prepare();
    clock.advance(LIFE_MS - 1);
    expect(media.transports.has(transport.id)).toBe(true);
    clock.advance(1);
    expect(media.transports.has(transport.id)).toBe(false);
    await expect(
      patient.request('transport:connect', { transportId: transport.id, dtlsParameters }),
    ).rejects.toMatchObject({ code: 'not_yours' });
  });

  it('probe:close closes the probe and is idempotent', async () => {
    const { media, patient } = await preview();
    const opened = [await open(patient, 'udp'), await open(patient, 'turn')];
    await patient.request('probe:close', {});
    await patient.request('probe:close', {});
    for (const { transport } of opened) expect(media.transports.has(transport.id)).toBe(false);
  });

  it('a probe belongs to the connection that opened it, and closes with it', async () => {
    const { clock, media, server, sessionId, patient } = await preview();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const { transport } = await open(patient, 'udp');
    await expect(
      doctor.request('transport:connect', { transportId: transport.id, dtlsParameters }),
    ).rejects.toMatchObject({ code: 'not_yours' });
    patient.drop();
    await expect.poll(() => media.transports.has(transport.id)).toBe(false);
    doctor.socket.disconnect();
    await expect.poll(() => media.routers.size).toBe(0);
    expect([media.transports.size, media.producers.size, media.consumers.size]).toEqual([0, 0, 0]);
    // Its timer is gone too.
    clock.advance(LIFE_MS);
  });
});
