import { ROLES } from '@televisit/shared/permissions';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { t as feedbackText } from '../ui/features/feedback/messages.ts';
import { direction, language, locale, onLanguageChange, setLanguage, t } from './index.ts';

afterEach(() => setLanguage('en'));

describe('t', () => {
  it('of a plain message is the message', () => {
    expect(t('prejoin.join')).toBe('Join now');
  });

  it('fills names in, as often as they stand there', () => {
    expect(t('prejoin.asNamed', { name: 'Ana', role: 'Patient' })).toBe('You join as Ana (Patient)');
  });

  it.each(['$& {name}', '{- name}', '{{name}}', '$t(prejoin.join)', '<b>O’Neill & Söhne</b>', 'count'])(
    'shows the value “%s” as it is',
    (name) => expect(t('say.joined', { name })).toBe(`${name} joined`),
  );

  it('has a word for every role', () => {
    for (const role of ROLES) expect(t(`role.${role}`)).not.toBe('');
  });

  it.each([
    ['en', 1, '1 character left'],
    ['en', 0, '0 characters left'],
    ['en', 2000, '2,000 characters left'],
    ['de', 2000, 'Noch 2.000 Zeichen'],
    ['fr', 1, '1 caractère restant'],
    ['es', 2, 'Quedan 2 caracteres'],
    ['pt', 0, 'Resta 0 caractere'],
    ['ar', 0, 'لم يتبقَّ أي حرف'],
    ['ar', 1, 'يتبقى حرف واحد'],
    ['ar', 2, 'يتبقى حرفان'],
    ['ar', 3, 'يتبقى 3 أحرف'],
    ['ar', 11, 'يتبقى 11 حرفًا'],
    ['ar', 100, 'يتبقى 100 حرف'],
  ])('in %s of %i takes the plural form “%s”', async (tag, count, said) => {
    await setLanguage(tag);
    // Which digits Arabic has without a country differs from one version of CLDR to the next.
    expect(latinDigits(feedbackText('feedback.left', { count }))).toBe(said);
  });

  it('with a count in a message without plural forms is that message', async () => {
    await setLanguage('de');
    expect(feedbackText('feedback.star', { count: 1, total: 5 })).toBe('1 von 5 Sternen');
  });

  it('writes numbers as the region does', async () => {
    await setLanguage('de-CH');
    expect(feedbackText('feedback.left', { count: 2000 })).toMatch(/^Noch 2[’']000 Zeichen$/);
  });

  it('keeps apart a name that runs the other way', async () => {
    expect(t('say.joined', { name: 'ليلى' })).toBe('\u2068ليلى\u2069 joined');
    await setLanguage('ar');
    expect(t('say.joined', { name: 'Ana' })).toBe('انضم \u2068Ana\u2069');
  });
});

describe('setLanguage', () => {
  it('of a language with a region speaks it and keeps the region for dates and numbers', async () => {
    await setLanguage('pt-PT');
    expect([language(), locale(), direction()]).toEqual(['pt', 'pt-PT', 'ltr']);
    expect(t('call.leave')).toBe('Sair');
  });

  it('of Arabic turns the direction', async () => {
    await setLanguage('ar-EG');
    expect([language(), locale(), direction()]).toEqual(['ar', 'ar-EG', 'rtl']);
    await setLanguage('en');
    expect(direction()).toBe('ltr');
  });

  it.each(['xx', 'not a tag', ''])('of “%s” speaks English', async (tag) => {
    await setLanguage('de');
    await setLanguage(tag);
    expect(language()).toBe('en');
  });

  it('changes nothing before the words are there', async () => {
    vi.resetModules();
    const fresh = await import('./index.ts');
    const spoken = fresh.setLanguage('fr');
    expect([fresh.language(), fresh.t('call.leave')]).toEqual(['en', 'Leave']);
    await spoken;
    expect([fresh.language(), fresh.t('call.leave')]).toEqual(['fr', 'Quitter']);
  });

  it('tells the listeners once when the words have changed', async () => {
    const heard = vi.fn(() => t('call.leave'));
    const stop = onLanguageChange(heard);
    await setLanguage('fr');
    await setLanguage('fr');
    expect(heard.mock.results.map(({ value }) => value as string)).toEqual(['Quitter']);
    stop();
    await setLanguage('en');
    expect(heard).toHaveBeenCalledOnce();
  });

  it('called twice at once ends with the last', async () => {
    await Promise.all([setLanguage('es'), setLanguage('ar'), setLanguage('de'), setLanguage('en')]);
    expect([language(), t('call.leave')]).toEqual(['en', 'Leave']);
    await Promise.all([setLanguage('en'), setLanguage('es')]);
    expect([language(), t('call.leave')]).toEqual(['es', 'Salir']);
  });
});

function latinDigits(text: string): string {
  return text.replaceAll(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
}
