import type { Visitor } from '../clients/chromium.ts';
import { median } from './statistics.ts';

/** What one participant received of another's microphone and camera during some time. */
export interface Reception {
  readonly sound: {
    /** Share of the played sound that the browser made up because its packets were missing, 0 to 1. */
    readonly concealed: number;
    /** Mean time that sound waited in the jitter buffer, in milliseconds. */
    readonly bufferMs: number;
  };
  readonly video: {
    readonly framesPerSecond: number;
    /** The median of one sample a second. */
    readonly width: number;
    readonly height: number;
    readonly frozenSeconds: number;
  };
}

type Totals = Record<
  'samples' | 'concealed' | 'delay' | 'emitted' | 'frames' | 'frozen' | 'width' | 'height',
  number
>;

const COUNTERS = ['samples', 'concealed', 'delay', 'emitted', 'frames', 'frozen'] as const;
const SAMPLE_MS = 1_000;

/** Measures what a page receives, through every change of its streams. */
export const ReceptionMeter = {
  /** Measures for some seconds. */
  async measure(viewer: Visitor, userId: string, seconds: number): Promise<Reception> {
    const sum: Totals = {
      samples: 0,
      concealed: 0,
      delay: 0,
      emitted: 0,
      frames: 0,
      frozen: 0,
      width: 0,
      height: 0,
    };
    const widths: number[] = [];
    const heights: number[] = [];
    let before = await totalsOf(viewer, userId);
    const start = performance.now();
    while (performance.now() - start < seconds * 1000) {
      await viewer.page.waitForTimeout(SAMPLE_MS);
      const now = await totalsOf(viewer, userId);
      for (const [id, totals] of now) {
        const old = before.get(id);
        for (const counter of COUNTERS) sum[counter] += totals[counter] - (old?.[counter] ?? 0);
        if (totals.width > 0) {
          widths.push(totals.width);
          heights.push(totals.height);
        }
      }
      before = now;
    }
    const elapsed = (performance.now() - start) / 1000;
    return {
      sound: { concealed: sum.concealed / sum.samples, bufferMs: (sum.delay / sum.emitted) * 1000 },
      video: {
        framesPerSecond: sum.frames / elapsed,
        width: widths.length === 0 ? 0 : median(widths),
        height: heights.length === 0 ? 0 : median(heights),
        frozenSeconds: sum.frozen,
      },
    };
  },

  /** Returns the width of the newest frame of a participant's video, and the number of frames so far. */
  async pictureOf(
    viewer: Visitor,
    userId: string,
  ): Promise<{ readonly width: number; readonly frames: number }> {
    const streams = [...(await totalsOf(viewer, userId)).values()];
    return {
      width: Math.max(0, ...streams.map(({ width }) => width)),
      frames: streams.reduce((sum, { frames }) => sum + frames, 0),
    };
  },
};

/** Returns the counters so far, by consumer. */
async function totalsOf(viewer: Visitor, userId: string): Promise<Map<string, Totals>> {
  const rows = await viewer.page.evaluate(async (owner) => {
    const stats = await window.__televisit?.client.stats();
    return (stats?.inbound ?? [])
      .filter((stream) => stream.userId === owner)
      .map((stream) => {
        const isSound = stream.source === 'microphone';
        const totals = {
          samples: stream.totalSamplesReceived,
          concealed: stream.concealedSamples,
          delay: isSound ? stream.jitterBufferDelay : 0,
          emitted: isSound ? stream.jitterBufferEmittedCount : 0,
          frames: stream.framesDecoded,
          frozen: stream.totalFreezesDuration,
          width: stream.frameWidth,
          height: stream.frameHeight,
        };
        return [stream.consumerId, totals] as const;
      });
  }, userId);
  return new Map(rows);
}
