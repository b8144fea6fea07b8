import { EventEmitter } from 'node:events';
import { setImmediate as flushed } from 'node:timers/promises';
import type { WebRtcTransport } from 'mediasoup/types';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { Downlink, DOWNLINK_MS } from './downlink.ts';
import type { ReceivedStream } from './received-stream.ts';

interface Line {
  available: number;
  loss: number;
  missed: number;
}

/** A camera that sends 100, 250 and 900 kbit/s in its layers, and is displayed in full size. */
function camera(line: Line) {
  // Round trips differ a little, as real ones do.
  let rttMs = 40;
  const bitrates = [100_000, 250_000, 900_000];
  const stream = {
    parameters: { kind: 'video' },
    running: true,
    layered: true,
    demand: 2,
    layer: 2,
    producer: {
      rtpParameters: { encodings: bitrates.map((_, index) => ({ rid: `r${index}` })) },
      getStats: () => Promise.resolve(bitrates.map((bitrate, index) => ({ rid: `r${index}`, bitrate }))),
    },
    report: () => Promise.resolve({ missed: line.missed, rttMs: (rttMs += 0.01) }),
    change: ({ limit }: { limit: number }) => {
      stream.layer = limit;
      return Promise.resolve();
    },
  };
  return stream;
}

/** A shared screen, which has no layers. */
const screen = (line: Line) => ({
  ...camera(line),
  layered: false,
  bitrate: () => Promise.resolve(200_000),
});

/** Starts to choose layers on a line; its transport records what the worker is told. */
function setUp(line: Line) {
  const clock = new ManualClock();
  const minima: number[] = [];
  const maxima: number[] = [];
  const own = camera(line);
  const streams: object[] = [own];
  const transport = {
    observer: new EventEmitter(),
    getStats: () =>
      Promise.resolve([
        {
          availableOutgoingBitrate: line.available,
          rtpPacketLossSent: line.loss,
          rtpSendBitrate: line.available,
        },
      ]),
    setMinOutgoingBitrate: (bitrate: number) => Promise.resolve(void minima.push(bitrate)),
    setMaxOutgoingBitrate: (bitrate: number) => Promise.resolve(void maxima.push(bitrate)),
  };
  new Downlink({
    transport: transport as unknown as WebRtcTransport,
    clock,
    streams: () => streams as ReceivedStream[],
  });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(DOWNLINK_MS);
      await flushed();
    }
  };
  return { own, streams, minima, maxima, transport, pass };
}

describe('Downlink', () => {
  it('limits a camera to the layer that has all of its frames, and keeps the worker sending some', async () => {
    const line = { available: 300_000, loss: 0, missed: 0 };
    const { own, minima, pass } = setUp(line);
    await pass(1);
    expect(own.layer).toBe(1);
    line.available = 40_000;
    await pass(1);
    expect(own.layer).toBe(0);
    expect(minima).toEqual([50_000]);
  });

  it('lets the worker probe for the whole picture, and shows it when the line carries it', async () => {
    const line = { available: 300_000, loss: 0, missed: 0 };
    const { own, maxima, pass } = setUp(line);
    await pass(2);
    expect(maxima).toHaveLength(1);
    expect(maxima[0]).toBeGreaterThan(900_000);
    line.available = maxima[0]!;
    await pass(1);
    expect(own.layer).toBe(2);
    expect(maxima).toHaveLength(1);
  });

  it('changes the maximum for every further probe, because the worker probes only then', async () => {
    const { maxima, pass } = setUp({ available: 300_000, loss: 0, missed: 0 });
    await pass(20);
    expect(maxima.length).toBeGreaterThan(2);
    for (const [index, maximum] of maxima.entries()) expect(maximum).not.toBe(maxima[index - 1]);
  });

  it('limits nothing after a probe while a screen is shared', async () => {
    const line = { available: 300_000, loss: 0, missed: 0 };
    const { streams, maxima, pass } = setUp(line);
    streams.push(screen(line));
    await pass(1);
    expect(maxima.at(-1)).toBeGreaterThan(0);
    await pass(3);
    expect(maxima.at(-1)).toBe(0);
  });

  it('shows no more than the middle layer while many packets are lost, and for ten seconds after', async () => {
    const line = { available: 3_000_000, loss: 0.1, missed: 5 };
    const { own, pass } = setUp(line);
    await pass(1);
    expect(own.layer).toBe(1);
    line.loss = 0;
    await pass(9);
    expect(own.layer).toBe(1);
    await pass(2);
    expect(own.layer).toBe(2);
  });

  it('stops when its transport closes', async () => {
    const line = { available: 300_000, loss: 0, missed: 0 };
    const { own, transport, pass } = setUp(line);
    transport.observer.emit('close');
    await pass(3);
    expect(own.layer).toBe(2);
  });
});
