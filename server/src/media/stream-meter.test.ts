import { createWorker } from 'mediasoup';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { mediaCodecs } from './media-worker.ts';
import { READ_MS, StreamMeter } from './stream-meter.ts';
import { FakeCamera } from './testing/fake-camera.ts';

/** A camera that sends to a router, and a receiver of it, whose transports are measured. */
async function measured() {
  const worker = await createWorker({ logLevel: 'none' });
  onTestFinished(() => worker.close());
  const router = await worker.createRouter({ mediaCodecs: mediaCodecs(false) });
  const [sending, receiving] = [await router.createDirectTransport(), await router.createDirectTransport()];
  const clock = new ManualClock();
  const bytes: Record<string, number> = {};
  const seen = { keyFrameRequests: 0 };
  const meter = new StreamMeter({
    observer: {
      media: (direction, kind, count) => {
        bytes[`${direction} ${kind}`] = (bytes[`${direction} ${kind}`] ?? 0) + count;
      },
      keyFrameRequested: () => (seen.keyFrameRequests += 1),
    },
    clock,
  });
  for (const transport of [sending, receiving]) meter.watch(transport);
  const camera = await FakeCamera.create(sending, 1111);
  const consumer = await receiving.consume({
    producerId: camera.producer.id,
    rtpCapabilities: router.rtpCapabilities,
  });
  return { meter, clock, bytes, seen, camera, consumer };
}

describe('StreamMeter', { timeout: 15_000 }, () => {
  it('counts what passed since the last reading, by direction and kind', async () => {
    const { meter, clock, bytes, camera } = await measured();
    await expect.poll(async () => (await camera.producer.getStats())[0]?.byteCount ?? 0).toBeGreaterThan(0);
    clock.advance(READ_MS);
    await expect.poll(() => Object.keys(bytes).sort()).toEqual(['in video', 'out video']);
    const { 'in video': first = 0 } = bytes;
    await expect
      .poll(() => {
        clock.advance(READ_MS);
        return (bytes['in video'] ?? 0) > first;
      })
      .toBe(true);
    await meter.stop();
    const [stats] = await camera.producer.getStats();
    expect(bytes['in video']).toBeLessThanOrEqual(stats?.byteCount ?? 0);
  });

  it('counts requests for key frames', async () => {
    const { seen, consumer, camera } = await measured();
    const before = seen.keyFrameRequests;
    await expect
      .poll(async () => {
        await consumer.requestKeyFrame();
        return camera.keyFrameRequests > 0 && seen.keyFrameRequests > before;
      })
      .toBe(true);
  });

  it('reads nothing of a stream that has closed', async () => {
    const { meter, clock, bytes, camera } = await measured();
    camera.producer.close();
    clock.advance(READ_MS);
    await meter.stop();
    expect(bytes).toEqual({});
  });
});
