import { setLanguage } from './index.ts';
import { bestTag } from './languages.ts';

const KEY = 'televisit:language';

type Memory = Pick<Storage, 'getItem' | 'setItem'>;

/** The language that a person reads: their choice, else the visit's language, else the browser's, else English. */
export class LanguageChoice {
  readonly #memory: Memory | null;
  readonly #browserTags: () => readonly string[];
  #chosen: string | null = null;

  /** `memory` keeps the choice for other visits; null keeps nothing. The tags are the browser's, best first (BCP 47). */
  constructor(memory: Memory | null, browserTags: () => readonly string[]) {
    this.#memory = memory;
    this.#browserTags = browserTags;
    try {
      this.#chosen = memory?.getItem(KEY) ?? null;
    } catch {
      // A browser that blocks storage throws here.
    }
  }

  /** Returns the tag for `setLanguage`; `visit` is the tag of the visit's language, if it has one. */
  tagFor(visit: string | null): string {
    return bestTag([this.#chosen, visit, ...this.#browserTags()]);
  }

  /** Switches to a language and remembers it. Rejects, and changes nothing, if it can't be loaded. */
  async choose(tag: string): Promise<void> {
    const before = this.#chosen;
    // Listeners of the change call `tagFor` at once.
    this.#chosen = tag;
    try {
      await setLanguage(bestTag([tag, ...this.#browserTags()]));
    } catch (error) {
      this.#chosen = before;
      throw error;
    }
    try {
      this.#memory?.setItem(KEY, tag);
    } catch {
      // The choice lasts as long as the page.
    }
  }
}
