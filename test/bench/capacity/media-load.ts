import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import * as mediasoup from 'mediasoup';
import { mediaCodecs } from '@televisit/server/media/media-worker';
import type { PlainTransport, Producer, Router, RtpParameters, Worker } from 'mediasoup/types';
import { AUDIO_SSRC, Beat, PACKETS_PER_PERSON, VIDEO_SSRC } from './beat.ts';
import { cpuSecondsOf, separate } from '../../support/measure/process-figures.ts';
import { Srtp, SRTP_SUITE } from '../../support/clients/srtp.ts';

const LOOPBACK = '127.0.0.1';
/** This many visits have one receiver that measures latency, and one that gets the packets past the worker. */
const PROBED_VISITS = 3;
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

/** Latency from sender to receiver, in milliseconds. */
export interface Latencies {
  readonly through: number[];
  /** The same packets without the measured worker: the latency of the second one, the kernel and the receivers. */
  readonly past: number[];
}

/** Participants of this process that send; everyone on the measured worker sends what one of them does. */
const SOURCES = 8;

/**
 * Visits of two on a media worker, with real SRTP in and out: each participant sends audio and video and receives the
 * other's. A second worker is the other end of them all: it multiplies what a few participants of this process send,
 * encrypts it for each, and decrypts all that comes back.
 */
export class MediaLoad {
  readonly latencies: Latencies = { through: [], past: [] };
  /** Which processes share which core. */
  readonly sharing: string;
  readonly #worker: Worker;
  readonly #others: Worker;
  readonly #othersRouter: Router;
  readonly #sending: Socket;
  readonly #beat: Beat;
  readonly #senderKey: Buffer;
  readonly #probes: Socket[] = [];
  readonly #sources: (readonly Producer[])[] = [];
  readonly #visits: { readonly received: readonly Producer[]; close(): void }[] = [];
  /** Packets that went through the worker before the number of visits last changed, and packets sent until then. */
  #before = { forwarded: 0, sent: 0 };

  private constructor(worker: Worker, others: Worker, router: Router, sending: Socket, key: Buffer) {
    this.#worker = worker;
    this.#others = others;
    this.#othersRouter = router;
    this.#sending = sending;
    this.#senderKey = key;
    this.#beat = new Beat(sending, key);
    this.sharing = separate(worker.pid, [others.pid]);
  }

  static async start(): Promise<MediaLoad> {
    const [worker, others] = await Promise.all([mediasoup.createWorker(), mediasoup.createWorker()]);
    const router = await others.createRouter({ mediaCodecs: mediaCodecs(false) });
    const load = new MediaLoad(worker, others, router, await openSocket(), randomBytes(44));
    for (let person = 0; person < SOURCES; person++) await load.#addSource(person);
    return load;
  }

  /** Visits that send. */
  get visits(): number {
    return this.#visits.length;
  }

  /** Streams that the worker forwards to one participant each. */
  get consumers(): number {
    return this.visits * 4;
  }

  /** Packets that it should forward, a second. */
  get offered(): number {
    return this.visits * 2 * PACKETS_PER_PERSON;
  }

