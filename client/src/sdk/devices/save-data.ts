import type { KeyValueStore } from '../core/session-storage-value.ts';

const KEY = 'televisit:save-data';

/** Whether the participant saves data, remembered across visits. Storage that is full or forbidden is not an error. */
export class SaveData {
  readonly #storage: KeyValueStore | null;

  constructor(storage: KeyValueStore | null) {
    this.#storage = storage;
  }

  /** The remembered choice; false without one. */
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
      // Without storage the choice lasts as long as the page.
    }
  }
}
