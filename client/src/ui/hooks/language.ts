import { createContext } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { direction, language, locale, onLanguageChange, setLanguage, t } from '../../locales/index.ts';
import type { LanguageChoice } from '../../locales/language-choice.ts';

/** How the person's choice of a language reaches the menu. */
export const LanguageContext = createContext<LanguageChoice | null>(null);

/** The language of the words (BCP 47); every change renders anew. */
export function useLanguage(): string {
  const [shown, setShown] = useState(locale());
  useLayoutEffect(() => {
    const update = () => setShown(locale());
    update();
    return onLanguageChange(update);
  }, []);
  return shown;
}

/** Speaks the language of `tag` (BCP 47) and says whether that is settled: it is loaded, or it can't be. */
export function useSettledLanguage(tag: string): boolean {
  const shown = useLanguage();
  const [failed, setFailed] = useState<string | null>(null);
  useLayoutEffect(() => {
    // The page then goes on in the language that it has.
    setLanguage(tag).catch(() => setFailed(tag));
  }, [tag]);
  return shown === tag || failed === tag;
}

/** Tells the document its language, direction and title, now and after every change. */
export function labelDocument(page: Document): void {
  const label = () => {
    page.documentElement.lang = language();
    page.documentElement.dir = direction();
    page.title = t('app.title');
  };
  label();
  onLanguageChange(label);
}
