import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { Emitter } from '../core/emitter.ts';

/** A stream of another participant, ready to be played. */
export interface RemoteTrack {
  readonly consumerId: string;
  readonly userId: string;
  readonly source: Source;
  readonly track: MediaStreamTrack;
}

interface IncomingEvents {
  /** All streams that can be played now. */
  tracks: readonly RemoteTrack[];
  /** Ids of consumers that the browser has set up; those of one batch together. */
  ready: string[];
}

/** The streams of the other participants on one receive transport. */
export class IncomingMedia extends Emitter<IncomingEvents> {
  readonly #transport: types.Transport;
  /** By id; null while the browser sets the consumer up. */
  readonly #consumers = new Map<string, types.Consumer | null>();
  readonly #pending = new Set<Promise<void>>();
  #tracks: readonly RemoteTrack[] = [];
  #ready: string[] = [];
  #playoutDelayMs: number | null = null;
  #closed = false;

  constructor(transport: types.Transport) {
    super();
    this.#transport = transport;
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#tracks;
  }

  /** Sets streams up in parallel; ignores known ones. */
  add(parameters: readonly ConsumerParameters[]): void {
    for (const one of parameters) {
      if (this.#closed || this.#consumers.has(one.consumerId)) continue;
      this.#consumers.set(one.consumerId, null);
      const work = this.#consume(one).finally(() => this.#pending.delete(work));
      this.#pending.add(work);
    }
  }

  /** Replaces the streams with those that the server has: sets new ones up, removes others, and reports all as ready again. */
  sync(parameters: readonly ConsumerParameters[]): void {
    const known = new Set(parameters.map(({ consumerId }) => consumerId));
    for (const consumerId of [...this.#consumers.keys()]) if (!known.has(consumerId)) this.remove(consumerId);
    for (const [consumerId, consumer] of this.#consumers) if (consumer) this.#reportReady(consumerId);
    this.add(parameters);
  }

  /** Resolves when all streams added so far are set up or have failed. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.#pending]);
  }

  remove(consumerId: string): void {
    if (!this.#consumers.has(consumerId)) return;
    this.#consumers.get(consumerId)?.close();
    this.#consumers.delete(consumerId);
    if (this.#tracks.some((track) => track.consumerId === consumerId)) {
      this.#show(this.#tracks.filter((track) => track.consumerId !== consumerId));
    }
  }

  /** Sets how long sound waits before it is played, in milliseconds; null for the browser's own choice. */
  setPlayoutDelay(ms: number | null): void {
    if (ms === this.#playoutDelayMs) return;
    this.#playoutDelayMs = ms;
    for (const consumer of this.consumers()) this.#delay(consumer);
  }

  consumers(): readonly types.Consumer[] {
    return [...this.#consumers.values()].filter((consumer) => consumer !== null);
  }

  /** Forgets all streams; the owner of the transport closes it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#consumers.clear();
    this.#tracks = [];
    this.removeAllListeners();
  }

  async #consume(parameters: ConsumerParameters): Promise<void> {
    const { consumerId, producerId, kind, userId, source } = parameters;
    let consumer: types.Consumer;
    try {
      consumer = await this.#transport.consume({
        id: consumerId,
        producerId,
        kind,
        rtpParameters: parameters.rtpParameters as types.RtpParameters,
        appData: { userId, source },
      });
    } catch (error) {
      if (!this.#closed) console.warn('televisit: failed to set up a stream', error);
      this.#consumers.delete(consumerId);
      return;
    }
    if (this.#closed || !this.#consumers.has(consumerId)) {
      consumer.close();
      return;
    }
    this.#consumers.set(consumerId, consumer);
    this.#delay(consumer);
    this.#reportReady(consumerId);
    // The warm-up consumer belongs to no participant.
    if (userId !== null && source !== null) {
      this.#show([...this.#tracks, { consumerId, userId, source, track: consumer.track }]);
    }
  }

  #delay({ kind, rtpReceiver }: types.Consumer): void {
    // Safari has no such property, and plays when its own jitter buffer decides.
    if (kind === 'audio' && rtpReceiver && 'jitterBufferTarget' in rtpReceiver) {
      rtpReceiver.jitterBufferTarget = this.#playoutDelayMs;
    }
  }

  #show(tracks: readonly RemoteTrack[]): void {
    this.#tracks = tracks;
    this.emit('tracks', tracks);
  }

  #reportReady(consumerId: string): void {
    this.#ready.push(consumerId);
    if (this.#ready.length > 1) return;
    // mediasoup-client resolves a batch of consumers in the same turn.
    queueMicrotask(() => {
      const ready = this.#ready;
      this.#ready = [];
      if (!this.#closed) this.emit('ready', ready);
    });
  }
}
