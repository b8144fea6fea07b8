import { NOTIFICATION_KINDS } from '@televisit/shared/notifications';
import { describe, expect, it } from 'vitest';
import { newSeat, type Session } from '../domain/session.ts';
import { created, NINE } from '../domain/testing/sessions.ts';
import { GSM_CHARACTERS, pushPayload, smsText, type NotificationContext } from './notification-content.ts';
import { TEXTS } from './texts.ts';

/** As long as a link is at an address such as this: a code of 45 characters. */
const LINK = `https://visit.example.org/j/${'x'.repeat(45)}`;
const LANGUAGES = Object.keys(TEXTS) as (keyof typeof TEXTS)[];
/** A day of each month, as some names of months have accents. */
const TIMES = Array.from({ length: 12 }, (_, month) => Date.UTC(2026, month, 28, 18, 45));

const session = (changes: Partial<Session> = {}): Session => ({
  ...created({ title: 'Diabetes', seats: [], scheduledAt: NINE }).next,
  ...changes,
});
const context = (
  changes: Partial<NotificationContext> & { language?: string } = {},
): NotificationContext => ({
  kind: 'reminder',
  session: session(),
  seat: newSeat({
    userId: 'p',
    role: 'patient',
    displayName: 'Ada',
    email: null,
    language: changes.language ?? null,
  }),
  link: LINK,
  timeZone: 'Europe/Berlin',
  ...changes,
});

describe('smsText', () => {
  it.each(LANGUAGES.filter((language) => language !== 'ar'))(
    'fits every message in %s into one text message of 160 GSM-7 characters',
    (language) => {
      for (const scheduledAt of TIMES)
        for (const kind of NOTIFICATION_KINDS) {
          const text = smsText(context({ kind, language, session: session({ scheduledAt }) }));
          expect(Array.from(text).filter((character) => !GSM_CHARACTERS.has(character))).toEqual([]);
          expect(text.length, text).toBeLessThanOrEqual(160);
        }
    },
  );

  it('fits every message in Arabic into two text messages of 67 UCS-2 characters', () => {
    for (const kind of NOTIFICATION_KINDS)
      expect(smsText(context({ kind, language: 'ar' })).length).toBeLessThanOrEqual(2 * 67);
  });

  it('names neither the person nor the topic, and has a link only if there is something to open', () => {
    for (const language of LANGUAGES)
      for (const kind of NOTIFICATION_KINDS) {
        const text = smsText(context({ kind, language }));
        expect(text).not.toMatch(/Ada|Diabetes|\{/);
        expect(text.includes(LINK)).toBe(kind !== 'cancelled' && kind !== 'withdrawn');
      }
  });

  it('states the time where the person is, in the language of the person, the visit, or English', () => {
    const there = context({ language: 'de-AT' });
    expect(smsText(there)).toMatch(/^Erinnerung: .* am 5\. Jän\., 10:00 MEZ\. https:/);
    const away = { ...there, seat: { ...there.seat, timeZone: 'Asia/Tokyo' } };
    expect(smsText(away)).toMatch(/18:00 GMT\+9\. https:/);
    const unknown = context({ language: 'tlh' });
    expect(smsText(unknown)).toMatch(/^Reminder: .* on Jan 5, 10:00 AM GMT\+1\. https:/);
  });
});

describe('pushPayload', () => {
  it('has title, text, link and direction', () => {
    expect(pushPayload(context({ kind: 'host_here', language: 'ar' }))).toEqual({
      title: TEXTS.ar.title,
      body: TEXTS.ar.host_here,
      url: LINK,
      tag: session().sessionId,
      lang: 'ar',
      dir: 'rtl',
    });
  });
});
