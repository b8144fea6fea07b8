import type { ActiveSpeakerObserver, Producer, Router } from 'mediasoup/types';

/** Interval at which the worker picks the dominant speaker, in milliseconds. */
const INTERVAL_MS = 300;

/** The participant who speaks, or spoke last: the owner of the loudest microphone. */
export class ActiveSpeaker {
  readonly #observer: ActiveSpeakerObserver;
  /** User ids by producer id. */
  readonly #owners = new Map<string, string>();
  readonly #listeners: ((userId: string | null) => void)[] = [];
  #current: string | null = null;

  private constructor(observer: ActiveSpeakerObserver) {
    this.#observer = observer;
    observer.on('dominantspeaker', ({ producer }) => this.#set(this.#owners.get(producer.id) ?? null));
  }

  static async create(router: Router): Promise<ActiveSpeaker> {
    return new ActiveSpeaker(await router.createActiveSpeakerObserver({ interval: INTERVAL_MS }));
  }

  /** Calls `listener` at every change, with null when the last speaker has no microphone left. */
  onChange(listener: (userId: string | null) => void): void {
    this.#listeners.push(listener);
  }

  /** Observes a microphone until it closes. Idempotent. Rejects if the worker is gone. */
  async add(microphone: Producer, userId: string): Promise<void> {
    if (this.#owners.has(microphone.id)) return;
    this.#owners.set(microphone.id, userId);
    microphone.observer.once('close', () => {
      this.#owners.delete(microphone.id);
      // A participant who reconnects already has another microphone.
      if (this.#current === userId && ![...this.#owners.values()].includes(userId)) this.#set(null);
    });
    await this.#observer.addProducer({ producerId: microphone.id });
  }

  #set(userId: string | null): void {
    if (this.#current === userId) return;
    this.#current = userId;
    for (const listener of this.#listeners) listener(userId);
  }
}
