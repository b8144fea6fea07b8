import { describe, expect, it } from 'vitest';
import { collectStats, inboundSummary, outboundSummary } from './stats.ts';

describe('stats', () => {
  it('inboundSummary() keeps the counters of a video row and sets missing ones to 0', () => {
    const row = {
      type: 'inbound-rtp',
      bytesReceived: 900,
      framesDecoded: 30,
      frameWidth: 640,
      frameHeight: 360,
    };
    expect(inboundSummary('c1', { userId: 'pat1', source: 'camera' }, [row])).toEqual({
      consumerId: 'c1',
      userId: 'pat1',
      source: 'camera',
      bytesReceived: 900,
      packetsLost: 0,
      framesDecoded: 30,
      framesPerSecond: 0,
      freezeCount: 0,
      totalFreezesDuration: 0,
      frameWidth: 640,
      frameHeight: 360,
      totalAudioEnergy: 0,
      totalSamplesReceived: 0,
      concealedSamples: 0,
      jitterBufferDelay: 0,
      jitterBufferEmittedCount: 0,
    });
  });

  it('outboundSummary() sums three layers and keeps each', () => {
    const rows = [1, 2, 3].map((layer) => ({ rid: `r${layer}`, bytesSent: 100 * layer, packetsSent: layer }));
    const summary = outboundSummary('camera', rows);
    expect(summary).toMatchObject({ source: 'camera', bytesSent: 600, packetsSent: 6, framesSent: 0 });
    expect(summary.layers.map(({ rid, bytesSent }) => [rid, bytesSent])).toEqual([
      ['r1', 100],
      ['r2', 200],
      ['r3', 300],
    ]);
  });

  it('outboundSummary() has one layer without a rid for audio', () => {
    expect(outboundSummary('microphone', [{ bytesSent: 5 }]).layers).toMatchObject([
      { rid: null, bytesSent: 5 },
    ]);
  });

  it('collectStats() is empty without a session', async () => {
    await expect(collectStats(null)).resolves.toEqual({
      inbound: [],
      outbound: [],
      transports: { send: null, receive: null },
    });
  });
});
