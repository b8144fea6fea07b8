import pino from 'pino';
import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import type { AudiencePolicy, Recipient, SentStream } from './audience-policy.ts';
import { LOWER_AFTER_MS, type Demand } from './camera-demand.ts';
import { clientRtpCapabilities, mediaCodecs } from './media-worker.ts';
import { MediaNode } from './media-node.ts';
import { CONNECT_TIMEOUT_MS, type PeerMedia } from './peer-media.ts';
import { RAMP_UP_MS } from './received-stream.ts';
import type { RtpReceiverOptions } from './rtp-receiver.ts';
import type { RtpStream } from './rtp-stream.ts';
import type { SessionRouter } from './session-router.ts';

const patience = { timeout: 15_000 };
const DEVICES = ['microphone', 'camera'] as const;
const FINGERPRINT = {
  algorithm: 'sha-256',
  value: Array.from({ length: 32 }, () => 'AB').join(':'),
} as const;
const DTLS = { role: 'client' as const, fingerprints: [FINGERPRINT] };
const rtpCapabilities = clientRtpCapabilities(mediaCodecs(false));

let clock: ManualClock;
let node: MediaNode;
let lastSsrc = 1000;

/** An audience policy that denies the pairs of a set, written "recipient < sender source". */
class DenyList implements AudiencePolicy {
  readonly denied = new Set<string>();

  mayReceive(recipient: Recipient, { userId, source }: SentStream): boolean {
    const id = recipient.kind === 'participant' ? recipient.userId : recipient.receiverId;
    return id !== userId && !this.denied.has(`${id} < ${userId} ${source}`);
  }
}

interface Member {
  readonly peer: PeerMedia;
  readonly events: string[];
  readonly demands: Demand[];
  /** The streams that its browser has consumers of, sorted. */
  readonly streams: () => string[];
  readonly consumerOf: (stream: string) => ConsumerParameters;
}

const nameOf = ({ userId, source }: { userId: string | null; source: Source | null }) =>
  `${userId} ${source}`;

async function connect(
  router: SessionRouter,
  userId: string,
  capabilities = rtpCapabilities,
): Promise<Member> {
  const events: string[] = [];
  const demands: Demand[] = [];
  const names = new Map<string, string>();
  const peer = await router.createPeer({
    userId,
    rtpCapabilities: capabilities,
    listener: {
      consumerNew: (consumer) => {
        names.set(consumer.consumerId, nameOf(consumer));
        events.push(`new ${nameOf(consumer)}`);
      },
      consumerClosed: (id) => events.push(`closed ${names.get(id) ?? 'unknown'}`),
      cameraDemand: (demand) => demands.push(demand),
      consumerUndecodable: (stream) => events.push(`undecodable ${nameOf(stream)}`),
      producerUndecodable: (source) => events.push(`own ${source} undecodable`),
      unconnected: ({ direction, iceState }) => events.push(`unconnected ${direction} ${iceState}`),
    },
  });
  for (const consumer of peer.consumers) names.set(consumer.consumerId, nameOf(consumer));
  const streams = () =>
    peer.consumers
      .filter((one) => one.source !== null)
      .map(nameOf)
      .sort();
  const consumerOf = (stream: string) => peer.consumers.find((one) => nameOf(one) === stream)!;
  return { peer, events, demands, streams, consumerOf };
}

async function produce({ peer }: Member, source: Source) {
  lastSsrc += 1;
  const audio = { mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2 };
  const video = { mimeType: 'video/VP8', payloadType: 96, clockRate: 90000 };
  const codec = source === 'camera' || source === 'screen' ? video : audio;
  const rtpParameters = { codecs: [codec], encodings: [{ ssrc: lastSsrc }], rtcp: { cname: peer.userId } };
  return peer.produce(peer.sendTransport.id, source, rtpParameters, false);
}

async function join(router: SessionRouter, userId: string, sources: readonly Source[] = DEVICES) {
  const member = await connect(router, userId);
  for (const source of sources) await produce(member, source);
  await member.peer.publish([]);
  router.createPeerConsumers(member.peer);
  return member;
}

