import type { Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { Backoff } from '../core/timers.ts';
import { VisitError, type VisitErrorCode } from '../core/errors.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { TOP_LAYER, type SourceOptions } from './source-options.ts';

/** The desired state of a source. */
export interface DesiredState {
  readonly track: MediaStreamTrack | null;
  readonly on: boolean;
  /** Whether the participant has joined: before that nothing is sent. */
  readonly joined: boolean;
}

export interface PublisherOptions {
  readonly transport: types.Transport;
  readonly signaling: SignalingClient;
  /** The ways to send the source, the preferred one first. */
  readonly ways: readonly SourceOptions[];
  /** Called if the server refuses a shared source and trying again cannot help. */
  readonly onRefused?: (error: VisitError) => void;
  /** Called if the browser can send the track in none of the ways. */
  readonly onUnsendable?: (track: MediaStreamTrack) => void;
}

/** Delays before a failed message is sent again, in milliseconds. */
const RETRIES = { delays: [1_000, 2_000, 4_000, 8_000] };

/**
 * Brings the sending of one source into the desired state. A device that is not live has a sender without a track
 * (`replaceTrack(null)`): a disabled track would still send black frames and silence, and removing the transceiver would
 * cost a negotiation at the join. Shared sources come and go with their producer.
 */
export class SourcePublisher {
  readonly #source: Source;
  readonly #isShared: boolean;
  readonly #options: PublisherOptions;
  #producer: types.Producer | null = null;
  /** The producer that the next one replaces. */
  #replaced: types.Producer | null = null;
  /** The index of the way to send. */
  #way = 0;
  /** The track that no way was left for. */
  #unsendable: MediaStreamTrack | null = null;
  #desired: DesiredState = { track: null, on: false, joined: false };
  /** The highest layer that a participant watches; null if none does. */
  #demand: number | null = TOP_LAYER;
  #pausedOnServer = true;
  #running: Promise<void> | null = null;
  #due = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #retries = new Backoff(RETRIES);
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
   * Sets the desired state. Resolves when it is reached, or cannot be for now: a temporary failure is tried again by
   * itself. Never throws.
   */
  set(desired: DesiredState): Promise<void> {
    this.#desired = desired;
    return this.#work();
  }

  /** Sends up to this layer, 0 to 2, or nothing for null. Other participants still see the source as switched on. */
  setDemand(layer: number | null): Promise<void> {
    this.#demand = layer;
    return this.#work();
  }

  /**
   * Sends with another codec, because a participant can't decode the present one.
   * @returns false if there is no other
   */
  changeCodec(): boolean {
    const { ways } = this.#options;
    const present = ways[this.#way]?.codec?.mimeType;
    const next = ways.findIndex(({ codec }, index) => index > this.#way && codec?.mimeType !== present);
    if (next === -1 || this.#closed) return false;
    this.#way = next;
    this.#replaced ??= this.#producer;
    this.#producer = null;
    void this.#work();
    return true;
  }

  /** Returns whether the server has the source and should run it: a join or resume names it then. */
  sends(desired: DesiredState): boolean {
    return this.#producer !== null && desired.on && desired.track !== null;
  }

  /** Sets whether the server paused the producer at the join. */
  joined(paused: boolean): void {
    if (this.#producer) this.#pausedOnServer = paused;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    this.#producer = null;
    this.#replaced = null;
  }

  #work(): Promise<void> {
    this.#due = true;
    clearTimeout(this.#retryTimer);
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    // Read through a function, because the compiler does not see that `set` changes it during an await.
    const isDue = () => this.#due && !this.#closed;
    while (isDue()) {
      this.#due = false;
      try {
        await this.#step(this.#desired, this.#demand);
        this.#retries.reset();
      } catch (error) {
        this.#failed(VisitError.from(error));
      }
    }
    // In the same turn as the last check: a desired state that is set later starts another run.
    this.#running = null;
  }

  #failed(error: VisitError): void {
    // After a lost connection the next session publishes again.
    if (this.#closed || this.#options.transport.closed) return;
    console.warn(`televisit: failed to send the ${this.#source}`, error);
    if (isTemporary(error.code) || (!this.#isShared && error.code === 'too_many_messages')) {
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => void this.#work(), this.#retries.next());
    } else if (this.#isShared) {
      this.#options.onRefused?.(error);
    }
  }

  async #step({ track, on, joined }: DesiredState, demand: number | null): Promise<void> {
    const live = joined && on && track !== null;
    const producer = this.#producer;
    if (!producer) {
      const wanted = this.#isShared && !live ? null : track;
      if (wanted === null || wanted.readyState === 'ended' || wanted === this.#unsendable) return;
      await this.#create(wanted, live);
      // The desired state may have changed while the server answered.
      this.#due = true;
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

  /** Ends a shared source. The server may have closed it first, if a host stopped it. */
  #end(producer: types.Producer): void {
    this.#producer = null;
    producer.close();
    this.#options.signaling.send('producer:close', { producerId: producer.id });
  }

  async #create(track: MediaStreamTrack, live: boolean): Promise<void> {
    const { ways, onUnsendable } = this.#options;
    let producer: types.Producer;
    try {
      producer = await this.#produce(track, live);
    } catch (error) {
      // Only the browser throws other errors: it refuses this way.
      if (error instanceof VisitError || this.#closed || this.#options.transport.closed) throw error;
      console.warn(`televisit: the browser refuses to send the ${this.#source} this way`, error);
      if (this.#way < ways.length - 1) {
        this.#way += 1;
        return;
      }
      this.#way = 0;
      this.#unsendable = track;
      onUnsendable?.(track);
      return;
    }
    this.#replaced?.close();
    this.#replaced = null;
    if (this.#closed) {
      producer.close();
      return;
    }
    this.#producer = producer;
    this.#pausedOnServer = !live;
    // The producer still has the track that onRtpSender removed.
    if (!live) await producer.replaceTrack({ track: null });
  }

  #produce(track: MediaStreamTrack, live: boolean): Promise<types.Producer> {
    return this.#options.transport.produce({
      track,
      // LocalMedia owns the devices; a producer must not stop them.
      stopTracks: false,
      disableTrackOnPause: false,
      appData: { source: this.#source, paused: !live },
      onRtpSender: (sender) => {
        // Before anything is negotiated, so that no packet of media is sent.
        if (!live) void sender.replaceTrack(null);
      },
      ...this.#options.ways[this.#way],
    });
  }
}

/** Returns whether a failure is temporary: the cause is the connection or the server, not the request. */
function isTemporary(code: VisitErrorCode): boolean {
  return code === 'unreachable' || code === 'store_unavailable';
}
