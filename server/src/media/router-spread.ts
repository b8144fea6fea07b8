import { TelevisitError } from '@televisit/shared/errors';
import type { RouterRtpCodecCapability } from 'mediasoup/types';
import type { MediaWorker } from './media-worker.ts';
import { RouterBranch } from './router-branch.ts';

/**
 * How many streams one router of a visit may forward before the visit takes another worker. A worker is one thread, and
 * that forwards about 500 (mediasoup, "Scalability"); the rest is left to the other visits there.
 */
export const CONSUMERS_PER_ROUTER = 400;

/** A person sends a microphone and a camera; before they join nobody knows better. */
const STREAMS_EACH = 2;

export interface RouterSpreadOptions {
  readonly codecs: RouterRtpCodecCapability[];
  /** The least loaded worker of the node but for these; undefined where there is none. */
  readonly spareWorker: (used: ReadonlySet<MediaWorker>) => MediaWorker | undefined;
  /** `CONSUMERS_PER_ROUTER` where it is not given. */
  readonly consumersPerRouter?: number;
}

/** Where one peer lives. */
export interface Place {
  readonly branch: RouterBranch;
  /** To be called when the peer is gone. Idempotent. */
  readonly leave: () => void;
}

interface Slot {
  readonly worker: MediaWorker;
  readonly branch: RouterBranch | Promise<RouterBranch>;
  /** Peers that live there, or are about to. */
  places: number;
}

/** The routers of one visit: one for as long as that is enough, then one each on further workers of the node. */
export class RouterSpread {
  readonly first: RouterBranch;
  readonly #options: RouterSpreadOptions;
  readonly #firstSlot: Slot;
  readonly #slots = new Set<Slot>();

  constructor(first: RouterBranch, options: RouterSpreadOptions) {
    this.first = first;
    this.#options = options;
    this.#firstSlot = { worker: first.worker, branch: first, places: 0 };
    this.#slots.add(this.#firstSlot);
    this.#watch(this.#firstSlot, first);
  }

  /**
   * A place for one more peer. A promise only where its router is being opened; where that fails, the place is on one
   * of the others.
   */
  take(): Place | Promise<Place> {
    return this.#takeIn(this.#choose());
  }

  /** Idempotent; every router closes, the first one last. A router that is lost takes the others with it. */
  close(): void {
    for (const slot of this.#slots) {
      this.#slots.delete(slot);
      if (slot.branch instanceof RouterBranch && slot !== this.#firstSlot) slot.branch.close();
    }
    this.first.close();
  }

  /** The first router with room for one more; else a new one; else, with no worker to spare, the emptiest. */
  #choose(): Slot {
    const { consumersPerRouter = CONSUMERS_PER_ROUTER } = this.#options;
    const others = [...this.#slots].reduce((sum, { places }) => sum + places, 0);
    for (const slot of this.#slots) {
      if ((slot.places + 1) * others * STREAMS_EACH <= consumersPerRouter) return slot;
    }
    return this.#open() ?? this.#emptiest();
  }

  #emptiest(): Slot {
    return [...this.#slots].reduce(
      (best, slot) => (slot.places < best.places ? slot : best),
      this.#firstSlot,
    );
  }

  #takeIn(slot: Slot): Place | Promise<Place> {
    slot.places += 1;
    const { branch } = slot;
    if (branch instanceof RouterBranch) return this.#place(slot, branch);
    return branch.then(
      (opened) => this.#place(slot, opened),
      () => this.#takeIn(this.#emptiest()),
    );
  }

  #place(slot: Slot, branch: RouterBranch): Place {
    let taken = true;
    return {
      branch,
      leave: () => {
        if (!taken) return;
        taken = false;
        slot.places -= 1;
        if (slot.places > 0 || slot === this.#firstSlot) return;
        this.#slots.delete(slot);
        branch.close();
      },
    };
  }

  #open(): Slot | undefined {
    const { codecs, spareWorker } = this.#options;
    if (this.first.router.closed) return undefined;
    const worker = spareWorker(new Set([...this.#slots].map((slot) => slot.worker)));
    if (!worker) return undefined;
    const opening = RouterBranch.create(worker, codecs, () => Promise.resolve()).then(({ branch }) => {
      if (!this.#slots.has(slot)) branch.close();
      if (branch.router.closed) throw new TelevisitError('media_unavailable');
      Object.assign(slot, { branch });
      this.#watch(slot, branch);
      return branch;
    });
    const slot: Slot = { worker, branch: opening, places: 0 };
    this.#slots.add(slot);
    opening.catch(() => this.#slots.delete(slot));
    return slot;
  }

  /** People of one visit are not torn apart: where one router is lost, all are. */
  #watch(slot: Slot, { router }: RouterBranch): void {
    router.observer.once('close', () => {
      if (this.#slots.has(slot)) this.close();
    });
  }
}
