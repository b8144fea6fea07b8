import type { VisitState } from './visit-state.ts';

type Listener = (state: VisitState) => void;

/** The state that all parts of the client share: one immutable object, replaced at every change. */
export class VisitStore {
  readonly #listeners = new Set<Listener>();
  #state: VisitState;
  #closed = false;

  constructor(state: VisitState) {
    this.#state = state;
  }

  get state(): VisitState {
    return this.#state;
  }

  /** Replaces the state, or some of its fields, and tells everybody who listens. Nothing changes after `close`. */
  update(change: Partial<VisitState> | ((state: VisitState) => VisitState)): void {
    if (this.#closed) return;
    const next = typeof change === 'function' ? change(this.#state) : { ...this.#state, ...change };
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of [...this.#listeners]) listener(next);
  }

  /** Calls back after every change; the returned function stops that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }
}
