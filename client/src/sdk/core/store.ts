/** A method type, for the same reason as `Change`. */
type Listener<S> = { listen(state: S): void }['listen'];

/** Computes the next state. A method type, so that a change of some fields applies to every state that has them. */
type Change<S> = { change(state: S): S }['change'];

/** A store as those see it that know some of its fields only. They keep the others by spreading the state. */
export interface StateStore<S extends object> {
  readonly state: S;
  update(change: Partial<S> | Change<S>): void;
  /** Calls back after every change. The returned function unsubscribes. */
  subscribe(listener: Listener<S>): () => void;
}

/** State that several parts share: one immutable object, replaced at every change. */
export class Store<S extends object> implements StateStore<S> {
  readonly #listeners = new Set<Listener<S>>();
  #state: S;
  #closed = false;

  constructor(state: S) {
    this.#state = state;
  }

  get state(): S {
    return this.#state;
  }

  /** Replaces the state, or some of its fields, and calls every listener. Does nothing after `close`. */
  update(change: Partial<S> | Change<S>): void {
    if (this.#closed) return;
    const next = typeof change === 'function' ? change(this.#state) : { ...this.#state, ...change };
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of [...this.#listeners]) listener(next);
  }

  /** Calls back after every change. The returned function unsubscribes. */
  subscribe(listener: Listener<S>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }
}
