import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Consumer } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import type { Demand } from './camera-demand.ts';

/** Simulcast layers are 0 to 2. */
const TOP_LAYER = 2;

/** Every picture begins on its smallest layer, whose first key frame is there soonest. */
export const FIRST_LAYERS = { spatialLayer: 0 } as const;

/** How long a picture stays on that layer once it runs, in milliseconds. */
export const SMALL_FOR_MS = 800;

interface Conditions {
  /** Whether the browser has set the stream up. */
  readonly ready: boolean;
  /** Whether its receiver has joined the visit. */
  readonly joined: boolean;
  /** Whether the page shows it. */
  readonly visible: boolean;
  readonly spatialLayer: number;
  /** Whether it has run for long enough to grow. */
  readonly grown: boolean;
}

/** A stream on its way to one connection. It runs while its receiver has joined, is ready for it and shows it. */
export class ReceivedStream {
  readonly parameters: ConsumerParameters;
  readonly #consumer: Consumer;
  readonly #clock: Clock;
  readonly #onGrown: () => void;
  #now: Conditions;
  #running = false;
  #stopGrowing: (() => void) | undefined;

  /**
   * @param consumer paused and on its `FIRST_LAYERS`, as it was made
   * @param onGrown called when its demand has grown by itself
   */
  constructor(
    consumer: Consumer,
    parameters: ConsumerParameters,
    { joined, clock, onGrown }: { joined: boolean; clock: Clock; onGrown: () => void },
  ) {
    this.#consumer = consumer;
    this.parameters = parameters;
    this.#clock = clock;
    this.#onGrown = onGrown;
    this.#now = { ready: false, joined, visible: true, spatialLayer: TOP_LAYER, grown: false };
    consumer.observer.once('close', () => this.#stopGrowing?.());
  }

  /**
   * The layer that its receiver looks at; null where the page hides it. Somebody in the preview counts as well, so that
   * their join finds a camera that runs.
   */
  get demand(): Demand {
    return this.#now.visible ? layerOf(this.#now) : null;
  }

  /** Asks the worker for what is different now, if anything is. Running again asks the sender for a key frame. */
  async change(change: Partial<Conditions>): Promise<void> {
    const before = this.#now;
    this.#now = { ...before, ...change };
    const { ready, joined, visible, grown } = this.#now;
    const requests: Promise<void>[] = [];
    const spatialLayer = layerOf(this.#now);
    if (spatialLayer !== layerOf(before) && this.#consumer.type === 'simulcast') {
      requests.push(this.#consumer.setPreferredLayers({ spatialLayer }));
    }
    const runs = ready && joined && visible;
    if (runs !== this.#running) {
      this.#running = runs;
      requests.push(runs ? this.#consumer.resume() : this.#consumer.pause());
      if (runs && !grown) this.#stopGrowing ??= this.#clock.after(SMALL_FOR_MS, () => void this.#grow());
    }
    // A consumer that closes meanwhile needs nothing any more.
    await Promise.all(requests.map((request) => request.catch(() => undefined)));
  }

  async #grow(): Promise<void> {
    const growing = this.change({ grown: true });
    this.#onGrown();
    await growing;
  }
}

function layerOf({ spatialLayer, grown }: Conditions): number {
  return grown ? spatialLayer : FIRST_LAYERS.spatialLayer;
}
