import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { describe, expect, it } from 'vitest';
import { MAIL_KINDS } from '../domain/mail-store.ts';
import { newSession, seat } from '../domain/testing/sessions.ts';
import { earlyPage } from './early-page.ts';
import { mailContent, type Telling } from './mail-content.ts';
import { speechOf, WORDS, type MailLanguage } from './words/index.ts';

const LINK = 'https://visits.test/join/sess_00000001/1.signature';
const LANGUAGES = Object.keys(WORDS) as MailLanguage[];

/** With spaces of one kind. */
const plain = (text: string) => text.replaceAll(/[\u2009\u202f\u00a0]/g, ' ');

const telling = (changes: Partial<Telling> = {}): Telling => ({
  kind: 'reminder',
  session: newSession(),
  seat: seat('patient-1', 'patient', { email: 'ada@home.test' }),
  link: LINK,
  timeZone: 'UTC',
  ...changes,
});

describe.each(LANGUAGES)('the mail in %s', (language) => {
  const inLanguage = (changes: Partial<Telling> = {}) =>
    mailContent(telling({ seat: seat('p', 'patient', { language, displayName: 'Ada' }), ...changes }));

  it.each(MAIL_KINDS)(
    'that tells of %s leaves no gap open, and says the same as text and as HTML',
    (kind) => {
      const { subject, text, html } = inLanguage({ kind });
      for (const words of [subject, text, html]) {
        expect(words).not.toMatch(/\{\w+\}|undefined|null|NaN/);
        expect(words).toMatch(/2026|٢٠٢٦/);
      }
      for (const words of [text, html]) {
        expect(words).toContain('Ada');
        expect(words).toContain('Check-up');
        expect(words).toContain(WORDS[language].automatic);
        expect(words.includes(LINK)).toBe(kind !== 'cancelled');
      }
      expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
      // RFC 5322, 2.1.1.
      expect(html.split('\n').every((line) => Buffer.byteLength(line) < 998)).toBe(true);
      expect(subject).not.toContain('Ada');
    },
  );

  it('has words of its own for everything', () => {
    const own = JSON.stringify(WORDS[language]);
    for (const other of LANGUAGES.filter((one) => one !== language)) {
      expect(own).not.toBe(JSON.stringify(WORDS[other]));
      expect(WORDS[language].text.reminder).not.toBe(WORDS[other].text.reminder);
    }
    expect(Object.keys(WORDS[language]).sort()).toEqual(Object.keys(WORDS.en).sort());
  });

  it('has an early page', () => {
    const page = earlyPage(newSession(), seat('p', 'patient', { language }), 'UTC');
    expect(page).toContain(WORDS[language].early.title);
    expect(page).toMatch(/8:45|٨:٤٥/);
  });
});

describe('the mail', () => {
  it('escapes what callers have written', () => {
    const { html, text } = mailContent(
      telling({
        session: newSession({ title: '<img src=x onerror=alert(1)>' }),
        seat: seat('p', 'patient', { displayName: '"><script>' }),
      }),
    );
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(text).toContain('<img src=x');
  });

  it('of a visit without title and a seat without name has neither', () => {
    const { text } = mailContent(telling({ session: newSession({ title: null }) }));
    expect(text).toContain('Hello,\n');
    expect(text).not.toContain('About');
  });

  it('has the times of the seat’s zone, else of the server’s', () => {
    const berlin = mailContent(telling({ timeZone: 'Europe/Berlin' }));
    expect(plain(berlin.text)).toContain('10:00 – 10:30 AM\n  Central European Standard Time');
    const tokyo = mailContent(
      telling({ timeZone: 'Europe/Berlin', seat: seat('p', 'patient', { timeZone: 'Asia/Tokyo' }) }),
    );
    expect(plain(tokyo.text)).toContain('6:00 – 6:30 PM\n  Japan Standard Time');
  });

  it('says the day on which people may enter where it is another one', () => {
    const session = newSession({ opensAt: newSession().scheduledAt - 24 * 3_600_000 });
    expect(mailContent(telling({ session })).text).toContain('from Sunday, January 4, 2026');
  });
});

describe('the language', () => {
  const languageOf = (own: string | null, visit: string | null) => {
    const session = newSession({ options: { ...DEFAULT_OPTIONS, language: visit } });
    return mailContent(telling({ session, seat: seat('p', 'patient', { language: own }) })).speech.locale;
  };

  it.each([
    ['de', 'fr', 'de'],
    [null, 'fr', 'fr'],
    ['pt-PT', null, 'pt-PT'],
    ['it', 'es', 'es'],
    ['it', null, 'en'],
    [null, null, 'en'],
  ])('of the seat %s in a visit in %s is %s', (own, visit, expected) => {
    expect(languageOf(own, visit)).toBe(expected);
  });

  it('of a tag that is none is English', () => expect(speechOf('x', 'aa-1').language).toBe('en'));
});
