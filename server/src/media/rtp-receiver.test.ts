import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createWorker } from 'mediasoup';
import type { DirectTransport, Router, Worker } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { mediaCodecs } from './media-worker.ts';
import { RtpReceiver, type RtpReceiverOptions } from './rtp-receiver.ts';
import type { RtpStream, UdpAddress } from './rtp-stream.ts';
import { FakeCamera } from './testing/fake-camera.ts';
import { FakeMicrophone } from './testing/fake-microphone.ts';

const patience = { timeout: 15_000 };
/** A receiver report without reports, and a picture loss indication (RFC 4585, 6.3.1). */
const RECEIVER_REPORT = [0x80, 201, 0, 1, 0, 0, 0, 1];
const PICTURE_LOSS = [0x81, 206, 0, 2, 0, 0, 0, 1];

let worker: Worker;
let router: Router;
let sending: DirectTransport;

/** A receiver that logs its events and the packets of each stream. */
function openReceiver({
  resumed = true,
  ...options
}: Partial<RtpReceiverOptions> & { resumed?: boolean } = {}) {
  const events: string[] = [];
  const streams: RtpStream[] = [];
  const packets = new Map<string, Buffer[]>();
  const demandChanges: string[] = [];
  const receiver = new RtpReceiver(
    router,
    {
      receiverId: 'recorder',
      delivery: {
        kind: 'packets',
        onPacket: ({ producerId }, packet) =>
          packets.set(producerId, [...(packets.get(producerId) ?? []), packet]),
      },
      listener: {
        streamStarted: (stream) => {
          streams.push(stream);
          events.push(`started ${stream.source}`);
          // The worker may close before it responds.
          if (resumed) stream.resume().catch(() => undefined);
        },
        streamPaused: ({ source }) => events.push(`paused ${source}`),
        streamResumed: ({ source }) => events.push(`resumed ${source}`),
        streamClosed: ({ source }) => events.push(`closed ${source}`),
        closed: (reason) => events.push(`receiver ${reason}`),
      },
      ...options,
    },
    (producerId) => demandChanges.push(producerId),
  );
  return { receiver, events, streams, packets, demandChanges };
}

async function microphone() {
  const { producer } = await FakeMicrophone.create(sending, 1111);
  return { producer, userId: 'doctor', source: 'microphone' } as const;
}

async function camera() {
  const fake = await FakeCamera.create(sending, 2222);
  return { fake, stream: { producer: fake.producer, userId: 'doctor', source: 'camera' } as const };
}

/** A loopback socket that stands for the receiving process. */
async function openSocket(): Promise<{ socket: Socket; port: number; packets: Buffer[] }> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const packets: Buffer[] = [];
  socket.on('message', (packet) => packets.push(packet));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port, packets };
}

const ssrcOf = (packet: Buffer) => packet.readUInt32BE(8);
const isRtcp = (packet: Buffer) => packet.readUInt8(1) >= 192 && packet.readUInt8(1) <= 223;

beforeEach(async () => {
  worker = await createWorker({ logLevel: 'warn' });
  router = await worker.createRouter({ mediaCodecs: mediaCodecs(false) });
  sending = await router.createDirectTransport();
});

afterEach(() => worker.close());

