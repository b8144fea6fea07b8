import type { ReactionView } from '@televisit/shared/signaling';
import { reacted, reactionOver } from '../../state/visit-state.ts';
import type { VisitStore } from '../../state/visit-store.ts';

/** How long a reaction is shown, in milliseconds. */
export const REACTION_MS = 5_000;

/** Shows reactions for a while, each on its own. */
export class Reactions {
  readonly #store: VisitStore;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #ids = 0;

  constructor(store: VisitStore) {
    this.#store = store;
  }

  show(reaction: ReactionView): void {
    const id = ++this.#ids;
    this.#store.update((state) => reacted(state, id, reaction));
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#store.update((state) => reactionOver(state, id));
    }, REACTION_MS);
    this.#timers.add(timer);
  }

  /** Forgets what is shown; the state's owner takes it away. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