/** Opens a receiver that logs its events. */
async function openReceiver(router: SessionRouter, options: Partial<RtpReceiverOptions> = {}) {
  const events: string[] = [];
  const streams = new Map<string, RtpStream>();
  const receiver = await router.openReceiver({
    receiverId: 'recorder',
    delivery: { kind: 'packets', onPacket: () => undefined },
    listener: {
      streamStarted: (stream) => {
        streams.set(nameOf(stream), stream);
        events.push(`started ${nameOf(stream)}`);
      },
      streamPaused: (stream) => events.push(`paused ${nameOf(stream)}`),
      streamResumed: (stream) => events.push(`resumed ${nameOf(stream)}`),
      streamClosed: (stream) => events.push(`closed ${nameOf(stream)}`),
      closed: (reason) => events.push(reason),
    },
    ...options,
  });
  return { receiver, events, streams, received: () => receiver.streams.map(nameOf).sort() };
}

const startNode = (workers: number, consumersPerRouter?: number) =>
  MediaNode.start({
    nodeId: 'test',
    listenIps: ['127.0.0.1'],
    ports: Array.from({ length: workers }, () => 0),
    codecs: mediaCodecs(false),
    ...(consumersPerRouter === undefined ? {} : { consumersPerRouter }),
    clock,
    logger: pino({ level: 'silent' }),
  });

/** The number of transports that the workers report. */
async function transportCount(): Promise<number> {
  const servers = await Promise.all(node.workers.map((worker) => worker.webRtcServer.dump()));
  return servers.flatMap(({ webRtcTransportIds }) => webRtcTransportIds).length;
}

beforeEach(async () => {
  clock = new ManualClock();
  node = await startNode(1);
});

afterEach(() => node.close());

