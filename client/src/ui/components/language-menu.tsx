import { useContext, useState } from 'preact/hooks';
import { language, LANGUAGES, t } from '../../locales/index.ts';
import { LanguageContext, useLanguage } from '../hooks/language.ts';
import { GlobeIcon } from './icons.tsx';

/** Selects the language of the page. Each language is listed by its name in that language. */
export function LanguageMenu() {
  const choice = useContext(LanguageContext);
  const [failed, setFailed] = useState(false);
  useLanguage();
  if (!choice) return null;
  const choose = (select: HTMLSelectElement) => {
    setFailed(false);
    choice.choose(select.value).catch(() => {
      select.value = language();
      setFailed(true);
    });
  };
  return (
    <div class="language-menu">
      <label class="language-choice" title={t('language.choose')}>
        <GlobeIcon />
        <span class="visually-hidden">{t('language.choose')}</span>
        <select
          data-testid="language-menu"
          value={language()}
          onChange={(event) => choose(event.currentTarget)}
        >
          {Object.entries(LANGUAGES).map(([tag, { name }]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {failed && (
        <p class="language-failed" role="alert">
          {t('language.failed')}
        </p>
      )}
    </div>
  );
}
