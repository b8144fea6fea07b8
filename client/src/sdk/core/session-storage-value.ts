/** The part of `Storage` that the SDK uses. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * The values that are kept for a reload of the tab: the join token, the standing of the feedback, the read position of the chat, and
 * the secret by which the server recognizes the page.
 */
export const STORED_NAMES = ['token', 'feedback', 'chat-read', 'device'] as const;
export type StoredName = (typeof STORED_NAMES)[number];

/**
 * A string that belongs to one session, in memory and in the tab's session storage, so that it survives a reload. Storage
 * that is full or forbidden is not an error: the string then lives as long as the page.
 */
export class SessionStorageValue {
  readonly #key: string;
  readonly #storage: KeyValueStore | null;
  #value: string | null = null;

  constructor(name: StoredName, sessionId: string, storage: KeyValueStore | null) {
    this.#key = `televisit:${name}:${sessionId}`;
    this.#storage = storage;
  }

  /** Returns the current string, or null. */
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
      // The copy in memory lasts until the page is closed.
    }
  }

  clear(): void {
    this.#value = null;
    try {
      this.#storage?.removeItem(this.#key);
    } catch {
      // Nothing is stored if storage is blocked.
    }
  }
}
