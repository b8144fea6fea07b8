import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import * as mediasoup from 'mediasoup';
import { mediaCodecs } from '@televisit/server/media/codecs';
import type { PlainTransport, Producer, Router, RtpParameters, Worker } from 'mediasoup/types';
import { AUDIO_SSRC, Beat, PACKETS_PER_PERSON, VIDEO_SSRC } from './beat.ts';
import { cpuSecondsOf, separate } from '../../support/process-figures.ts';
import { Srtp, SRTP_SUITE } from './srtp.ts';

const LOOPBACK = '127.0.0.1';
/** So many visits have one receiver that tells how long packets took, and one that gets them past the worker. */
const PROBED_VISITS = 8;
/** Receivers must not keep the senders waiting who share their core. */
const RECEIVER_NICENESS = 3;

const AUDIO: RtpParameters = {
  codecs: [
    {
      mimeType: 'audio/opus',
      payloadType: 100,
      clockRate: 48000,
      channels: 2,
      parameters: { useinbandfec: 1 },
    },
  ],
  encodings: [{ ssrc: AUDIO_SSRC }],
  rtcp: { cname: 'capacity' },
};
const VIDEO: RtpParameters = {
  codecs: [
    {
      mimeType: 'video/VP8',
      payloadType: 101,
      clockRate: 90000,
      rtcpFeedback: [
        { type: 'nack', parameter: '' },
        { type: 'nack', parameter: 'pli' },
      ],
    },
  ],
  encodings: [{ ssrc: VIDEO_SSRC }],
  rtcp: { cname: 'capacity' },
};

/** How long packets took from sender to receiver, in milliseconds. */
export interface Latencies {
  readonly through: number[];
  /** The same packets on the straight way: what the senders, the kernel and the receivers need by themselves. */
  readonly past: number[];
}

/**
 * Visits of two on a media worker, with real SRTP in and out: each person sends a voice and a picture and receives the
 * other's. Senders are this process; receivers are a second worker that decrypts all that comes.
 */
export class MediaLoad {
  readonly latencies: Latencies = { through: [], past: [] };
  /** Who shares which core, in words. */
  readonly sharing: string;
  readonly #worker: Worker;
  readonly #receiver: Worker;
  readonly #receiverRouter: Router;
  readonly #sending: Socket;
  readonly #beat: Beat;
  readonly #senderKey: Buffer;
  readonly #probes: Socket[] = [];
  readonly #received: Producer[] = [];
  #visits = 0;

  private constructor(worker: Worker, receiver: Worker, router: Router, sending: Socket, key: Buffer) {
    this.#worker = worker;
    this.#receiver = receiver;
    this.#receiverRouter = router;
    this.#sending = sending;
    this.#senderKey = key;
    this.#beat = new Beat(sending, key);
    this.sharing = separate(worker.pid, [receiver.pid]);
    setPriority(receiver.pid, RECEIVER_NICENESS);
  }

  static async start(): Promise<MediaLoad> {
    const [worker, receiver] = await Promise.all([mediasoup.createWorker(), mediasoup.createWorker()]);
    const router = await receiver.createRouter({ mediaCodecs: mediaCodecs(false) });
    const sending = await openSocket();
    return new MediaLoad(worker, receiver, router, sending, randomBytes(44));
  }

  /** How many visits send. */
  get visits(): number {
    return this.#beat.people / 2;
  }

  /** Streams that the worker forwards to one person each. */
  get consumers(): number {
    return this.visits * 4;
  }

  /** What it should forward, in packets a second. */
  get offered(): number {
    return this.#beat.people * PACKETS_PER_PERSON;
  }

  /** How many packets the worker has forwarded if it lost none: in a visit of two every packet goes to one person. */
  get forwarded(): number {
    return this.#beat.sent;
  }

