import type { ActiveSpeakerObserver, Producer, Router } from 'mediasoup/types';

/** How often it is decided who speaks, in milliseconds. */
const INTERVAL_MS = 300;

/** Who speaks in a visit, or spoke last: the owner of the loudest microphone. */
export class ActiveSpeaker {
  readonly #observer: ActiveSpeakerObserver;
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

  /** Called at every change; null where the one who spoke is gone. */
  onChange(listener: (userId: string | null) => void): void {
    this.#listeners.push(listener);
  }

  /** Listens to a microphone until it closes; once is enough. Throws where the worker is gone. */
  async add(microphone: Producer, userId: string): Promise<void> {
    if (this.#owners.has(microphone.id)) return;
    this.#owners.set(microphone.id, userId);
    microphone.observer.once('close', () => {
      this.#owners.delete(microphone.id);
      // Somebody who comes back over a new connection has a new microphone by now.
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
