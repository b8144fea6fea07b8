import { Histogram, type Registry } from 'prom-client';

/** In seconds. */
const FRAME_BUCKETS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
const RTT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2];
/** Shares of packets. */
const LOSS_BUCKETS = [0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.35, 0.5];

/** What pages report of their network. A false report is one more in some bucket: values beyond the last one weigh the same. */
export class NetworkMetrics {
  readonly #firstFrame;
  readonly #rtt;
  readonly #loss;

  constructor(registers: Registry[]) {
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers });
    this.#firstFrame = histogram(
      'televisit_first_frame_seconds',
      'Time from the click on "join" to the first remote picture, as pages report it.',
      FRAME_BUCKETS,
    );
    this.#rtt = histogram(
      'televisit_rtt_seconds',
      'Round-trip time of media between participants and this server, as pages report it every 15 s.',
      RTT_BUCKETS,
    );
    this.#loss = histogram(
      'televisit_packet_loss_ratio',
      'Share of media packets that were lost in the worse direction, as pages report it every 15 s.',
      LOSS_BUCKETS,
    );
  }

  firstFrame(seconds: number): void {
    observe(this.#firstFrame, seconds, FRAME_BUCKETS);
  }

  network({ rtt, loss }: { readonly rtt: number | null; readonly loss: number | null }): void {
    if (rtt !== null) observe(this.#rtt, rtt, RTT_BUCKETS);
    if (loss !== null) observe(this.#loss, loss, LOSS_BUCKETS);
  }
}

/** Observes a value; one beyond the last bucket counts as twice its bound, so that the sum stays bounded, too. */
function observe(histogram: Histogram, value: number, buckets: readonly number[]): void {
  histogram.observe(Math.min(value, 2 * (buckets.at(-1) ?? 0)));
}
