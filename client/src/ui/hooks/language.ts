import { createContext } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { direction, language, locale, onLanguageChange, setLanguage, t } from '../../locales/index.ts';
import type { LanguageChoice } from '../../locales/language-choice.ts';

/** The person's choice of a language. */
export const LanguageContext = createContext<LanguageChoice | null>(null);

/** Returns the locale of the texts (BCP 47); the component renders again after every change. */
export function useLanguage(): string {
  const [shown, setShown] = useState(locale());
  useLayoutEffect(() => {
    const update = () => setShown(locale());
    update();
    return onLanguageChange(update);
  }, []);
  return shown;
}

/** Switches to the language of `tag` (BCP 47), and returns whether that has succeeded or failed. */
export function useSettledLanguage(tag: string): boolean {
  const shown = useLanguage();
  const [failed, setFailed] = useState<string | null>(null);
  useLayoutEffect(() => {
    // The page keeps its current language.
    setLanguage(tag).catch(() => setFailed(tag));
  }, [tag]);
  return shown === tag || failed === tag;
}

/** Sets the document's language, direction and title, now and after every change. */
export function labelDocument(page: Document): void {
  const label = () => {
    page.documentElement.lang = language();
    page.documentElement.dir = direction();
    page.title = t('app.title');
  };
  label();
  onLanguageChange(label);
}
