import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { describe, expect, it } from 'vitest';
import { MAIL_KINDS } from '../domain/mail-store.ts';
import { newSession, seat } from '../domain/testing/sessions.ts';
import type { MessageKey } from './texts.ts';
import { localizationFor, MESSAGES, type MailLanguage } from './localization.ts';
import { earlyPage, mailContent, type MailContext } from './mail-content.ts';

const LINK = 'https://visits.test/join/sess_00000001/1.signature';
const LANGUAGES = Object.keys(MESSAGES) as MailLanguage[];

/** Replaces the various spaces of Intl with plain ones. */
const plain = (text: string) => text.replaceAll(/[\u2009\u202f\u00a0]/g, ' ');

const contextOf = (changes: Partial<MailContext> = {}): MailContext => ({
  kind: 'reminder',
  session: newSession(),
  seat: seat('patient-1', 'patient', { email: 'ada@home.test' }),
  link: LINK,
  timeZone: 'UTC',
  ...changes,
});

describe.each(LANGUAGES)('mail in %s', (language) => {
  const inLanguage = (changes: Partial<MailContext> = {}) =>
    mailContent(contextOf({ seat: seat('p', 'patient', { language, displayName: 'Ada' }), ...changes }));

  it.each(MAIL_KINDS)('%s has all values filled in, in text and HTML alike', (kind) => {
    const { subject, text, html } = inLanguage({ kind });
    for (const words of [subject, text, html]) {
      expect(words).not.toMatch(/\{\w+\}|undefined|null|NaN/);
      expect(words).toMatch(/2026|٢٠٢٦/);
    }
    for (const words of [text, html]) {
      expect(words).toContain('Ada');
      expect(words).toContain('Check-up');
      expect(words).toContain(MESSAGES[language].footer);
      expect(words.includes(LINK)).toBe(kind !== 'cancelled' && kind !== 'withdrawn');
    }
    expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
    // RFC 5322, 2.1.1.
    expect(html.split('\n').every((line) => Buffer.byteLength(line) < 998)).toBe(true);
    expect(subject).not.toContain('Ada');
  });

  it('has every message, translated', () => {
    for (const other of LANGUAGES.filter((one) => one !== language)) {
      expect(JSON.stringify(MESSAGES[language])).not.toBe(JSON.stringify(MESSAGES[other]));
      expect(MESSAGES[language]['text.reminder']).not.toBe(MESSAGES[other]['text.reminder']);
    }
    expect(Object.keys(MESSAGES[language]).sort()).toEqual(Object.keys(MESSAGES.en).sort());
    for (const [key, message] of Object.entries(MESSAGES.en)) {
      const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
      expect([key, names(MESSAGES[language][key as MessageKey])]).toEqual([key, names(message)]);
    }
  });

  it('has a page for links that are opened early', () => {
    const page = earlyPage(newSession(), seat('p', 'patient', { language }), 'UTC');
    expect(page).toContain(MESSAGES[language]['early.title']);
    expect(page).toMatch(/8:45|٨:٤٥/);
  });
});

describe('mailContent', () => {
  it('escapes titles and names in HTML', () => {
    const { html, text } = mailContent(
      contextOf({
        session: newSession({ title: '<img src=x onerror=alert(1)>' }),
        seat: seat('p', 'patient', { displayName: '"><script>' }),
      }),
    );
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)>');
    expect(text).toContain('<img src=x');
  });

  it('leaves out the title and the name if there are none', () => {
    const { text } = mailContent(contextOf({ session: newSession({ title: null }) }));
    expect(text).toContain('Hello,\n');
    expect(text).not.toContain('Topic');
  });

  it('uses the time zone of the seat, or of the server if the seat has none', () => {
    const berlin = mailContent(contextOf({ timeZone: 'Europe/Berlin' }));
    expect(plain(berlin.text)).toContain('10:00 – 10:30 AM\n  Central European Standard Time');
    const tokyo = mailContent(
      contextOf({ timeZone: 'Europe/Berlin', seat: seat('p', 'patient', { timeZone: 'Asia/Tokyo' }) }),
    );
    expect(plain(tokyo.text)).toContain('6:00 – 6:30 PM\n  Japan Standard Time');
  });

  it('names both offsets if summer time ends during the visit', () => {
    const scheduledAt = Date.UTC(2031, 9, 26, 0, 30);
    const session = newSession({ scheduledAt, durationMinutes: 60 });
    const { text } = mailContent(contextOf({ session, timeZone: 'Europe/Berlin' }));
    expect(plain(text)).toContain('2:30 AM GMT+2 – 2:30 AM GMT+1');
  });

  it('includes the date if people may enter on an earlier day', () => {
    const session = newSession({ opensAt: newSession().scheduledAt - 24 * 3_600_000 });
    expect(mailContent(contextOf({ session })).text).toContain('from Sunday, January 4, 2026');
  });
});

describe('the language of a mail', () => {
  const languageOf = (own: string | null, visit: string | null) => {
    const session = newSession({ options: { ...DEFAULT_OPTIONS, language: visit } });
    return mailContent(contextOf({ session, seat: seat('p', 'patient', { language: own }) })).localization
      .locale;
  };

  it.each([
    ['de', 'fr', 'de'],
    [null, 'fr', 'fr'],
    ['pt-PT', null, 'pt-PT'],
    ['it', 'es', 'es'],
    ['it', null, 'en'],
    [null, null, 'en'],
  ])('is chosen from the seat (%s) and the visit (%s): %s', (own, visit, expected) => {
    expect(languageOf(own, visit)).toBe(expected);
  });

  it('is English if no tag is valid', () => expect(localizationFor('x', 'aa-1').language).toBe('en'));
});
