import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as lifecycle from '../domain/lifecycle.ts';
import type { Session } from '../domain/session.ts';
import { after, BACKEND, EIGHT, HOUR, RULES, newSession, NINE, seat } from '../domain/testing/sessions.ts';
import { invitationCalendar, visitCalendar } from './visit-calendar.ts';

interface Property {
  readonly parameters: string;
  readonly value: string;
}

/** A calendar component parsed according to RFC 5545: unfolded lines, properties and nested components. */
class Component {
  readonly name: string;
  readonly properties = new Map<string, Property[]>();
  readonly components: Component[] = [];

  constructor(name: string) {
    this.name = name;
  }

  value(name: string): string | undefined {
    return this.properties.get(name)?.[0]?.value;
  }

  all(name: string): Component[] {
    return this.components.filter((component) => component.name === name);
  }
}

function parse(text: string): Component {
  expect(text.endsWith('END:VCALENDAR') || text.endsWith('END:VCALENDAR\r\n')).toBe(true);
  const root = new Component('');
  const open = [root];
  for (const line of text.replaceAll(/\r\n[ \t]/g, '').split('\r\n')) {
    if (line === '') continue;
    const [, name = '', parameters = '', value = ''] =
      /^([A-Z-]+)((?:;[^:"]*(?:"[^"]*")?)*):(.*)$/.exec(line) ?? [];
    expect(name, line).not.toBe('');
    if (name === 'BEGIN') {
      const component = new Component(value);
      open.at(-1)!.components.push(component);
      open.push(component);
    } else if (name === 'END') {
      expect(open.pop()?.name).toBe(value);
    } else {
      const { properties } = open.at(-1)!;
      properties.set(name, [...(properties.get(name) ?? []), { parameters, value }]);
    }
  }
  expect(open).toEqual([root]);
  return root.components[0]!;
}

const unescaped = (value = '') =>
  value.replaceAll(/\\([\\;,nN])/g, (_, char: string) => (char === 'n' || char === 'N' ? '\n' : char));

const options = {
  links: null,
  name: null,
  organizer: { name: 'Televisit', address: 'no-reply@visits.test' },
};
const textOf = (...sessions: Session[]) => visitCalendar(sessions, options);
const calendarOf = (...sessions: Session[]) => parse(textOf(...sessions));
const eventOf = (session: Session) => calendarOf(session).all('VEVENT')[0]!;

const reschedule = (scheduledAt: number) => (session: Session) =>
  lifecycle.update(session, { scheduledAt }, RULES, BACKEND, EIGHT + 1000);
const cancel = (session: Session) => lifecycle.cancel(session, BACKEND, EIGHT + 2000);

describe('visitCalendar', () => {
  it('publishes one event per visit in version 2.0', () => {
    const other = newSession({ sessionId: 'sess_00000002' });
    const calendar = calendarOf(newSession(), other);
    expect(calendar.name).toBe('VCALENDAR');
    expect(calendar.value('VERSION')).toBe('2.0');
    expect(calendar.value('PRODID')).toMatch(/Televisit/);
    expect(calendar.value('METHOD')).toBe('PUBLISH');
    expect(calendar.all('VEVENT').map((event) => event.value('UID'))).toEqual([
      'sess_00000001@televisit',
      'sess_00000002@televisit',
    ]);
  });

  it('returns an empty calendar without visits', () => {
    expect(calendarOf().components).toEqual([]);
    expect(calendarOf().value('METHOD')).toBe('PUBLISH');
  });

  it('writes times in UTC', () => {
    const event = eventOf(newSession());
    expect(event.value('DTSTART')).toBe('20260105T090000Z');
    expect(event.value('DTEND')).toBe('20260105T093000Z');
    expect(event.value('DTSTAMP')).toBe('20260105T080000Z');
    expect(event.properties.get('DTSTART')?.[0]?.parameters).toBe('');
  });

  it('keeps the UID and raises SEQUENCE when a visit is rescheduled', () => {
    const before = eventOf(newSession());
    const event = eventOf(after(newSession(), reschedule(NINE + 24 * HOUR)));
    expect(event.value('UID')).toBe(before.value('UID'));
    expect([before.value('SEQUENCE'), event.value('SEQUENCE')]).toEqual(['0', '1']);
    expect(event.value('DTSTART')).toBe('20260106T090000Z');
    expect(event.value('LAST-MODIFIED')).toBe('20260105T080001Z');
  });

  it('withdraws a single cancelled visit with a higher SEQUENCE and without alarms', () => {
    const calendar = calendarOf(after(newSession(), cancel));
    const [event] = calendar.all('VEVENT');
    expect(calendar.value('METHOD')).toBe('CANCEL');
    expect(event!.value('UID')).toBe('sess_00000001@televisit');
    expect(event!.value('STATUS')).toBe('CANCELLED');
    expect(event!.value('SEQUENCE')).toBe('1');
    expect(event!.components).toEqual([]);
  });

  it('keeps cancelled visits in a feed with their status', () => {
    const other = newSession({ sessionId: 'sess_00000002' });
    const calendar = calendarOf(after(newSession(), cancel), other);
    expect(calendar.value('METHOD')).toBe('PUBLISH');
    expect(calendar.all('VEVENT').map((event) => event.value('STATUS'))).toEqual(['CANCELLED', 'CONFIRMED']);
  });

  it('sets alarms a day and 15 minutes before a visit', () => {
    const alarms = eventOf(newSession()).all('VALARM');
    expect(alarms.map((alarm) => alarm.value('TRIGGER'))).toEqual(['-P1D', '-PT15M']);
    for (const alarm of alarms) {
      expect(alarm.value('ACTION')).toBe('DISPLAY');
      expect(alarm.value('DESCRIPTION')).toBe('Check-up');
    }
  });

  it('uses the title as summary, or a default', () => {
    expect(eventOf(newSession()).value('SUMMARY')).toBe('Check-up');
    expect(eventOf(newSession({ title: null })).value('SUMMARY')).toBe('Video visit');
  });

  it('contains no names, addresses, ids, descriptions or metadata', () => {
    const text = textOf(
      newSession({
        description: 'Secret description',
        metadata: { secret: 'Secret note' },
        seats: [
          seat('secret-doctor', 'doctor', { displayName: 'Secret Doctor', email: 'secret@clinic.test' }),
          seat('secret-patient', 'patient', { displayName: 'Secret Patient', email: 'secret@home.test' }),
        ],
        appointmentId: 'secret-appointment',
      }),
    );
    expect(text).not.toMatch(/secret/i);
    expect(text).not.toMatch(/ATTENDEE|token/i);
  });

  it('names the server as organizer, not the doctor', () => {
    const [organizer] = eventOf(newSession()).properties.get('ORGANIZER')!;
    expect(organizer?.value).toBe('mailto:no-reply@visits.test');
  });

  it('contains the visit’s address only on request', () => {
    const of = ({ sessionId }: Session) => `https://visits.test/join/${sessionId}`;
    const links = { personal: false, of };
    const linked = parse(visitCalendar([newSession()], { ...options, links })).all('VEVENT')[0]!;
    expect(linked.value('URL')).toBe('https://visits.test/join/sess_00000001');
    for (const name of ['LOCATION', 'DESCRIPTION', 'CONFERENCE'])
      expect(linked.properties.get(name)).toBeUndefined();
    expect(textOf(newSession())).not.toMatch(/URL|https?:/);
  });

  it('contains the personal link of each visit in every property in which calendars look for one', () => {
    const of = ({ sessionId }: Session) =>
      sessionId === 'sess_00000002' ? null : `https://visits.test/join/${sessionId}/0.${'x'.repeat(80)}`;
    const sessions = ['1', '2', '3'].map((number) => newSession({ sessionId: `sess_0000000${number}` }));
    const text = visitCalendar(sessions, { ...options, links: { personal: true, of } });
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const events = parse(text).all('VEVENT');
    const values = ['URL', 'LOCATION', 'DESCRIPTION', 'CONFERENCE'].map((name) =>
      events.map((event) => event.properties.get(name)?.[0]?.value),
    );
    const expected = sessions.map((session) => of(session) ?? undefined);
    expect(values).toEqual([expected, expected, expected, expected]);
    const [conference] = events[0]?.properties.get('CONFERENCE') ?? [];
    expect(conference?.parameters).toBe(';VALUE=URI;FEATURE=AUDIO,VIDEO');
  });

  it('escapes special characters (RFC 5545, 3.3.11)', () => {
    const title = 'Müller; Meier, \\n & "co":\nEND:VEVENT';
    const event = eventOf(newSession({ title }));
    expect(event.value('SUMMARY')).toBe('Müller\\; Meier\\, \\\\n & "co":\\nEND:VEVENT');
    expect(unescaped(event.value('SUMMARY'))).toBe(title);
  });

  it('folds lines at 75 octets without splitting characters (RFC 5545, 3.1)', () => {
    const title = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
      .filter((text) => !text.includes('\r'));
    fc.assert(
      fc.property(title, (title) => {
        const text = textOf(newSession({ title }));
        for (const line of text.split('\r\n')) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
          expect(line.isWellFormed()).toBe(true);
        }
        const event = parse(text).all('VEVENT')[0]!;
        expect(unescaped(event.value('SUMMARY'))).toBe(title);
        expect(event.value('UID')).toBe('sess_00000001@televisit');
      }),
    );
  });
});

