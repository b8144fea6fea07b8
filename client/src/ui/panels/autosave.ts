/** `typing`: there is unsaved text; `failed`: saving can be tried again. */
export type SaveState = 'idle' | 'typing' | 'saving' | 'saved' | 'failed';

/** Time between the last keystroke and saving, in milliseconds. */
const PAUSE_MS = 800;

/** Saves text while it is typed: after a pause, one save at a time, the latest text last. */
export class Autosave {
  readonly #save: (text: string) => Promise<void>;
  readonly #onState: (state: SaveState) => void;
  #text: string | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running = false;

  constructor(save: (text: string) => Promise<void>, onState: (state: SaveState) => void) {
    this.#save = save;
    this.#onState = onState;
  }

  /** Schedules the latest text to be saved. */
  type(text: string): void {
    this.#text = text;
    this.#onState('typing');
    this.#clear();
    this.#timer = setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Saves unsaved text now. */
  async flush(): Promise<void> {
    this.#clear();
    if (this.#running || this.#text === null) return;
    const text = this.#text;
    this.#text = null;
    this.#running = true;
    this.#onState('saving');
    let failed = false;
    try {
      await this.#save(text);
    } catch {
      failed = true;
    }
    this.#running = false;
    if (this.#isBehind()) {
      await this.flush();
      return;
    }
    if (failed) this.#text = text;
    this.#onState(failed ? 'failed' : 'saved');
  }

  /** Whether text was typed since the last attempt to save. */
  #isBehind(): boolean {
    return this.#text !== null;
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
