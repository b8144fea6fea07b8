/** The part of `Storage` that the SDK uses. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * The join token of one visit, in memory and in the tab's session storage, so that a reload comes back as the same
 * person. Storage that is full or forbidden is not an error: the token then lives as long as the page.
 */
export class TokenStore {
  readonly #key: string;
  readonly #storage: KeyValueStore | null;
  #token: string | null = null;

  constructor(sessionId: string, storage: KeyValueStore | null) {
    this.#key = `televisit:token:${sessionId}`;
    this.#storage = storage;
  }

  /** The current token, or null where there is none. */
  get(): string | null {
    if (this.#token === null) {
      try {
        this.#token = this.#storage?.getItem(this.#key) ?? null;
      } catch {
        // A browser that blocks storage throws here.
      }
    }
    return this.#token;
  }

  set(token: string): void {
    this.#token = token;
    try {
      this.#storage?.setItem(this.#key, token);
    } catch {
      // The copy in memory serves until the page is closed.
    }
  }

  clear(): void {
    this.#token = null;
    try {
      this.#storage?.removeItem(this.#key);
    } catch {
      // Nothing could be stored there either.
    }
  }
}
