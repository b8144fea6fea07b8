import type { CaptionText } from '@televisit/shared/features/captions';
import type { Logger } from 'pino';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Translator } from '../../speech/translation.ts';
import { isSameLanguage } from './rules.ts';

/** A caption as it was said. */
export type Caption = Omit<CaptionText, 'translatedFrom' | 'untranslated'>;

export interface CaptionAudienceOptions {
  /** Null if the server translates nothing. */
  readonly translator: Translator | null;
  readonly logger: Logger;
}

/** The greatest number of translations that are kept, so that a sentence that is said again is translated once. */
const MAX_KEPT = 200;

/** The pages of a room that have turned captions on, each in the language that it wants. */
export class CaptionAudience {
  readonly #options: CaptionAudienceOptions;
  /** The language into which to translate, by page; null for none. */
  readonly #pages = new Map<MemberConnection, string | null>();
  readonly #translations = new Map<string, Promise<string>>();

  constructor(options: CaptionAudienceOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#pages.size === 0;
  }

  add(page: MemberConnection, translateTo: string | null): void {
    this.#pages.set(page, translateTo);
  }

  /** @returns whether the page had captions turned on */
  delete(page: MemberConnection): boolean {
    return this.#pages.delete(page);
  }

  /** Sends a caption to every page; a final one follows later where it has to be translated. @returns how many pages there are */
  send(caption: Caption): number {
    const { translator } = this.#options;
    const targets = new Set<string>();
    for (const [page, target] of this.#pages) {
      const isTranslated = target !== null && caption.final && caption.text !== '';
      if (isTranslated && !isSameLanguage(target, caption.language)) targets.add(target);
      else page.emit('captions:text', { ...caption, translatedFrom: null, untranslated: false });
    }
    for (const target of targets) {
      if (translator) void this.#sendTranslated(translator, caption, target);
      else this.#sendTo(target, { ...caption, translatedFrom: null, untranslated: true });
    }
    return this.#pages.size;
  }

  async #sendTranslated(translator: Translator, caption: Caption, target: string): Promise<void> {
    try {
      const text = await this.#translate(translator, caption, target);
      const { language: translatedFrom } = caption;
      this.#sendTo(target, { ...caption, text, language: target, translatedFrom, untranslated: false });
    } catch (error) {
      this.#options.logger.warn({ err: error, target }, 'failed to translate a caption');
      this.#sendTo(target, { ...caption, translatedFrom: null, untranslated: true });
    }
  }

  #translate(translator: Translator, { text, language }: Caption, target: string): Promise<string> {
    const key = JSON.stringify([language, target, text]);
    const known = this.#translations.get(key);
    if (known) return known;
    const translating = translator.translate(text, language, target);
    this.#translations.set(key, translating);
    const [oldest] = this.#translations.keys();
    if (oldest !== undefined && this.#translations.size > MAX_KEPT) this.#translations.delete(oldest);
    translating.catch(() => this.#translations.delete(key));
    return translating;
  }

  /** The page may have turned captions off, or chosen another language, while its text was translated. */
  #sendTo(target: string, text: CaptionText): void {
    for (const [page, wanted] of this.#pages) if (wanted === target) page.emit('captions:text', text);
  }
}