/** Returns the lines of the first event, unfolded. */
const linesOf = (text: string) =>
  (/BEGIN:VEVENT\r\n([\s\S]*?)END:VEVENT/.exec(text.replaceAll(/\r\n[ \t]/g, ''))?.[1] ?? '')
    .trim()
    .split('\r\n');

describe('the order of an event', () => {
  it('has all alarms behind the last property (RFC 5545, 3.6.1)', () => {
    const lines = linesOf(
      visitCalendar([newSession()], {
        ...options,
        links: { personal: true, of: () => 'https://visits.test/join/a' },
      }),
    );
    const first = lines.indexOf('BEGIN:VALARM');
    expect(lines.slice(0, first).map((line) => line.split(/[:;]/)[0])).toEqual(
      expect.arrayContaining(['URL', 'STATUS', 'CREATED', 'LAST-MODIFIED']),
    );
    expect(lines.slice(first).filter((line) => line === 'BEGIN:VALARM')).toHaveLength(2);
    expect(lines.at(-1)).toBe('END:VALARM');
  });

  it('a feed has a name and a refresh interval, and a file has none', () => {
    const feed = visitCalendar([newSession()], { ...options, name: 'Video visits' });
    for (const line of [
      'NAME:Video visits',
      'X-WR-CALNAME:Video visits',
      'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
      'X-PUBLISHED-TTL:PT1H',
    ])
      expect(feed.split('\r\n')).toContain(line);
    expect(visitCalendar([newSession()], options)).not.toMatch(/NAME:Video|REFRESH|TTL/);
  });
});

