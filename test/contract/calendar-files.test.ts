import { invitationCalendar, visitCalendar } from '@televisit/server/calendar/visit-calendar';
import * as lifecycle from '@televisit/server/domain/lifecycle';
import { after, BACKEND, EIGHT, newSession } from '@televisit/server/domain/testing/sessions';
import ICAL from 'ical.js';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const LINK = 'https://visits.example.org/join/sess_00000001?invitation=0.abc';
/** Every character that iCalendar gives a meaning to, two directions of writing, and more than a line. */
const TITLE = `Ärztin; "Müller", 10:30 \\ زيارة ${'langer Titel '.repeat(8)}ende`;
const organizer = { name: 'Praxis "Nord"; Team, A', address: 'no-reply@visits.example.org' };

const session = newSession({ title: TITLE });
const cancelled = after(session, (one) => lifecycle.cancel(one, BACKEND, EIGHT));
const attendee = { name: 'Zoë "Z" Ångström; MD', address: 'zoe@example.org' };
const invitation = { organizer, attendee, link: LINK, untitled: 'Video visit' };

const CALENDARS: [string, string][] = [
  ['the file of a visit', visitCalendar([session], { links: null, name: null, organizer })],
  ['the file of a cancelled visit', visitCalendar([cancelled], { links: null, name: null, organizer })],
  [
    'the feed of a person',
    visitCalendar([session, newSession({ sessionId: 'sess_00000002' }), cancelled], {
      links: { personal: false, of: () => LINK },
      name: 'Televisit, "my" visits; all',
      organizer,
    }),
  ],
  [
    'the feed of a person with personal links',
    visitCalendar([session, newSession({ sessionId: 'sess_00000002' }), cancelled], {
      links: { personal: true, of: ({ status }) => (status === 'cancelled' ? null : LINK) },
      name: 'Visits',
      organizer,
    }),
  ],
  ['the invitation of a mail', invitationCalendar(session, { method: 'REQUEST', ...invitation })],
  [
    'the cancellation of a mail',
    invitationCalendar(cancelled, { method: 'CANCEL', ...invitation, link: null }),
  ],
];

describe('a strict parser of iCalendar', () => {
  it.each(CALENDARS)('ical.js parses %s', (_, text) => {
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
    const [event] = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
    expect(event?.summary).toBe(TITLE);
    expect(event?.endDate.toJSDate().getTime()).toBe(session.scheduledAt + session.durationMinutes * 60_000);
  });

  const tools = process.env.API_TOOLS_BIN;
  it.skipIf(!tools).each(CALENDARS)('icalendar for Python parses %s without an error', (_, text) => {
    const { status, stdout, stderr } = spawnSync(join(tools ?? '', 'python'), ['-c', PARSE], {
      input: text,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ errors: [], summary: TITLE });
  });
});

/** Prints the title of the first event, and every error of the calendar and its components. */
const PARSE = `
import json, sys
from icalendar import Calendar
calendar = Calendar.from_ical(sys.stdin.buffer.read())
print(json.dumps({
    "errors": [str(error) for component in calendar.walk() for error in component.errors],
    "summary": str(calendar.walk("VEVENT")[0]["SUMMARY"]),
}))`;