describe('RtpReceiver with packets in this process', { timeout: 40_000 }, () => {
  it('delivers the packets of a stream with the parameters that it reports', async () => {
    const { receiver, streams, packets, events } = openReceiver();
    const stream = await microphone();
    await receiver.consume(stream);
    expect(events).toEqual(['started microphone']);
    const { rtpParameters } = streams[0]!;
    expect(streams[0]).toMatchObject({ userId: 'doctor', kind: 'audio', origin: null });
    expect(rtpParameters.codecs.map(({ mimeType }) => mimeType)).toEqual(['audio/opus']);
    const received = () => packets.get(stream.producer.id) ?? [];
    await expect.poll(() => received().length, patience).toBeGreaterThan(10);
    expect(ssrcOf(received()[0]!)).toBe(rtpParameters.encodings![0]!.ssrc);
  });

  it('delivers no packet before resume() and none after pause()', async () => {
    const { receiver, streams, packets } = openReceiver({ resumed: false });
    const [sound, { stream: picture }] = [await microphone(), await camera()];
    await Promise.all([receiver.consume(sound), receiver.consume(picture)]);
    const [first, second] = streams.map(
      ({ producerId }) =>
        () =>
          packets.get(producerId)?.length ?? 0,
    );
    await streams[0]!.resume();
    await expect.poll(first!, patience).toBeGreaterThan(10);
    expect(second!()).toBe(0);
    await streams[0]!.pause();
    const before = first!();
    await streams[1]!.resume();
    await expect.poll(second!, patience).toBeGreaterThan(10);
    // Packets may have been under way when the worker confirmed the pause.
    expect(first!() - before).toBeLessThan(3);
  });

  it('creates video without retransmissions or bandwidth estimation', async () => {
    const { receiver, streams } = openReceiver();
    await receiver.consume((await camera()).stream);
    const { codecs, headerExtensions } = streams[0]!.rtpParameters;
    expect(codecs.map(({ mimeType }) => mimeType)).toEqual(['video/VP8']);
    expect(codecs[0]!.rtcpFeedback).toContainEqual({ type: 'nack', parameter: 'pli' });
    expect(codecs[0]!.rtcpFeedback!.map(({ type }) => type)).not.toContain('transport-cc');
    expect(headerExtensions).toEqual([]);
  });

  it('requests a key frame from the sender on requestKeyFrame()', async () => {
    const { receiver, streams, packets } = openReceiver();
    const { fake, stream } = await camera();
    await receiver.consume(stream);
    await expect.poll(() => packets.get(stream.producer.id)?.length ?? 0, patience).toBeGreaterThan(5);
    const before = fake.keyFrameRequests;
    await streams[0]!.requestKeyFrame();
    await expect.poll(() => fake.keyFrameRequests, patience).toBeGreaterThan(before);
  });

  it('reports when the sender pauses, resumes and closes a stream', async () => {
    const { receiver, events, streams } = openReceiver();
    const stream = await microphone();
    await stream.producer.pause();
    await receiver.consume(stream);
    expect(streams[0]!.senderPaused).toBe(true);
    await stream.producer.resume();
    await expect.poll(() => events, patience).toContain('resumed microphone');
    expect(streams[0]!.senderPaused).toBe(false);
    await stream.producer.pause();
    await expect.poll(() => events, patience).toContain('paused microphone');
    stream.producer.close();
    await expect.poll(() => events.at(-1), patience).toBe('closed microphone');
    expect(receiver.streams).toEqual([]);
    expect(receiver.closed).toBe(false);
    await expect(streams[0]!.requestKeyFrame()).rejects.toMatchObject({ code: 'media_unavailable' });
  });

  it('demands the top layer of a camera while the stream runs', async () => {
    const { receiver, streams, demandChanges } = openReceiver({ resumed: false });
    const [sound, { stream }] = [await microphone(), await camera()];
    await Promise.all([receiver.consume(sound), receiver.consume(stream)]);
    const demand = () => receiver.demandOf(stream.producer.id);
    expect(demand()).toBeNull();
    for (const one of streams) await one.resume();
    expect(demand()).toBe(2);
    expect(receiver.demandOf(sound.producer.id)).toBeNull();
    const running = streams.find(({ source }) => source === 'camera')!;
    await running.pause();
    expect(demand()).toBeNull();
    await running.resume();
    demandChanges.length = 0;
    receiver.stopConsuming(stream.producer.id);
    expect(demand()).toBeNull();
    expect(demandChanges).toEqual([stream.producer.id]);
  });

  it('consume() opens one stream when called concurrently', async () => {
    const { receiver, events } = openReceiver();
    const stream = await microphone();
    await Promise.all([receiver.consume(stream), receiver.consume(stream)]);
    await receiver.consume(stream);
    expect(events).toEqual(['started microphone']);
    expect(receiver.consumerCount).toBe(1);
  });

  it('stopConsuming() closes a stream, and one that is being opened before it starts', async () => {
    const { receiver, events } = openReceiver();
    const [sound, { stream: picture }] = [await microphone(), await camera()];
    await receiver.consume(sound);
    const consuming = receiver.consume(picture);
    receiver.stopConsuming(sound.producer.id);
    receiver.stopConsuming(picture.producer.id);
    await consuming;
    expect(events).toEqual(['started microphone', 'closed microphone']);
    const { transportIds } = await router.dump();
    expect(transportIds).toEqual([sending.id]);
  });

  it('close() closes its streams and transports, reports the reason once and is idempotent', async () => {
    const { receiver, events } = openReceiver();
    await receiver.consume(await microphone());
    let closed = 0;
    receiver.onClose(() => (closed += 1));
    receiver.close();
    receiver.close('router_closed');
    receiver.onClose(() => (closed += 1));
    expect(events).toEqual(['started microphone', 'closed microphone', 'receiver requested']);
    expect(closed).toBe(2);
    expect((await router.dump()).transportIds).toEqual([sending.id]);
    await expect(receiver.consume((await camera()).stream)).rejects.toMatchObject({
      code: 'media_unavailable',
    });
  });

  it('closes its streams with the router, and then refuses others', async () => {
    const { receiver, events } = openReceiver();
    const { stream } = await camera();
    await receiver.consume(await microphone());
    router.close();
    expect(events).toEqual(['started microphone', 'closed microphone']);
    await expect(receiver.consume(stream)).rejects.toMatchObject({ code: 'media_unavailable' });
  });
});

