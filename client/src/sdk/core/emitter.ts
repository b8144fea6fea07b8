type Listener<T> = (payload: T) => void;

/** A typed event emitter. A listener that throws does not stop the others. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Subscribes to an event. The returned function unsubscribes. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Returns the number of listeners of an event. */
  listenerCount(event: keyof Events): number {
    return this.#listeners.get(event)?.size ?? 0;
  }

  protected emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    // A copy, because a listener may remove itself or others.
    for (const listener of [...(this.#listeners.get(event) ?? [])] as Listener<Events[E]>[]) {
      try {
        listener(payload);
      } catch (error) {
        console.error(`televisit: failed to run a listener of "${String(event)}"`, error);
      }
    }
  }

  protected removeAllListeners(): void {
    this.#listeners.clear();
  }
}
