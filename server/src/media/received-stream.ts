import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Consumer } from 'mediasoup/types';
import type { Demand } from './camera-demand.ts';

/** Simulcast layers are 0 to 2. */
export const TOP_LAYER = 2;

interface Conditions {
  /** Whether the browser has set the stream up. */
  readonly ready: boolean;
  /** Whether its receiver has joined the visit. */
  readonly joined: boolean;
  /** Whether the page shows it. */
  readonly visible: boolean;
  readonly spatialLayer: number;
}

/** A stream on its way to one connection. It runs while its receiver has joined, is ready for it and shows it. */
export class ReceivedStream {
  readonly parameters: ConsumerParameters;
  readonly #consumer: Consumer;
  #now: Conditions;
  #running = false;

  /** @param consumer paused, as it was made */
  constructor(consumer: Consumer, parameters: ConsumerParameters, joined: boolean) {
    this.#consumer = consumer;
    this.parameters = parameters;
    this.#now = { ready: false, joined, visible: true, spatialLayer: TOP_LAYER };
  }

  /**
   * The layer that its receiver looks at; null where the page hides it. Somebody in the preview counts as well, so that
   * their join finds a camera that runs in full.
   */
  get demand(): Demand {
    const { visible, spatialLayer } = this.#now;
    return visible ? spatialLayer : null;
  }

  /** Asks the worker for what is different now, if anything is. Running again asks the sender for a key frame. */
  async change(change: Partial<Conditions>): Promise<void> {
    const before = this.#now;
    this.#now = { ...before, ...change };
    const { ready, joined, visible, spatialLayer } = this.#now;
    const requests: Promise<void>[] = [];
    if (spatialLayer !== before.spatialLayer && this.#consumer.type === 'simulcast') {
      requests.push(this.#consumer.setPreferredLayers({ spatialLayer }));
    }
    const runs = ready && joined && visible;
    if (runs !== this.#running) {
      this.#running = runs;
      requests.push(runs ? this.#consumer.resume() : this.#consumer.pause());
    }
    // A consumer that closes meanwhile needs nothing any more.
    await Promise.all(requests.map((request) => request.catch(() => undefined)));
  }
}
