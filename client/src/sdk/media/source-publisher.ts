import type { Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { VisitError, type VisitErrorCode } from '../core/errors.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { TOP_LAYER, type SourceOptions } from './source-options.ts';

/** What to do with a source now. */
export interface DesiredState {
  readonly track: MediaStreamTrack | null;
  readonly on: boolean;
  /** Whether the person has joined: before that nothing is sent. */
  readonly joined: boolean;
}

export interface PublisherOptions {
  readonly transport: types.Transport;
  readonly signaling: SignalingClient;
  readonly options: SourceOptions;
  /** The server does not take what is shared; trying again would not help. */
  readonly onRefused?: (error: VisitError) => void;
}

/** How long a failed message rests before it is tried again, in milliseconds: first, and at most. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 8_000;

/**
 * Keeps what is sent of one source equal to what is wished. A device that is not live has a sender without a track
 * (`replaceTrack(null)`): a disabled track would still send black pictures and silence, and taking the transceiver out
 * would cost a negotiation when the person joins. What is shared comes and goes with its producer.
 */
export class SourcePublisher {
  readonly #source: Source;
  readonly #isShared: boolean;
  readonly #options: PublisherOptions;
  #producer: types.Producer | null = null;
  #wish: DesiredState = { track: null, on: false, joined: false };
  /** The best layer that anybody looks at; null where nobody does. */
  #demand: number | null = TOP_LAYER;
  #pausedOnServer = true;
  #running: Promise<void> | null = null;
  #again = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;

  constructor(source: Source, options: PublisherOptions) {
    this.#source = source;
    this.#isShared = source === 'screen' || source === 'screenAudio';
    this.#options = options;
  }

  get producer(): types.Producer | null {
    return this.#producer;
  }

  /**
   * Works towards a wish; resolves when the last wish is fulfilled, or could not be for now: a passing failure is tried
   * again by itself. Never throws.
   */
  set(wish: DesiredState): Promise<void> {
    this.#wish = wish;
    return this.#work();
  }

  /** Sends no more than is looked at: the layer, 0 to 2, or nothing. Others still see the source as switched on. */
  setDemand(layer: number | null): Promise<void> {
    this.#demand = layer;
    return this.#work();
  }

  /** Whether the server has the source and is to run it with this wish: a join or resume names it. */
  sends(wish: DesiredState): boolean {
    return this.#producer !== null && wish.on && wish.track !== null;
  }

  /** What the server has done with the producer at the join. */
  joined(paused: boolean): void {
    if (this.#producer) this.#pausedOnServer = paused;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    this.#producer = null;
  }

  #work(): Promise<void> {
    this.#again = true;
    clearTimeout(this.#retryTimer);
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    // Read through a function, because the compiler doesn't see that `set` changes it while this awaits.
    const goesOn = () => this.#again && !this.#closed;
    while (goesOn()) {
      this.#again = false;
      try {
        await this.#step(this.#wish, this.#demand);
        this.#failures = 0;
      } catch (error) {
        this.#failed(VisitError.from(error));
      }
    }
    // In the same turn as the last look at the wish: one that comes a turn later begins anew.
    this.#running = null;
  }

  #failed(error: VisitError): void {
    // After a lost connection the next session publishes anew.
    if (this.#closed || this.#options.transport.closed) return;
    console.warn(`televisit: sending the ${this.#source} failed`, error);
    if (isPassing(error.code) || (!this.#isShared && error.code === 'too_many_messages')) {
      const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
      this.#failures += 1;
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => void this.#work(), delay);
    } else if (this.#isShared) {
      this.#options.onRefused?.(error);
    }
  }

  async #step({ track, on, joined }: DesiredState, demand: number | null): Promise<void> {
    const live = joined && on && track !== null;
    const producer = this.#producer;
    if (!producer) {
      const wanted = this.#isShared && !live ? null : track;
      if (wanted === null || wanted.readyState === 'ended') return;
      await this.#create(wanted, live);
      // The wish may have changed while the server answered.
      this.#again = true;
      return;
    }
    if (this.#isShared && !live) {
      this.#end(producer);
      return;
    }
    await this.#send(producer, live ? track : null, demand);
    if (this.#closed || this.#pausedOnServer === !live) return;
    if (!joined) return;
    const { id: producerId } = producer;
    await this.#options.signaling.request(live ? 'producer:resume' : 'producer:pause', { producerId });
    this.#pausedOnServer = !live;
  }

  async #send(
    producer: types.Producer,
    track: MediaStreamTrack | null,
    demand: number | null,
  ): Promise<void> {
    const wanted = demand === null ? null : track;
    if (wanted !== null && demand !== null && this.#source === 'camera') {
      if ((producer.maxSpatialLayer ?? TOP_LAYER) !== demand) await producer.setMaxSpatialLayer(demand);
    }
    if (wanted === null || wanted.readyState === 'live') await producer.replaceTrack({ track: wanted });
  }

  /** The share is over. The server may have closed it first, as when a host stopped it. */
  #end(producer: types.Producer): void {
    this.#producer = null;
    producer.close();
    this.#options.signaling.send('producer:close', { producerId: producer.id });
  }

  async #create(track: MediaStreamTrack, live: boolean): Promise<void> {
    const producer = await this.#options.transport.produce({
      track,
      // Devices belong to LocalMedia; a producer must not stop them.
      stopTracks: false,
      disableTrackOnPause: false,
      appData: { source: this.#source, paused: !live },
      onRtpSender: (sender) => {
        // Before anything is negotiated, so that not one packet of media leaves.
        if (!live) void sender.replaceTrack(null);
      },
      ...this.#options.options,
    });
    if (this.#closed) {
      producer.close();
      return;
    }
    this.#producer = producer;
    this.#pausedOnServer = !live;
    // The producer still believes that it has the track that onRtpSender took away.
    if (!live) await producer.replaceTrack({ track: null });
  }
}

/** Whether the connection or the server is at fault for a moment, and not what was asked. */
function isPassing(code: VisitErrorCode): boolean {
  return code === 'unreachable' || code === 'store_unavailable';
}
