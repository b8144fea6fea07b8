import type { CurrentSignaling } from '../signaling/current-signaling.ts';
import type { VisitStore } from '../state/visit-store.ts';

/** Whether the page is in the background: said once it is so, and again to a server that believes something else. */
export class Presence {
  readonly #store: VisitStore;
  readonly #signaling: CurrentSignaling;
  #away = false;

  constructor(store: VisitStore, signaling: CurrentSignaling) {
    this.#store = store;
    this.#signaling = signaling;
  }

  get away(): boolean {
    return this.#away;
  }

  set(away: boolean): void {
    this.#away = away;
    this.say();
  }

  /** The call is over; the next one begins in the foreground. */
  stop(): void {
    this.#away = false;
  }

  /** To be called after a join: the server believes what the connection before it said last. */
  say(): void {
    const { phase, me } = this.#store.state;
    if (phase !== 'joined' || !me || me.away === this.#away) return;
    // The server tells the others, not oneself. What goes wrong is repaired by the next join.
    this.#store.update({ me: { ...me, away: this.#away } });
    this.#signaling.request('presence:set', { away: this.#away }).catch(() => undefined);
  }
}
