import type { Source } from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import type { SignalingClient } from './signaling-client.ts';

/** What to do with a source now. */
export interface Wish {
  readonly track: MediaStreamTrack | null;
  readonly on: boolean;
  /** Whether the person has joined: before that nothing is sent. */
  readonly joined: boolean;
}

/** Simulcast, lowest layer first; powers of two, because Firefox knows no other (RFC 8853). Bits a second. */
const CAMERA_LAYERS = [
  { scaleResolutionDownBy: 4, maxBitrate: 120_000, scalabilityMode: 'L1T3' },
  { scaleResolutionDownBy: 2, maxBitrate: 350_000, scalabilityMode: 'L1T3' },
  { scaleResolutionDownBy: 1, maxBitrate: 1_200_000, scalabilityMode: 'L1T3' },
];

/**
 * Keeps what is sent of one source equal to what is wished. A source that is not live has a sender without a track
 * (`replaceTrack(null)`): a disabled track would still send black pictures and silence, and taking the transceiver out
 * would cost a negotiation when the person joins.
 */
export class SourcePublisher {
  readonly #source: Source;
  readonly #transport: types.Transport;
  readonly #signaling: SignalingClient;
  readonly #opusDtx: boolean;
  #producer: types.Producer | null = null;
  #wish: Wish = { track: null, on: false, joined: false };
  #pausedOnServer = true;
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(source: Source, transport: types.Transport, signaling: SignalingClient, opusDtx: boolean) {
    this.#source = source;
    this.#transport = transport;
    this.#signaling = signaling;
    this.#opusDtx = opusDtx;
  }

  get producer(): types.Producer | null {
    return this.#producer;
  }

  /** Works towards a wish; resolves when the last wish is fulfilled. Never throws. */
  set(wish: Wish): Promise<void> {
    this.#wish = wish;
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Whether a join with this wish sends the source: its message then resumes the producer on the server by itself. */
  goesLive(wish: Wish): boolean {
    if (!this.#producer || !wish.on || !wish.track) return false;
    this.#pausedOnServer = false;
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#producer = null;
  }

  async #run(): Promise<void> {
    // Read through a function, because the compiler doesn't see that `set` changes it while this awaits.
    const goesOn = () => this.#again && !this.#closed;
    while (goesOn()) {
      this.#again = false;
      try {
        await this.#step(this.#wish);
      } catch (error) {
        // A closed transport or a lost connection: the reconnect publishes anew.
        if (!this.#closed) console.warn(`televisit: sending the ${this.#source} failed`, error);
      }
    }
  }

  async #step({ track, on, joined }: Wish): Promise<void> {
    const live = joined && on && track !== null;
    if (!this.#producer) {
      if (track === null || track.readyState === 'ended') return;
      await this.#create(track, live);
      // The wish may have changed while the server answered.
      this.#again = true;
      return;
    }
    const producer = this.#producer;
    const wanted = live ? track : null;
    if (wanted === null || wanted.readyState === 'live') await producer.replaceTrack({ track: wanted });
    if (this.#closed || this.#pausedOnServer === !live) return;
    if (!joined) return;
    this.#pausedOnServer = !live;
    const { id: producerId } = producer;
    await this.#signaling.request(live ? 'producer:resume' : 'producer:pause', { producerId });
  }

  async #create(track: MediaStreamTrack, live: boolean): Promise<void> {
    const producer = await this.#transport.produce({
      track,
      // Devices belong to LocalMedia; a producer must not stop them.
      stopTracks: false,
      disableTrackOnPause: false,
      appData: { source: this.#source, paused: !live },
      onRtpSender: (sender) => {
        // Before anything is negotiated, so that not one packet of media leaves.
        if (!live) void sender.replaceTrack(null);
      },
      ...(this.#source === 'camera'
        ? // A copy, because mediasoup-client writes into the encodings.
          {
            encodings: CAMERA_LAYERS.map((layer) => ({ ...layer })),
            codecOptions: { videoGoogleStartBitrate: 1000 },
          }
        : { codecOptions: { opusStereo: false, opusFec: true, opusDtx: this.#opusDtx } }),
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
