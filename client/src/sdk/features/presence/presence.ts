import type { StateStore } from '../../core/store.ts';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { defineClientFeature, type StateWith } from '../feature.ts';

/** Whether the page is in the background: tells the server once it is, and a new server that believes otherwise. */
export class Presence {
  readonly #store: StateStore<StateWith<object>>;
  readonly #signaling: CurrentSignaling;
  #away = false;

  constructor(store: StateStore<StateWith<object>>, signaling: CurrentSignaling) {
    this.#store = store;
    this.#signaling = signaling;
  }

  get away(): boolean {
    return this.#away;
  }

  set(away: boolean): void {
    this.#away = away;
    this.tell();
  }

  /** The call is over; the next one begins in the foreground. */
  stop(): void {
    this.#away = false;
  }

  /** Tells the server unless it knows; after a join, the server knows the state of the previous connection. */
  tell(): void {
    const { phase, me } = this.#store.state;
    if (phase !== 'joined' || !me || me.away === this.#away) return;
    // The server tells the other participants only. A failure is repaired by the next join.
    this.#store.update({ me: { ...me, away: this.#away } });
    this.#signaling.send('presence:set', { away: this.#away });
  }
}

/** Presence is a part of the core contract; it has no slice of its own. */
export const presence = defineClientFeature<{ readonly name: 'presence' }, object, Presence>({
  name: 'presence',
  initial: {},
  create: ({ store, signaling }) => {
    const current = new Presence(store, signaling);
    return {
      commands: current,
      restore: (result, node) => {
        const { self } = result;
        if (!node.isPending || self.away === current.away) return result;
        node.send('presence:set', { away: current.away });
        return { ...result, self: { ...self, away: current.away } };
      },
      entered: () => current.tell(),
      stopped: () => current.stop(),
    };
  },
});
