import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '@televisit/server/core/clock';
import { mediaCodecs } from '@televisit/server/media/media-worker';
import { RtpReceiver } from '@televisit/server/media/rtp-receiver';
import type { RtpStream } from '@televisit/server/media/rtp-stream';
import type { RecordedTrack } from '@televisit/server/recording/recorded-track';
import { Recorder } from '@televisit/server/recording/recorder';
import {
  decodingErrors,
  expectTimes,
  ffmpegAvailable,
  probePackets,
} from '@televisit/server/recording/testing/ffmpeg';
import { RtpSender } from '@televisit/server/recording/testing/rtp-sender';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import type { TrackCodec, TrackResult } from '@televisit/server/recording/track-summary';
import { createWorker } from 'mediasoup';
import type { Router, Worker } from 'mediasoup/types';
import pino from 'pino';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

const SECONDS = 4;
const KINDS = ['audio', 'video'] as const;
type Kind = (typeof KINDS)[number];

let recordings: Record<Kind, RtpRecording>;

/** A worker with a participant whose microphone and camera are recordings. */
class Visit {
  readonly worker: Worker;
  readonly router: Router;
  readonly senders = {} as Record<Kind, RtpSender>;

  private constructor(worker: Worker, router: Router) {
    this.worker = worker;
    this.router = router;
  }

  static async open(): Promise<Visit> {
    const worker = await createWorker({ logLevel: 'warn' });
    onTestFinished(() => worker.close());
    return new Visit(worker, await worker.createRouter({ mediaCodecs: mediaCodecs(false) }));
  }

  /** Publishes a stream of its own SSRC, and has it recorded. */
  async publish(kind: Kind, receiver: RtpReceiver): Promise<void> {
    const transport = await this.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      rtcpMux: true,
      comedia: true,
    });
    const { codec } = recordings[kind];
    const ssrc = kind === 'audio' ? 11 : 22;
    const producer = await transport.produce({
      kind,
      rtpParameters: {
        codecs: [
          {
            mimeType: codec.mimeType,
            clockRate: codec.clockRate,
            payloadType: codec.payloadType,
            ...(codec.channels === undefined ? {} : { channels: codec.channels }),
            rtcpFeedback: kind === 'video' ? [{ type: 'nack', parameter: 'pli' }] : [],
          },
        ],
        encodings: [{ ssrc }],
        rtcp: { cname: 'participant' },
      },
    });
    const { localAddress: ip, localPort: port } = transport.tuple;
    const sender = await RtpSender.open(recordings[kind], { ip, port }, { ssrc });
    onTestFinished(() => sender.close());
    this.senders[kind] = sender;
    await receiver.consume({
      producer,
      userId: 'doctor',
      source: kind === 'audio' ? 'microphone' : 'camera',
    });
  }
}

/** What a recording of a visit does with the streams that it receives. */
class VisitRecorder {
  readonly files: Record<string, string> = {};
  readonly results = new Map<string, Promise<TrackResult>>();
  readonly #recorder: Recorder;
  readonly #folder = temporaryFolder();
  readonly #tracks = new Map<string, RecordedTrack>();
  readonly #streams = new Map<string, RtpStream>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Opens a receiver whose files have the name of the segment. */
  receive(router: Router, segment: string): RtpReceiver {
    return new RtpReceiver(
      router,
      {
        receiverId: 'recorder',
        delivery: {
          kind: 'udp',
          destinationOf: async ({ producerId, kind }) => {
            const file = join(this.#folder, `${segment}-${kind}.mkv`);
            this.files[`${segment}-${kind}`] = file;
            const track = await this.#recorder.openTrack(
              { file, kind },
              {
                keyFrameNeeded: () =>
                  void this.#streams
                    .get(producerId)
                    ?.requestKeyFrame()
                    .catch(() => undefined),
                failed: (error) => expect.unreachable(error.message),
              },
            );
            this.#tracks.set(producerId, track);
            return track.address;
          },
        },
        listener: {
          streamStarted: (stream) => {
            this.#streams.set(stream.producerId, stream);
            this.#tracks.get(stream.producerId)?.start(codecOf(stream));
            stream.resume().catch(() => undefined);
          },
          streamPaused: () => undefined,
          streamResumed: () => undefined,
          streamClosed: ({ producerId, kind }) => {
            const track = this.#tracks.get(producerId);
            if (track) this.results.set(`${segment}-${kind}`, track.close());
          },
          closed: () => undefined,
        },
      },
      () => undefined,
    );
  }
}

function codecOf({ rtpParameters }: RtpStream): TrackCodec {
  const [codec] = rtpParameters.codecs;
  const [encoding] = rtpParameters.encodings ?? [];
  const { mimeType, clockRate, channels, payloadType } = codec!;
  return { mimeType, clockRate, payloadType, ssrc: encoding!.ssrc!, ...(channels ? { channels } : {}) };
}

/** Sends sound and picture that were captured at the same time, the picture later, with reports of the sender's clock. */
async function play(visit: Visit, clockAheadMs: number): Promise<number> {
  const { audio, video } = visit.senders;
  const capturedAt = Date.now();
  const report = () => {
    for (const sender of [audio, video]) {
      sender.sendReport(Date.now() - capturedAt, Date.now() + clockAheadMs);
    }
  };
  report();
  const reports = setInterval(report, 500);
  const later = recordings.video.packets.map((packet) => ({ ...packet, time: packet.time + 150 }));
  await Promise.all([audio.play(), video.play({ packets: later })]);
  clearInterval(reports);
  return capturedAt;
}

describe.runIf(ffmpegAvailable('a recording of a media worker'))('Recorder with a media worker', () => {
  beforeAll(async () => {
    const audio = await encodeRtp('opus', { seconds: SECONDS });
    recordings = { audio, video: await encodeRtp('vp8', { seconds: SECONDS }) };
  });

  it('records streams in sync, and continues in new files after the death of the worker', async () => {
    const recorder = new Recorder({ clock: systemClock, logger: pino({ level: 'silent' }) });
    onTestFinished(() => recorder.close());
    const visitRecorder = new VisitRecorder(recorder);
    for (const segment of ['first', 'second']) {
      const visit = await Visit.open();
      const receiver = visitRecorder.receive(visit.router, segment);
      for (const kind of KINDS) await visit.publish(kind, receiver);
      const capturedAt = await play(visit, 7000);
      // What is still on its way through the worker dies with it.
      for (const kind of KINDS) {
        const frames = new Set(recordings[kind].packets.map(({ time }) => time)).size;
        const file = visitRecorder.files[`${segment}-${kind}`]!;
        await expect.poll(async () => (await probePackets(file)).length).toBe(frames);
      }
      const died = once(visit.worker, 'died');
      process.kill(visit.worker.pid, 'SIGKILL');
      await died;
      const [audio, video] = await Promise.all(
        KINDS.map((kind) => visitRecorder.results.get(`${segment}-${kind}`)!),
      );
      for (const result of [audio!, video!]) {
        expect(result).toMatchObject({ isComplete: true, isReported: true, lostPackets: 0, gaps: 0 });
        expect(Math.abs(result.startedAt! - capturedAt)).toBeLessThan(200);
      }
      // The picture arrived 150 ms later than the sound.
      expect(Math.abs(audio!.startedAt! - video!.startedAt!)).toBeLessThan(40);
      for (const kind of KINDS) {
        const file = visitRecorder.files[`${segment}-${kind}`]!;
        await expectTimes(file, recordings[kind].packets);
        expect(await decodingErrors(file)).toBe('');
      }
    }
  });
});