describe('SessionRouter with an audience policy', { timeout: 40_000 }, () => {
  it('creates consumers of everyone else’s streams by default, also for connections of one user', async () => {
    const router = await node.createSessionRouter();
    const doctor = await join(router, 'doctor');
    const patient = await join(router, 'patient');
    const second = await connect(router, 'doctor');
    await expect.poll(doctor.streams, patience).toEqual(['patient camera', 'patient microphone']);
    expect(patient.streams()).toEqual(['doctor camera', 'doctor microphone']);
    expect(second.streams()).toEqual(['patient camera', 'patient microphone']);
  });

  it('creates no consumer that the policy denies, of present or of new streams', async () => {
    const audience = new DenyList();
    audience.denied.add('patient < doctor camera').add('patient < doctor screen');
    const router = await node.createSessionRouter(audience);
    const doctor = await join(router, 'doctor');
    const patient = await join(router, 'patient');
    const guest = await join(router, 'guest');
    router.createConsumers(doctor.peer, await produce(doctor, 'screen'), 'screen');
    await expect.poll(guest.streams, patience).toContain('doctor screen');
    expect(patient.streams()).toEqual(['doctor microphone', 'guest camera', 'guest microphone']);
  });

  it('audienceChanged() closes denied consumers and creates allowed ones, and notifies the client', async () => {
    const audience = new DenyList();
    audience.denied.add('patient < guest camera');
    const router = await node.createSessionRouter(audience);
    const patient = await join(router, 'patient');
    await join(router, 'guest');
    await expect.poll(patient.streams, patience).toEqual(['guest microphone']);
    patient.events.length = 0;
    audience.denied.clear();
    audience.denied.add('patient < guest microphone');
    router.audienceChanged();
    await expect.poll(patient.streams, patience).toEqual(['guest camera']);
    expect(patient.events.sort()).toEqual(['closed guest microphone', 'new guest camera']);
    router.audienceChanged();
    audience.denied.clear();
    router.audienceChanged();
    await expect.poll(patient.streams, patience).toEqual(['guest camera', 'guest microphone']);
  });

  it('audienceChanged() leaves the warm-up consumer and connection tests open', async () => {
    const audience = new DenyList();
    const router = await node.createSessionRouter(audience);
    const patient = await join(router, 'patient');
    const probe = await router.openProbe('udp', rtpCapabilities);
    audience.mayReceive = () => false;
    router.audienceChanged();
    expect(patient.peer.consumers).toMatchObject([{ userId: null, kind: 'audio' }]);
    expect(probe.closed).toBe(false);
  });

  it('audienceChanged() during the creation of a consumer applies the latest answer', async () => {
    const audience = new DenyList();
    const router = await node.createSessionRouter(audience);
    const patient = await join(router, 'patient', []);
    const doctor = await join(router, 'doctor', []);
    const camera = await produce(doctor, 'camera');
    router.createConsumers(doctor.peer, camera, 'camera');
    audience.denied.add('patient < doctor camera');
    router.audienceChanged();
    const microphone = await produce(doctor, 'microphone');
    router.createConsumers(doctor.peer, microphone, 'microphone');
    await expect.poll(patient.streams, patience).toEqual(['doctor microphone']);
    expect(patient.events).toEqual(['new doctor microphone']);
    for (let round = 0; round < 5; round++) {
      audience.denied.clear();
      router.audienceChanged();
      audience.denied.add('patient < doctor camera');
      router.audienceChanged();
    }
    audience.denied.clear();
    router.audienceChanged();
    await expect.poll(patient.streams, patience).toEqual(['doctor camera', 'doctor microphone']);
    expect(patient.peer.receiver.consumerCount).toBe(3);
  });

  it('lowers the demand for a camera when its last audience is denied, and raises it when allowed again', async () => {
    const audience = new DenyList();
    const router = await node.createSessionRouter(audience);
    const patient = await join(router, 'patient', []);
    const doctor = await join(router, 'doctor', ['camera']);
    await expect.poll(patient.streams, patience).toEqual(['doctor camera']);
    const { consumerId } = patient.consumerOf('doctor camera');
    await patient.peer.consumersReady([consumerId]);
    clock.advance(RAMP_UP_MS);
    await expect.poll(() => doctor.demands.at(-1), patience).toBe(2);
    audience.denied.add('patient < doctor camera');
    router.audienceChanged();
    clock.advance(LOWER_AFTER_MS);
    expect(doctor.demands.at(-1)).toBeNull();
    audience.denied.clear();
    router.audienceChanged();
    await expect.poll(() => doctor.demands.at(-1), patience).toBe(0);
  });

  it('applies the policy across workers', async () => {
    node.close();
    node = await startNode(2, 4);
    const audience = new DenyList();
    const router = await node.createSessionRouter(audience);
    const members = [];
    for (const userId of ['doctor', 'patient', 'guest', 'other']) members.push(await join(router, userId));
    const [doctor, , guest] = members as [Member, Member, Member, Member];
    expect(node.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
    await expect.poll(() => guest.streams().length, patience).toBe(6);
    for (const source of DEVICES) audience.denied.add(`guest < doctor ${source}`);
    router.audienceChanged();
    expect(guest.streams().filter((stream) => stream.startsWith('doctor'))).toEqual([]);
    await expect.poll(doctor.streams, patience).toContain('guest camera');
    audience.denied.clear();
    router.audienceChanged();
    await expect.poll(() => guest.streams().length, patience).toBe(6);
  });

  it('audienceChanged() while a stream is piped to another worker applies the latest answer', async () => {
    node.close();
    node = await startNode(2, 2);
    const audience = new DenyList();
    const router = await node.createSessionRouter(audience);
    const doctor = await join(router, 'doctor', []);
    const patient = await join(router, 'patient', []);
    expect(node.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
    router.createConsumers(doctor.peer, await produce(doctor, 'screen'), 'screen');
    audience.denied.add('patient < doctor screen');
    router.audienceChanged();
    router.createConsumers(doctor.peer, await produce(doctor, 'camera'), 'camera');
    await expect.poll(patient.streams, patience).toEqual(['doctor camera']);
    expect(patient.events).toEqual(['new doctor camera']);
  });
});

describe('PeerMedia.connectTransport', { timeout: 40_000 }, () => {
  it('reports a transport that the client has set up and that no packet reached in time, once', async () => {
    const router = await node.createSessionRouter();
    const { peer, events } = await connect(router, 'doctor');
    await peer.connectTransport(peer.receiveTransport.id, DTLS);
    clock.advance(CONNECT_TIMEOUT_MS - 1);
    expect(events).toEqual([]);
    clock.advance(1);
    clock.advance(CONNECT_TIMEOUT_MS);
    expect(events).toEqual(['unconnected receive new']);
  });

  it('reports nothing of a transport that closed before', async () => {
    const router = await node.createSessionRouter();
    const { peer, events } = await connect(router, 'doctor');
    await peer.connectTransport(peer.sendTransport.id, DTLS);
    peer.close();
    clock.advance(CONNECT_TIMEOUT_MS);
    expect(events).toEqual([]);
  });
});

describe('a stream that a participant cannot decode', { timeout: 40_000 }, () => {
  it('the router reports an undecodable stream to its receiver and its owner, present and new', async () => {
    const router = await node.createSessionRouter();
    const codecs = rtpCapabilities.codecs?.filter(({ mimeType }) => mimeType !== 'video/VP8') ?? [];
    const doctor = await join(router, 'doctor');
    const patient = await connect(router, 'patient', { ...rtpCapabilities, codecs });
    expect(patient.events).toEqual(['undecodable doctor camera']);
    expect(doctor.events).toEqual(['own camera undecodable']);
    expect(patient.streams()).toEqual(['doctor microphone']);
    const guest = await join(router, 'guest', ['camera']);
    await expect.poll(() => patient.events).toContain('undecodable guest camera');
    expect(guest.events).toContain('own camera undecodable');
  });
});

describe('SessionRouter.openReceiver', { timeout: 40_000 }, () => {
  it('reports current and future streams of joined participants, without being a participant', async () => {
    const router = await node.createSessionRouter();
    const doctor = await join(router, 'doctor');
    const preview = await connect(router, 'patient');
    await produce(preview, 'camera');
    const { receiver, events, received } = await openReceiver(router);
    await expect.poll(received, patience).toEqual(['doctor camera', 'doctor microphone']);
    await preview.peer.publish([]);
    router.createPeerConsumers(preview.peer);
    await expect.poll(() => events.at(-1), patience).toBe('started patient camera');
    expect(router.participantCount).toBe(2);
    const without = router.consumerCount - receiver.consumerCount;
    expect(receiver.consumerCount).toBe(3);
    expect(without).toBe(doctor.peer.consumers.length + preview.peer.consumers.length);
    receiver.close();
    expect(router.consumerCount).toBe(without);
  });

  it('reports only streams of its sources that the policy allows', async () => {
    const audience = new DenyList();
    audience.denied.add('captions < guest microphone');
    const router = await node.createSessionRouter(audience);
    await join(router, 'doctor');
    await join(router, 'guest');
    const { events, received } = await openReceiver(router, {
      receiverId: 'captions',
      sources: ['microphone'],
    });
    await expect.poll(received, patience).toEqual(['doctor microphone']);
    audience.denied.clear();
    router.audienceChanged();
    await expect.poll(received, patience).toEqual(['doctor microphone', 'guest microphone']);
    audience.denied.add('captions < doctor microphone');
    router.audienceChanged();
    expect(events.at(-1)).toBe('closed doctor microphone');
    expect(received()).toEqual(['guest microphone']);
  });

  it('reports when a participant pauses, resumes, replaces and closes streams, and leaves', async () => {
    const router = await node.createSessionRouter();
    const doctor = await join(router, 'doctor');
    const { events, received, streams } = await openReceiver(router);
    await expect.poll(received, patience).toHaveLength(2);
    events.length = 0;
    const { producerId } = streams.get('doctor microphone')!;
    await doctor.peer.pauseProducer(producerId);
    await expect.poll(() => events, patience).toEqual(['paused doctor microphone']);
    await doctor.peer.resumeProducer(producerId);
    await expect.poll(() => events.at(-1), patience).toBe('resumed doctor microphone');
    const next = await produce(doctor, 'microphone');
    router.createConsumers(doctor.peer, next, 'microphone');
    await expect.poll(() => streams.get('doctor microphone')?.producerId, patience).toBe(next.id);
    await expect.poll(() => events, patience).toContain('closed doctor microphone');
    events.length = 0;
    doctor.peer.close();
    await expect
      .poll(() => [...events].sort(), patience)
      .toEqual(['closed doctor camera', 'closed doctor microphone']);
  });

  it('keeps the camera of a participant on its top layer while its stream runs', async () => {
    const router = await node.createSessionRouter();
    const doctor = await join(router, 'doctor', ['camera']);
    await expect.poll(() => doctor.demands, patience).toEqual([null]);
    const { streams, receiver, received } = await openReceiver(router);
    await expect.poll(received, patience).toEqual(['doctor camera']);
    expect(doctor.demands).toEqual([null]);
    await streams.get('doctor camera')!.resume();
    expect(doctor.demands).toEqual([null, 2]);
    receiver.close();
    clock.advance(LOWER_AFTER_MS);
    expect(doctor.demands).toEqual([null, 2, null]);
  });

  it('does not delay a camera’s first demand while a receiver is not ready', async () => {
    const router = await node.createSessionRouter();
    const never = new Promise<never>(() => undefined);
    await openReceiver(router, { delivery: { kind: 'udp', destinationOf: () => never } });
    const doctor = await join(router, 'doctor', ['camera']);
    await expect.poll(() => doctor.demands, patience).toEqual([null]);
  });

  it('receives streams from another worker', async () => {
    node.close();
    node = await startNode(2, 2);
    const router = await node.createSessionRouter();
    const doctor = await join(router, 'doctor');
    await join(router, 'patient');
    expect(node.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
    const { events, received, streams, receiver } = await openReceiver(router);
    await expect
      .poll(received, patience)
      .toEqual(['doctor camera', 'doctor microphone', 'patient camera', 'patient microphone']);
    await doctor.peer.pauseProducer(streams.get('doctor camera')!.producerId);
    await expect.poll(() => events, patience).toContain('paused doctor camera');
    receiver.close();
    await expect.poll(() => doctor.peer.closed, patience).toBe(false);
  });

  it('closes with the router, after its streams', async () => {
    const router = await node.createSessionRouter();
    await join(router, 'doctor', ['camera']);
    const { receiver, events, received } = await openReceiver(router);
    await expect.poll(received, patience).toHaveLength(1);
    router.close();
    expect(receiver.closed).toBe(true);
    expect(events).toEqual(['started doctor camera', 'closed doctor camera', 'router_closed']);
    await expect(openReceiver(router)).rejects.toMatchObject({ code: 'media_unavailable' });
  });

  it.each(['first', 'second'] as const)('closes with the %s of two workers', async (which) => {
    node.close();
    node = await startNode(2, 2);
    const router = await node.createSessionRouter();
    const first = node.workers.find(({ routerCount }) => routerCount === 1)!;
    await join(router, 'doctor');
    await join(router, 'patient');
    const { events, received } = await openReceiver(router);
    await expect.poll(received, patience).toHaveLength(4);
    const victim = which === 'first' ? first : node.workers.find((worker) => worker !== first)!;
    process.kill(victim.pid, 'SIGKILL');
    await expect.poll(() => events.at(-1), patience).toBe('router_closed');
    expect(events.filter((event) => event.startsWith('closed'))).toHaveLength(4);
    const next = await node.createSessionRouter();
    const again = await openReceiver(next);
    await join(next, 'doctor', ['camera']);
    await expect.poll(again.received, patience).toEqual(['doctor camera']);
  });
});

describe('SessionRouter.openProbe', { timeout: 40_000 }, () => {
  it('opens a receiver of nothing but the warm-up producer', async () => {
    const router = await node.createSessionRouter();
    const probe = await router.openProbe('udp', rtpCapabilities);
    await join(router, 'doctor');
    expect(probe.receiver.parameters).toMatchObject([{ userId: null, source: null, kind: 'audio' }]);
    expect(await transportCount()).toBe(3);
    probe.close();
    await expect.poll(transportCount, patience).toBe(2);
  });

  it('closes the probe with the router', async () => {
    const router = await node.createSessionRouter();
    const probe = await router.openProbe('tcp', rtpCapabilities);
    router.close();
    expect(probe.closed).toBe(true);
    expect(clock.waiting).toBe(0);
    await expect(router.openProbe('tcp', rtpCapabilities)).rejects.toMatchObject({
      code: 'media_unavailable',
    });
  });

  it('rejects capabilities that fit no codec and leaves no transport', async () => {
    const router = await node.createSessionRouter();
    await expect(router.openProbe('udp', { codecs: [] })).rejects.toMatchObject({ code: 'bad_media' });
    expect(await transportCount()).toBe(0);
  });
});

describe('SessionRouter.createPeer', { timeout: 40_000 }, () => {
  it('succeeds if a stream closes during the creation of its consumer', async () => {
    const audience = new DenyList();
    const router = await node.createSessionRouter(audience);
    const doctor = await join(router, 'doctor', ['camera']);
    const screen = await produce(doctor, 'screen');
    audience.mayReceive = (_, { source }) => {
      if (source === 'screen') queueMicrotask(() => screen.close());
      return true;
    };
    const patient = await connect(router, 'patient');
    expect(screen.closed).toBe(true);
    expect(patient.streams()).toEqual(['doctor camera']);
  });
});
