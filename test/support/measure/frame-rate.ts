import { setTimeout as wait } from 'node:timers/promises';
import type { Visitor } from '../clients/chromium.ts';
import { median } from './statistics.ts';

const SAMPLE_MS = 1_000;

interface Sample {
  /** Since the page was opened, in milliseconds. */
  readonly at: number;
  readonly received: number;
  readonly sent: number;
}

/** Frames a second, of which each is the median over the samples of a period. */
export interface Rates {
  /** What this page receives of the other participant. */
  readonly received: number;
  /** What it sends itself, in its best layer: a busy machine captures and encodes fewer. */
  readonly sent: number;
}

/** Samples once a second how many frames a page receives of another participant. */
export class FrameRate {
  readonly #one: Visitor;
  readonly #userId: string;
  readonly #samples: Sample[] = [];
  readonly #running: Promise<void>;
  #isStopped = false;

  private constructor(one: Visitor, userId: string) {
    this.#one = one;
    this.#userId = userId;
    this.#running = this.#run();
  }

  /** Begins when the first frame has come. */
  static async watch(one: Visitor, userId: string): Promise<FrameRate> {
    while ((await one.receivedFrom(userId)).frames === 0) await wait(50);
    return new FrameRate(one, userId);
  }

  /** The number of samples so far, to begin a period. */
  get mark(): number {
    return this.#samples.length;
  }

  /** Returns the rates since a mark. @returns NaN for less than two samples */
  since(mark: number): Rates {
    const samples = this.#samples.slice(Math.max(0, mark - 1));
    const rates = (count: (sample: Sample) => number) =>
      median(
        samples.slice(1).map((sample, index) => {
          const before = samples[index]!;
          return ((count(sample) - count(before)) * 1000) / (sample.at - before.at);
        }),
      );
    return { received: rates(({ received }) => received), sent: rates(({ sent }) => sent) };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const sample = await sampleOf(this.#one, this.#userId).catch(() => null);
      if (sample) this.#samples.push(sample);
      await wait(SAMPLE_MS);
    }
  }
}

function sampleOf({ page }: Visitor, userId: string): Promise<Sample> {
  return page.evaluate(async (owner) => {
    const stats = await window.__televisit?.client.stats();
    const inbound = stats?.inbound.filter((stream) => stream.userId === owner) ?? [];
    const camera = stats?.outbound.find(({ source }) => source === 'camera');
    return {
      at: performance.now(),
      received: inbound.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0),
      sent: Math.max(0, ...(camera?.layers ?? []).map(({ framesSent }) => framesSent)),
    };
  }, userId);
}
