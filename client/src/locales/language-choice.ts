import { setLanguage } from './index.ts';
import { bestTag } from './languages.ts';

const KEY = 'televisit:language';

type Memory = Pick<Storage, 'getItem' | 'setItem'>;

/** Which language a person reads: the one that they chose, else the visit's, else their browser's, else English. */
export class LanguageChoice {
  readonly #memory: Memory | null;
  readonly #browserTags: () => readonly string[];
  #chosen: string | null = null;

  /** `memory` keeps the choice for other visits; null forgets it. The tags are the browser's, best first (BCP 47). */
  constructor(memory: Memory | null, browserTags: () => readonly string[]) {
    this.#memory = memory;
    this.#browserTags = browserTags;
    try {
      this.#chosen = memory?.getItem(KEY) ?? null;
    } catch {
      // A browser that blocks storage throws here.
    }
  }

  /** The tag for `setLanguage`; `visit` is the tag that the visit asks for, null where it asks for none. */
  tagFor(visit: string | null): string {
    return bestTag([this.#chosen, visit, ...this.#browserTags()]);
  }

  /** Takes the language that the person wants and remembers it. Rejects, and changes nothing, when it can't be loaded. */
  async choose(tag: string): Promise<void> {
    const before = this.#chosen;
    // Whoever hears of the change asks at once what is wanted now.
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
      // The page still knows it.
    }
  }
}