  /** Packets that the worker has forwarded if it lost none: in a visit of two every packet goes to one participant. */
  get forwarded(): number {
    const { forwarded, sent } = this.#before;
    return forwarded + ((this.#beat.sent - sent) / SOURCES) * this.visits * 2;
  }

  /** Sets how many visits send from now on. */
  async setVisits(count: number): Promise<void> {
    this.#before = { forwarded: this.forwarded, sent: this.#beat.sent };
    // No sender runs meanwhile: the worker would be too busy to answer.
    this.#beat.stop();
    while (this.visits > count) this.#visits.pop()?.close();
    while (this.visits < count) await this.#addVisit();
    this.#beat.start();
  }

  /** Processor time of the worker so far, including the kernel's on its behalf, in seconds. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.#worker.pid);
  }

  /** Processor time of the other end: this process and the second worker. */
  get othersCpuSeconds(): number {
    return cpuSecondsOf(this.#others.pid) + cpuSecondsOf(process.pid);
  }

  /** Stops sending. @returns the share of all packets that did not arrive, from 0 to 1 */
  async finish(): Promise<number> {
    this.#beat.stop();
    const received = this.#visits.flatMap((visit) => visit.received);
    const stats = await Promise.all(received.map((producer) => producer.getStats()));
    const counts = stats.flat().map(({ packetCount, packetsLost }) => ({ packetCount, packetsLost }));
    const lost = counts.reduce((sum, one) => sum + Math.max(0, one.packetsLost), 0);
    const all = counts.reduce((sum, one) => sum + one.packetCount, lost);
    return all === 0 ? 1 : lost / all;
  }

  close(): void {
    this.#beat.stop();
    this.#worker.close();
    this.#others.close();
    for (const socket of [this.#sending, ...this.#probes]) socket.close();
  }

  /** A participant of this process, as the second worker receives them. */
  async #addSource(person: number): Promise<void> {
    const transport = await plainTransport(this.#othersRouter, true);
    const keyBase64 = this.#senderKey.toString('base64');
    await transport.connect({ srtpParameters: { cryptoSuite: SRTP_SUITE, keyBase64 } });
    this.#sources.push([
      await transport.produce({ kind: 'audio', rtpParameters: AUDIO }),
      await transport.produce({ kind: 'video', rtpParameters: VIDEO }),
    ]);
    this.#beat.add(transport.tuple.localPort, person);
  }

  async #addVisit(): Promise<void> {
    const router = await this.#worker.createRouter({ mediaCodecs: mediaCodecs(false) });
    const ends: PlainTransport[] = [];
    const received: Producer[] = [];
    const first = this.visits * 2;
    const people = [
      await this.#sender(router, first, ends),
      await this.#sender(router, first + 1, ends),
    ] as const;
    for (const index of [0, 1] as const) {
      const others = people[1 - index] as readonly Producer[];
      if (this.visits < PROBED_VISITS && index === 0) await this.#probe(router, others, first + 1);
      else received.push(...(await this.#receiver(router, others, ends)));
    }
    const close = () => {
      router.close();
      for (const end of ends) end.close();
    };
    this.#visits.push({ received, close });
  }

  /** The streams that a participant on the measured worker sends. */
  async #sender(router: Router, person: number, ends: PlainTransport[]): Promise<Producer[]> {
    const { near, far } = await this.#line(router, ends);
    const sent: Producer[] = [];
    for (const producer of this.#sources[person % SOURCES] ?? [])
      sent.push(await pass(this.#othersRouter, producer, far, near));
    return sent;
  }

  /** A participant who receives, with the other end on the second worker. */
  async #receiver(router: Router, others: readonly Producer[], ends: PlainTransport[]): Promise<Producer[]> {
    const { near, far } = await this.#line(router, ends);
    const received: Producer[] = [];
    for (const producer of others) received.push(await pass(router, producer, near, far));
    return received;
  }

  /** A connection between the two workers, encrypted both ways. */
  async #line(
    router: Router,
    ends: PlainTransport[],
  ): Promise<{ near: PlainTransport; far: PlainTransport }> {
    const [near, far] = await Promise.all([
      plainTransport(router, false),
      plainTransport(this.#othersRouter, false),
    ]);
    ends.push(far);
    const endOf = ({ tuple, srtpParameters }: PlainTransport) => ({
      ip: LOOPBACK,
      port: tuple.localPort,
      srtpParameters: srtpParameters!,
    });
    await Promise.all([near.connect(endOf(far)), far.connect(endOf(near))]);
    return { near, far };
  }

  /** A participant who receives in this process, also the same packets past the worker: both measure latency. */
  async #probe(router: Router, others: readonly Producer[], person: number): Promise<void> {
    await this.#receiveHere(router, others, this.latencies.through);
    await this.#receiveHere(this.#othersRouter, this.#sources[person % SOURCES] ?? [], this.latencies.past);
  }

  async #receiveHere(router: Router, producers: readonly Producer[], into: number[]): Promise<void> {
    const transport = await plainTransport(router, false);
    const socket = await openSocket();
    this.#probes.push(socket);
    this.#listen(socket, new Srtp(Buffer.from(transport.srtpParameters!.keyBase64, 'base64')), into);
    const { port } = socket.address();
    const keyBase64 = randomBytes(44).toString('base64');
    await transport.connect({ ip: LOOPBACK, port, srtpParameters: { cryptoSuite: SRTP_SUITE, keyBase64 } });
    for (const { id: producerId } of producers) {
      await transport.consume({ producerId, rtpCapabilities: capabilitiesOf(router) });
    }
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
}

/** Passes a stream from one end of a connection to the other. */
async function pass(
  router: Router,
  { id }: Producer,
  from: PlainTransport,
  to: PlainTransport,
): Promise<Producer> {
  const consumed = await from.consume({ producerId: id, rtpCapabilities: capabilitiesOf(router) });
  return to.produce({ kind: consumed.kind, rtpParameters: consumed.rtpParameters });
}

/** Without header extensions, since no one estimates a bandwidth here. */
function capabilitiesOf(router: Router) {
  return { ...router.rtpCapabilities, headerExtensions: [] };
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
