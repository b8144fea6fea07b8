import { ROLES } from '@televisit/shared/vocabulary';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { t as feedbackText } from '../ui/features/feedback/texts.ts';
import { t as callText } from './call.ts';
import {
  defineMessages,
  defineTexts,
  direction,
  language,
  loadMessages,
  locale,
  onLanguageChange,
  setLanguage,
  t,
  type Messages,
} from './index.ts';

afterEach(() => setLanguage('en'));

describe('t', () => {
  it('returns a plain message as it is', () => {
    expect(t('prejoin.join')).toBe('Join now');
  });

  it('replaces every occurrence of a name', () => {
    expect(t('prejoin.asNamed', { name: 'Ana', role: 'Patient' })).toBe('You join as Ana (Patient)');
  });

  it.each(['$& {name}', '{- name}', '{{name}}', '$t(prejoin.join)', '<b>O’Neill & Söhne</b>', 'count'])(
    'shows the value “%s” as it is',
    (name) => expect(t('say.joined', { name })).toBe(`${name} joined`),
  );

  it('has a text for every role', () => {
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
  ])('selects in %s for %i the plural form “%s”', async (tag, count, said) => {
    await setLanguage(tag);
    // Which digits Arabic has without a country differs from one version of CLDR to the next.
    expect(latinDigits(feedbackText('feedback.left', { count }))).toBe(said);
  });

  it('returns a message without plural forms for any count', async () => {
    await setLanguage('de');
    expect(feedbackText('feedback.star', { count: 1, total: 5 })).toBe('1 von 5 Sternen');
  });

  it('formats numbers for the region', async () => {
    await setLanguage('de-CH');
    expect(feedbackText('feedback.left', { count: 2000 })).toMatch(/^Noch 2[’']000 Zeichen$/);
  });

  it('isolates a name in the other writing direction', async () => {
    expect(t('say.joined', { name: 'ليلى' })).toBe('\u2068ليلى\u2069 joined');
    await setLanguage('ar');
    expect(t('say.joined', { name: 'Ana' })).toBe('انضم \u2068Ana\u2069');
  });
});

describe('setLanguage', () => {
  it('keeps the region of the tag for dates and numbers', async () => {
    await setLanguage('pt-PT');
    expect([language(), locale(), direction()]).toEqual(['pt', 'pt-PT', 'ltr']);
    expect(callText('call.leave')).toBe('Sair');
  });

  it('changes the writing direction for Arabic', async () => {
    await setLanguage('ar-EG');
    expect([language(), locale(), direction()]).toEqual(['ar', 'ar-EG', 'rtl']);
    await setLanguage('en');
    expect(direction()).toBe('ltr');
  });

  it.each(['xx', 'not a tag', ''])('falls back to English for “%s”', async (tag) => {
    await setLanguage('de');
    await setLanguage(tag);
    expect(language()).toBe('en');
  });

  it('changes nothing before the messages are loaded', async () => {
    vi.resetModules();
    const fresh = await import('./index.ts');
    const spoken = fresh.setLanguage('fr');
    expect([fresh.language(), fresh.t('prejoin.join')]).toEqual(['en', 'Join now']);
    await spoken;
    expect([fresh.language(), fresh.t('prejoin.join')]).toEqual(['fr', 'Entrer maintenant']);
  });

  it('notifies listeners once per change', async () => {
    const heard = vi.fn(() => callText('call.leave'));
    const stop = onLanguageChange(heard);
    await setLanguage('fr');
    await setLanguage('fr');
    expect(heard.mock.results.map(({ value }) => value as string)).toEqual(['Quitter']);
    stop();
    await setLanguage('en');
    expect(heard).toHaveBeenCalledOnce();
  });

  it('ends with the last of several concurrent calls', async () => {
    await Promise.all([setLanguage('es'), setLanguage('ar'), setLanguage('de'), setLanguage('en')]);
    expect([language(), callText('call.leave')]).toEqual(['en', 'Leave']);
    await Promise.all([setLanguage('en'), setLanguage('es')]);
    expect([language(), callText('call.leave')]).toEqual(['es', 'Salir']);
  });
});

describe('defineMessages', () => {
  const define = (key: string, german: () => Promise<Record<string, string>>) => {
    const missing = () => Promise.reject(new Error('not in this test'));
    const english = { [key]: 'Hello' };
    return defineMessages(english, { de: german, es: missing, fr: missing, pt: missing, ar: missing });
  };

  it('offers English at once, and other languages after loadMessages', async () => {
    await setLanguage('de');
    const greeting = define('test.late', () => Promise.resolve({ 'test.late': 'Hallo' }));
    expect(greeting.t('test.late')).toBe('Hello');
    await loadMessages();
    expect(greeting.t('test.late')).toBe('Hallo');
  });

  it('stays in English until its messages can be loaded', async () => {
    await setLanguage('de');
    const german = vi
      .fn(() => Promise.resolve({ 'test.failing': 'Hallo' }))
      .mockRejectedValueOnce(new Error('offline'));
    const greeting = define('test.failing', german);
    await expect(loadMessages()).rejects.toThrow('offline');
    expect(greeting.t('test.failing')).toBe('Hello');
    await loadMessages();
    expect(greeting.t('test.failing')).toBe('Hallo');
  });
});

describe('Messages', () => {
  it('does not compile without a key, a name or a plural form of the language', () => {
    interface English {
      hello: 'Hello {name}';
      days: { readonly one: '{count} day'; readonly other: '{count} days' };
    }
    type German = Messages<'de', English>;
    const days = { one: 'ein Tag', other: '{count} Tage' } as const;
    const complete: German = { hello: 'Hallo {name}', days };
    const wrong = [
      // @ts-expect-error A key is missing.
      { hello: 'Hallo {name}' } satisfies German,
      // @ts-expect-error A name is missing.
      { hello: 'Hallo', days } satisfies German,
      // @ts-expect-error The count is missing.
      { hello: 'Hallo {name}', days: { one: 'ein Tag', other: 'Tage' } } satisfies German,
      // @ts-expect-error A plural form is missing.
      { hello: 'Hallo {name}', days: { other: '{count} Tage' } } satisfies German,
      // @ts-expect-error English has no such key.
      { hello: 'Hallo {name}', days, stale: '' } satisfies German,
    ];
    expect([complete, ...wrong]).toHaveLength(6);
  });
});

describe('defineTexts', () => {
  it('offers every language at once', async () => {
    await setLanguage('de');
    const [en, de, same] = [{ 'test.all': 'Hello' }, { 'test.all': 'Hallo' }, { 'test.all': '' }];
    expect(defineTexts({ en, de, es: same, fr: same, pt: same, ar: same }).t('test.all')).toBe('Hallo');
  });
});

function latinDigits(text: string): string {
  return text.replaceAll(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
}