  /** So many visits send from now on. */
  async setVisits(count: number): Promise<void> {
    // Nobody sends meanwhile: the worker would be too busy to answer.
    this.#beat.stop();
    while (this.#visits < count) await this.#addVisit();
    this.#beat.people = count * 2;
    this.#beat.start();
  }

  /** Processor time of the worker so far, the kernel's on its behalf included, in seconds. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.#worker.pid);
  }

  /** Ends the sending. @returns the share of all packets that did not arrive, from 0 to 1 */
  async finish(): Promise<number> {
    this.#beat.stop();
    const stats = await Promise.all(this.#received.map((producer) => producer.getStats()));
    const counts = stats.flat().map(({ packetCount, packetsLost }) => ({ packetCount, packetsLost }));
    const lost = counts.reduce((sum, one) => sum + Math.max(0, one.packetsLost), 0);
    const all = counts.reduce((sum, one) => sum + one.packetCount, lost);
    return all === 0 ? 1 : lost / all;
  }

  close(): void {
    this.#beat.stop();
    this.#worker.close();
    this.#receiver.close();
    for (const socket of [this.#sending, ...this.#probes]) socket.close();
  }

  async #addVisit(): Promise<void> {
    const router = await this.#worker.createRouter({ mediaCodecs: mediaCodecs(false) });
    const people = [await this.#sender(router), await this.#sender(router)] as const;
    const probed = this.#visits < PROBED_VISITS;
    for (const [index, person] of people.entries()) {
      const receives = probed && index === 0 ? this.#probe(router) : this.#receives(router);
      const transport = await receives;
      for (const producer of people[1 - index]!.producers) await this.#consume(router, transport, producer);
      this.#beat.add(person.port, this.#visits * 2 + index);
    }
    this.#visits += 1;
  }

  async #sender(router: Router): Promise<{ port: number; producers: Producer[] }> {
    const transport = await plainTransport(router, true);
    const keyBase64 = this.#senderKey.toString('base64');
    await transport.connect({ srtpParameters: { cryptoSuite: SRTP_SUITE, keyBase64 } });
    const producers = [
      await transport.produce({ kind: 'audio', rtpParameters: AUDIO }),
      await transport.produce({ kind: 'video', rtpParameters: VIDEO }),
    ];
    return { port: transport.tuple.localPort, producers };
  }

  /** Somebody's receiving transport, whose other end is on the second worker. */
  async #receives(router: Router): Promise<{ near: PlainTransport; far: PlainTransport }> {
    const [near, far] = await Promise.all([
      plainTransport(router, false),
      plainTransport(this.#receiverRouter, false),
    ]);
    const endOf = ({ tuple, srtpParameters }: PlainTransport) => ({
      ip: LOOPBACK,
      port: tuple.localPort,
      srtpParameters: srtpParameters!,
    });
    await Promise.all([near.connect(endOf(far)), far.connect(endOf(near))]);
    return { near, far };
  }

  /** The same with its other end here: it tells how long each packet took. */
  async #probe(router: Router): Promise<{ near: PlainTransport; far?: undefined }> {
    const near = await plainTransport(router, false);
    const socket = await openSocket();
    this.#probes.push(socket);
    const srtp = new Srtp(Buffer.from(near.srtpParameters!.keyBase64, 'base64'));
    this.#listen(socket, srtp, this.latencies.through);
    const { port } = socket.address();
    const keyBase64 = randomBytes(44).toString('base64');
    await near.connect({ ip: LOOPBACK, port, srtpParameters: { cryptoSuite: SRTP_SUITE, keyBase64 } });
    const straight = await openSocket();
    this.#probes.push(straight);
    this.#listen(straight, new Srtp(this.#senderKey), this.latencies.past);
    this.#beat.add(straight.address().port, this.#visits * 2 + 1, { counted: false });
    return { near };
  }

  #listen(socket: Socket, srtp: Srtp, into: number[]): void {
    socket.on('message', (packet) => {
      const now = performance.now();
      // RTCP on the same port (RFC 5761, 4).
      const type = packet[1] ?? 0;
      if (type >= 192 && type <= 223) return;
      into.push(now - Beat.sentAt(srtp.unprotect(packet)));
    });
  }

  async #consume(
    router: Router,
    { near, far }: { near: PlainTransport; far?: PlainTransport | undefined },
    producer: Producer,
  ): Promise<void> {
    const rtpCapabilities = { ...router.rtpCapabilities, headerExtensions: [] };
    const { kind, rtpParameters } = await near.consume({ producerId: producer.id, rtpCapabilities });
    if (far) this.#received.push(await far.produce({ kind, rtpParameters }));
  }
}

function plainTransport(router: Router, comedia: boolean): Promise<PlainTransport> {
  return router.createPlainTransport({
    listenInfo: { protocol: 'udp', ip: LOOPBACK },
    rtcpMux: true,
    comedia,
    enableSrtp: true,
    srtpCryptoSuite: SRTP_SUITE,
  });
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  socket.setSendBufferSize(4 * 1024 * 1024);
  return socket;
}
