import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { Emitter } from '../core/emitter.ts';

/** A stream of somebody else, ready to be played. */
export interface RemoteTrack {
  readonly consumerId: string;
  readonly userId: string;
  readonly source: Source;
  readonly track: MediaStreamTrack;
}

interface IncomingEvents {
  /** Every stream that can be played now. */
  tracks: readonly RemoteTrack[];
  /** Consumers that the browser has set up, together where they were made together. */
  ready: string[];
}

/** The streams of the others on one receive transport. */
export class IncomingMedia extends Emitter<IncomingEvents> {
  readonly #transport: types.Transport;
  /** Null while the browser is at it. */
  readonly #consumers = new Map<string, types.Consumer | null>();
  readonly #pending = new Set<Promise<void>>();
  #tracks: readonly RemoteTrack[] = [];
  #ready: string[] = [];
  #closed = false;

  constructor(transport: types.Transport) {
    super();
    this.#transport = transport;
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#tracks;
  }

  /** Sets streams up, side by side. One that is known already is left alone. */
  add(parameters: readonly ConsumerParameters[]): void {
    for (const one of parameters) {
      if (this.#closed || this.#consumers.has(one.consumerId)) continue;
      this.#consumers.set(one.consumerId, null);
      const work = this.#consume(one).finally(() => this.#pending.delete(work));
      this.#pending.add(work);
    }
  }

  /** Makes the streams those that the server has now: new ones are set up, others go, and all are said to be ready again. */
  sync(parameters: readonly ConsumerParameters[]): void {
    const known = new Set(parameters.map(({ consumerId }) => consumerId));
    for (const consumerId of [...this.#consumers.keys()]) if (!known.has(consumerId)) this.remove(consumerId);
    for (const [consumerId, consumer] of this.#consumers) if (consumer) this.#sayReady(consumerId);
    this.add(parameters);
  }

  /** Resolves when everything that was added so far is set up or has failed. */
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

  consumers(): readonly types.Consumer[] {
    return [...this.#consumers.values()].filter((consumer) => consumer !== null);
  }

  /** Forgets everything; the transport's owner closes the transport. */
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
      if (!this.#closed) console.warn('televisit: a stream could not be set up', error);
      this.#consumers.delete(consumerId);
      return;
    }
    if (this.#closed || !this.#consumers.has(consumerId)) {
      consumer.close();
      return;
    }
    this.#consumers.set(consumerId, consumer);
    this.#sayReady(consumerId);
    // The placeholder has no person; it only warms the transport up.
    if (userId !== null && source !== null) {
      this.#show([...this.#tracks, { consumerId, userId, source, track: consumer.track }]);
    }
  }

  #show(tracks: readonly RemoteTrack[]): void {
    this.#tracks = tracks;
    this.emit('tracks', tracks);
  }

  #sayReady(consumerId: string): void {
    this.#ready.push(consumerId);
    if (this.#ready.length > 1) return;
    // mediasoup-client resolves a batch in one go: the others of it come in this same turn.
    queueMicrotask(() => {
      const ready = this.#ready;
      this.#ready = [];
      if (!this.#closed) this.emit('ready', ready);
    });
  }
}