describe('RtpReceiver with UDP to another process', { timeout: 40_000 }, () => {
  it('sends RTP and RTCP of a stream to one port', async () => {
    const { port, packets } = await openSocket();
    const asked: string[] = [];
    const { receiver, streams } = openReceiver({
      delivery: {
        kind: 'udp',
        destinationOf: ({ userId, source, kind }) => {
          asked.push(`${userId} ${source} ${kind}`);
          return { ip: '127.0.0.1', port };
        },
      },
    });
    await receiver.consume(await microphone());
    await expect.poll(() => packets.filter(isRtcp).length, patience).toBeGreaterThan(0);
    const rtp = packets.filter((packet) => !isRtcp(packet));
    expect(rtp.length).toBeGreaterThan(10);
    expect(ssrcOf(rtp[0]!)).toBe(streams[0]!.rtpParameters.encodings![0]!.ssrc);
    expect(asked).toEqual(['doctor microphone audio']);
  });

  it('sends RTCP to a port of its own if the destination has one', async () => {
    const [rtp, rtcp] = [await openSocket(), await openSocket()];
    const address: UdpAddress = { ip: '127.0.0.1', port: rtp.port, rtcpPort: rtcp.port };
    const { receiver, streams } = openReceiver({
      delivery: { kind: 'udp', destinationOf: () => Promise.resolve(address) },
    });
    await receiver.consume(await microphone());
    await expect.poll(() => rtcp.packets.filter(isRtcp).length, patience).toBeGreaterThan(0);
    await expect.poll(() => rtp.packets.length, patience).toBeGreaterThan(10);
    expect(rtp.packets.filter(isRtcp)).toEqual([]);
    expect(streams[0]!.origin?.rtcpPort).not.toBe(streams[0]!.origin?.port);
  });

  it('forwards a picture loss indication of the process to the sender', async () => {
    const { socket, port, packets } = await openSocket();
    const { receiver, streams } = openReceiver({
      delivery: { kind: 'udp', destinationOf: () => ({ ip: '127.0.0.1', port }) },
    });
    const { fake, stream } = await camera();
    await receiver.consume(stream);
    await expect.poll(() => packets.length, patience).toBeGreaterThan(5);
    const before = fake.keyFrameRequests;
    const ssrc = Buffer.alloc(4);
    ssrc.writeUInt32BE(streams[0]!.rtpParameters.encodings![0]!.ssrc!);
    const { ip, port: rtcpPort } = streams[0]!.origin!;
    socket.send(Buffer.from([...RECEIVER_REPORT, ...PICTURE_LOSS, ...ssrc]), rtcpPort, ip);
    await expect.poll(() => fake.keyFrameRequests, patience).toBeGreaterThan(before);
  });

  it('consume() rejects if the destination is unavailable, and succeeds when called again', async () => {
    const { port } = await openSocket();
    let fails = true;
    const { receiver, events } = openReceiver({
      delivery: {
        kind: 'udp',
        destinationOf: () => {
          if (fails) throw new Error('no port left');
          return { ip: '127.0.0.1', port };
        },
      },
    });
    const stream = await microphone();
    await expect(receiver.consume(stream)).rejects.toThrow('no port left');
    expect((await router.dump()).transportIds).toEqual([sending.id]);
    fails = false;
    await receiver.consume(stream);
    expect(events).toEqual(['started microphone']);
  });

  it('consume() rejects an invalid destination and leaves no transport', async () => {
    const { receiver } = openReceiver({
      delivery: { kind: 'udp', destinationOf: () => ({ ip: 'nowhere', port: 1 }) },
    });
    await expect(receiver.consume(await microphone())).rejects.toMatchObject({ code: 'bad_media' });
    expect((await router.dump()).transportIds).toEqual([sending.id]);
  });
});