describe('invitationCalendar', () => {
  const LINK = `https://visits.test/join/sess_00000001/1.${'x'.repeat(43)}`;
  const invite = (name: string | null) =>
    invitationCalendar(newSession(), {
      method: 'REQUEST',
      link: LINK,
      organizer: { name: 'Clinic "North"', address: 'no-reply@clinic.test' },
      attendee: { name, address: 'eve@home.test' },
      untitled: 'Visit',
    });

  it('replaces quotes in names, which parameters must not contain (RFC 5545, 3.2)', () => {
    const event = parse(invite('Eve "Evi" O\\Neil; x')).all('VEVENT')[0]!;
    expect(event.properties.get('ORGANIZER')?.[0]).toEqual({
      parameters: `;CN="Clinic 'North'"`,
      value: 'mailto:no-reply@clinic.test',
    });
    expect(event.properties.get('ATTENDEE')?.[0]?.parameters).toContain(`;CN="Eve 'Evi' O/Neil; x"`);
    expect(event.properties.get('ATTENDEE')?.[0]?.value).toBe('MAILTO:eve@home.test');
  });

  it('has the person’s own link in four properties, in lines of at most 75 octets', () => {
    const text = invite('Eve');
    const lines = linesOf(text);
    for (const property of [
      'URL;VALUE=URI',
      'LOCATION',
      'DESCRIPTION',
      'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO',
    ])
      expect(lines).toContain(`${property}:${LINK}`);
    expect(Math.max(...text.split('\r\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
  });

  it('is readable for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), (name) => {
        const [attendee] = parse(invite(name)).all('VEVENT')[0]!.properties.get('ATTENDEE')!;
        expect(attendee!.value).toBe('MAILTO:eve@home.test');
      }),
    );
  });
});
