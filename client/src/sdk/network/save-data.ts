import type { KeyValueStore } from '../core/session-storage-value.ts';

const KEY = 'televisit:save-data';

/** Whether this person saves data, remembered across visits. Storage that is full or forbidden is not an error. */
export class SaveData {
  readonly #storage: KeyValueStore | null;

  constructor(storage: KeyValueStore | null) {
    this.#storage = storage;
  }

  /** As it was kept; false where nothing is. */
  get on(): boolean {
    try {
      return this.#storage?.getItem(KEY) === 'on';
    } catch {
      return false;
    }
  }

  keep(on: boolean): void {
    try {
      if (on) this.#storage?.setItem(KEY, 'on');
      else this.#storage?.removeItem(KEY);
    } catch {
      // The choice then lasts as long as the page.
    }
  }
}
