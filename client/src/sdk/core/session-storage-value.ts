/** The part of `Storage` that the SDK uses. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * What is kept of a visit for a reload of the tab: the join token, how the person's feedback stands, what they have read,
 * and the secret by which the server knows the page again.
 */
export type StoredName = 'token' | 'feedback' | 'chat-read' | 'device';

/**
 * One text about one visit, in memory and in the tab's session storage, so that a reload comes back to it. Storage that
 * is full or forbidden is not an error: the text then lives as long as the page.
 */
export class SessionStorageValue {
  readonly #key: string;
  readonly #storage: KeyValueStore | null;
  #value: string | null = null;

  constructor(name: StoredName, sessionId: string, storage: KeyValueStore | null) {
    this.#key = `televisit:${name}:${sessionId}`;
    this.#storage = storage;
  }

  /** The current text, or null where there is none. */
  get(): string | null {
    if (this.#value === null) {
      try {
        this.#value = this.#storage?.getItem(this.#key) ?? null;
      } catch {
        // A browser that blocks storage throws here.
      }
    }
    return this.#value;
  }

  set(value: string): void {
    this.#value = value;
    try {
      this.#storage?.setItem(this.#key, value);
    } catch {
      // The copy in memory serves until the page is closed.
    }
  }

  clear(): void {
    this.#value = null;
    try {
      this.#storage?.removeItem(this.#key);
    } catch {
      // Nothing could be stored there either.
    }
  }
}
