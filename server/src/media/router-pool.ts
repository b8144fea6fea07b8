import { TelevisitError } from '@televisit/shared/errors';
import type { RouterRtpCodecCapability } from 'mediasoup/types';
import type { MediaWorker } from './media-worker.ts';
import { RouterShard } from './router-shard.ts';

/**
 * How many streams one router of a session may forward before the session gets a router on another worker. A worker is
 * one thread and forwards about 500 (mediasoup, "Scalability"); the rest is left to the worker's other sessions.
 */
export const CONSUMERS_PER_ROUTER = 400;

/** Expected streams per participant, a microphone and a camera; the actual number is unknown before the join. */
const STREAMS_EACH = 2;

export interface RouterPoolOptions {
  readonly codecs: RouterRtpCodecCapability[];
  /** Returns the node's least loaded worker outside `used`, if any. */
  readonly spareWorker: (used: ReadonlySet<MediaWorker>) => MediaWorker | undefined;
  /** Default: `CONSUMERS_PER_ROUTER`. */
  readonly consumersPerRouter?: number;
}

/** The place of one receiver on a shard. */
export interface Reservation {
  readonly shard: RouterShard;
  /** Gives the place up, to be called when the receiver closes. Idempotent. */
  readonly release: () => void;
}

interface Slot {
  readonly worker: MediaWorker;
  readonly shard: RouterShard | Promise<RouterShard>;
  reservations: number;
}

/** The routers of one session: a single one while that suffices, then one more on each further worker of the node. */
export class RouterPool {
  readonly first: RouterShard;
  readonly #options: RouterPoolOptions;
  readonly #firstSlot: Slot;
  readonly #slots = new Set<Slot>();

  constructor(first: RouterShard, options: RouterPoolOptions) {
    this.first = first;
    this.#options = options;
    this.#firstSlot = { worker: first.worker, shard: first, reservations: 0 };
    this.#slots.add(this.#firstSlot);
    this.#watch(this.#firstSlot, first);
  }

  /**
   * Reserves a place for one more receiver. Returns a promise only while the place's router is being created; if that
   * fails, the place is on one of the other routers.
   */
  reserve(): Reservation | Promise<Reservation> {
    return this.#reserveOn(this.#choose());
  }

  /** Closes every router, the first one last. Idempotent. The loss of any router closes the pool. */
  close(): void {
    for (const slot of this.#slots) {
      this.#slots.delete(slot);
      if (slot.shard instanceof RouterShard && slot !== this.#firstSlot) slot.shard.close();
    }
    this.first.close();
  }

  /** Returns the first router with room for one more, else a new one, else, without a spare worker, the emptiest. */
  #choose(): Slot {
    const { consumersPerRouter = CONSUMERS_PER_ROUTER } = this.#options;
    const others = [...this.#slots].reduce((sum, { reservations }) => sum + reservations, 0);
    for (const slot of this.#slots) {
      if ((slot.reservations + 1) * others * STREAMS_EACH <= consumersPerRouter) return slot;
    }
    return this.#open() ?? this.#emptiest();
  }

  #emptiest(): Slot {
    return [...this.#slots].reduce(
      (best, slot) => (slot.reservations < best.reservations ? slot : best),
      this.#firstSlot,
    );
  }

  #reserveOn(slot: Slot): Reservation | Promise<Reservation> {
    slot.reservations += 1;
    const { shard } = slot;
    if (shard instanceof RouterShard) return this.#reservation(slot, shard);
    return shard.then(
      (opened) => this.#reservation(slot, opened),
      () => this.#reserveOn(this.#emptiest()),
    );
  }

  #reservation(slot: Slot, shard: RouterShard): Reservation {
    let held = true;
    return {
      shard,
      release: () => {
        if (!held) return;
        held = false;
        slot.reservations -= 1;
        if (slot.reservations > 0 || slot === this.#firstSlot) return;
        this.#slots.delete(slot);
        shard.close();
      },
    };
  }

  #open(): Slot | undefined {
    const { codecs, spareWorker } = this.#options;
    if (this.first.router.closed) return undefined;
    const worker = spareWorker(new Set([...this.#slots].map((slot) => slot.worker)));
    if (!worker) return undefined;
    const opening = RouterShard.create(worker, codecs).then((shard) => {
      if (!this.#slots.has(slot)) shard.close();
      if (shard.router.closed) throw new TelevisitError('media_unavailable');
      Object.assign(slot, { shard });
      this.#watch(slot, shard);
      return shard;
    });
    const slot: Slot = { worker, shard: opening, reservations: 0 };
    this.#slots.add(slot);
    opening.catch(() => this.#slots.delete(slot));
    return slot;
  }

  /** Closes the pool when a router is lost, because a session whose participants only partly see each other is worse. */
  #watch(slot: Slot, { router }: RouterShard): void {
    router.observer.once('close', () => {
      if (this.#slots.has(slot)) this.close();
    });
  }
}
