import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessionRequest, joinSessionRequest, PAIRS, updateSessionRequest } from './api.ts';
import { ROLES } from './vocabulary.ts';
import { DEFAULT_OPTIONS } from './session.ts';

const good = { appointmentId: 'a', doctorId: 'd', patientId: 'p' };

/** Returns the paths of the invalid fields, each once. */
function faultsOf(
  body: unknown,
  schema: typeof createSessionRequest | typeof updateSessionRequest = createSessionRequest,
) {
  const issues = schema.safeParse(body).error?.issues ?? [];
  return [...new Set(issues.map(({ path }) => path.join('.')))];
}

const seats = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ userId: `guest-${index}`, role: 'guest' }));
const entries = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'value']));

describe('createSessionRequest', () => {
  it.each([
    good,
    { ...good, appointmentId: 'Termin 7 – März' },
    { ...good, doctorId: 'd'.repeat(128) },
    {
      ...good,
      title: 'Check-up ☂ 👩‍⚕️',
      description: 'Bring\n\tyour letters.',
      courseId: 'course-1',
      scheduledAt: '2026-01-31T09:00:00+01:00',
      durationMinutes: 45,
      metadata: { 'clinic.id': '7', 'note:de': 'Grüße', empty: '' },
      options: { ...DEFAULT_OPTIONS, waitingRoom: 'admit', language: 'pt-BR' },
      seats: [{ userId: 'i', role: 'interpreter', displayName: 'Ines Núñez', email: 'ines@clinic.test' }],
    },
    { ...good, title: null, description: null, courseId: null },
    {
      ...good,
      teacherId: null,
      studentId: null,
      scheduledAt: null,
      durationMinutes: null,
      options: null,
      metadata: null,
      seats: null,
    },
    { ...good, seats: [{ userId: 'i', role: 'guest', displayName: null, email: null }] },
  ])('accepts %j unchanged', (body) => {
    expect(createSessionRequest.parse(body)).toEqual(body);
  });

  it.each([
    ['nothing', {}],
    ['an unknown field', { ...good, extra: 1 }],
    ['a number', { ...good, doctorId: 7 }],
    ['null', { ...good, doctorId: null }],
    ['an empty string', { ...good, doctorId: '' }],
    ['space at an end', { ...good, doctorId: ' d' }],
    ['a control character', { ...good, doctorId: 'a\u0000b' }],
    ['a long string', { ...good, doctorId: 'd'.repeat(129) }],
    ['one person twice', { ...good, patientId: 'd' }],
    ['a list', [good]],
  ])('refuses %s', (_, body) => expect(createSessionRequest.safeParse(body).success).toBe(false));

  it('safeParse never throws on arbitrary input', () => {
    fc.assert(fc.property(fc.anything(), (body) => void createSessionRequest.safeParse(body)));
  });

  it('names null fields of a plan that PATCH can not clear', () => {
    const body = { scheduledAt: null, durationMinutes: null };
    expect(faultsOf(body, updateSessionRequest)).toEqual(['scheduledAt', 'durationMinutes']);
  });

  it.each([
    'jörg@example.org',
    'info@bücher.example',
    'a&b@example.org',
    "o'neil+visits@mail.example.co.uk",
    'अजय@डाटा.भारत',
    'x@xn--bcher-kva.example',
  ])('accepts the e-mail address %s', (email) => {
    const body = { ...good, seats: [{ userId: 'i', role: 'guest' as const, email }] };
    expect(createSessionRequest.parse(body).seats?.[0]?.email).toBe(email);
  });

  it('takes an empty e-mail address as none', () => {
    const body = { ...good, seats: [{ userId: 'i', role: 'guest' as const, email: '' }] };
    expect(createSessionRequest.parse(body).seats?.[0]?.email).toBeNull();
  });

  it.each([
    'nowhere',
    '@example.org',
    'a@',
    'a@b',
    'a b@example.org',
    'a@exa mple.org',
    'a..b@example.org',
    '.a@example.org',
    'a@-b.example',
    'a@example..org',
    'a@example.org, b@example.org',
    'a@example.org\r\nBcc: b@example.org',
    `${'a'.repeat(65)}@example.org`,
  ])('refuses the e-mail address %j', (email) => {
    expect(faultsOf({ ...good, seats: [{ userId: 'i', role: 'guest', email }] })).toEqual(['seats.0.email']);
  });

  describe('createSessionRequest with a pair', () => {
    it.each(PAIRS)('accepts %s with %s', (host, guest) => {
      expect(faultsOf({ appointmentId: 'a', [host]: 'h', [guest]: 'g' })).toEqual([]);
      expect(ROLES).toContain(host.slice(0, -2));
      expect(ROLES).toContain(guest.slice(0, -2));
    });

    it.each(PAIRS)('names the missing one of %s and %s', (host, guest) => {
      expect(faultsOf({ appointmentId: 'a', [host]: 'h' })).toEqual([guest]);
      expect(faultsOf({ appointmentId: 'a', [guest]: 'g' })).toEqual([host]);
    });

    it.each([
      [{ ...good, teacherId: 't', studentId: 's' }, 'teacherId'],
      [{ ...good, menteeId: 'm' }, 'mentorId'],
      [{ appointmentId: 'a', teacherId: 't', studentId: 's', mentorId: 'm' }, 'mentorId'],
    ])('refuses a combination of pairs: %j', (body, path) => expect(faultsOf(body)).toEqual([path]));

    it('refuses a host of one pair with a guest of another pair', () => {
      expect(faultsOf({ appointmentId: 'a', doctorId: 'd', studentId: 's' })).toContain('patientId');
    });

    it('asks for a doctor and a patient when no pair is given', () => {
      expect(faultsOf({ appointmentId: 'a' })).toEqual(['doctorId', 'patientId']);
    });
  });

  describe('createSessionRequest with seats', () => {
    it.each([
      ['a hundred more people', seats(100), []],
      ['one of the two, to name them', [{ userId: 'd', role: 'doctor', displayName: 'Dr. Jones' }], []],
      ['somebody who is there twice', [...seats(1), ...seats(1)], ['seats.1.userId']],
      ['one of the two in another role', [{ userId: 'p', role: 'guest' }], ['seats.0.userId']],
      ['a role that nobody knows', [{ userId: 'i', role: 'emperor' }], ['seats.0.role']],
      ['no user', [{ role: 'guest' }], ['seats.0.userId']],
      ['an unknown field', [{ userId: 'i', role: 'guest', admin: true }], ['seats.0']],
      ['a name of two lines', [{ userId: 'i', role: 'guest', displayName: 'a\nb' }], ['seats.0.displayName']],
      [
        'a long name',
        [{ userId: 'i', role: 'guest', displayName: 'a'.repeat(101) }],
        ['seats.0.displayName'],
      ],
      ['an address that is none', [{ userId: 'i', role: 'guest', email: 'nobody' }], ['seats.0.email']],
      ['too many people', seats(101), ['seats']],
    ])('of %s', (_, seats, faults) => expect(faultsOf({ ...good, seats })).toEqual(faults));
  });

  describe('createSessionRequest with metadata', () => {
    it.each([
      ['fifty entries', entries(50), []],
      ['fifty-one entries', entries(51), ['metadata']],
      ['a key of 40 characters', { ['k'.repeat(40)]: 'v' }, []],
      ['a key of 41 characters', { ['k'.repeat(41)]: 'v' }, [`metadata.${'k'.repeat(41)}`]],
      ['an empty key', { '': 'v' }, ['metadata.']],
      ['a key with a space', { 'a b': 'v' }, ['metadata.a b']],
      ['a key with a dollar', { $where: 'v' }, ['metadata.$where']],
      ['a value of 500 characters', { k: 'v'.repeat(500) }, []],
      ['a value of 501 characters', { k: 'v'.repeat(501) }, ['metadata.k']],
      ['a value that is no text', { k: 7 }, ['metadata.k']],
      ['a control character in a value', { k: 'a\u0007' }, ['metadata.k']],
    ])('of %s', (_, metadata, faults) => expect(faultsOf({ ...good, metadata })).toEqual(faults));

    it('does not change a prototype when a key is __proto__', () => {
      const body = JSON.parse('{"__proto__":{"polluted":"yes"},"constructor":"c"}') as object;
      const parsed = createSessionRequest.safeParse({ ...good, metadata: body });
      expect(({} as { polluted?: string }).polluted).toBeUndefined();
      expect((parsed.data?.metadata as { polluted?: string } | undefined)?.polluted).toBeUndefined();
    });
  });

  describe('createSessionRequest with a time', () => {
    it.each([
      '2026-01-31T09:00:00Z',
      '2026-01-31T09:00:00.123Z',
      '2026-01-31T09:00:00+01:00',
      '2026-01-31T09:00:00-03:30',
      '2028-02-29T00:00:00Z',
      '2000-01-01T00:00:00Z',
      '2099-12-31T23:59:59Z',
    ])('takes %s', (scheduledAt) => expect(faultsOf({ ...good, scheduledAt })).toEqual([]));

    it.each([
      '2026-01-31T09:00:00',
      '2026-01-31',
      '09:00',
      '2026-01-31 09:00:00Z',
      '2026-02-29T09:00:00Z',
      '2026-01-31T24:00:00Z',
      '1999-12-31T23:59:59Z',
      '2100-01-01T00:00:00Z',
      'tomorrow',
      '',
      1767603600000,
    ])('refuses %j', (scheduledAt) => {
      expect(faultsOf({ ...good, scheduledAt })).toEqual(['scheduledAt']);
    });

    it.each([1, 1440])('accepts %d minutes', (durationMinutes) => {
      expect(faultsOf({ ...good, durationMinutes })).toEqual([]);
    });

    it.each([0, -5, 1441, 1.5, '30'])('refuses %j minutes', (durationMinutes) => {
      expect(faultsOf({ ...good, durationMinutes })).toEqual(['durationMinutes']);
    });
  });

  describe('createSessionRequest with options', () => {
    it.each([
      {},
      { waitingRoom: 'off' },
      { maxParticipants: 2 },
      { maxParticipants: 100 },
      { language: null },
      { language: 'zh-Hant-TW' },
      { recording: 'on-request', chat: false, screenShare: false },
    ])('takes %j', (options) => expect(faultsOf({ ...good, options })).toEqual([]));

    it.each([
      [{ waitingRoom: 'closed' }, 'options.waitingRoom'],
      [{ maxParticipants: 1 }, 'options.maxParticipants'],
      [{ maxParticipants: 101 }, 'options.maxParticipants'],
      [{ maxParticipants: 2.5 }, 'options.maxParticipants'],
      [{ language: 'German' }, 'options.language'],
      [{ chat: 'yes' }, 'options.chat'],
      [{ colour: 'red' }, 'options'],
    ])('refuses %j', (options, path) => expect(faultsOf({ ...good, options })).toEqual([path]));
  });

  describe('createSessionRequest with text', () => {
    it.each([
      ['a title of 200 characters', { title: 't'.repeat(200) }, []],
      ['a title of 201 characters', { title: 't'.repeat(201) }, ['title']],
      ['a title of two lines', { title: 'a\nb' }, ['title']],
      ['an empty title', { title: '' }, ['title']],
      ['a title with the joiners of Persian', { title: 'می\u200cخواهم' }, []],
      ['a title that turns the text around it over', { title: 'a\u202eb' }, ['title']],
      ['a description of 4000 characters', { description: 'd'.repeat(4000) }, []],
      ['a description of 4001 characters', { description: 'd'.repeat(4001) }, ['description']],
      ['an empty description', { description: '' }, ['description']],
      ['half a surrogate pair', { description: 'a\ud800' }, ['description']],
    ])('of %s', (_, text, faults) => expect(faultsOf({ ...good, ...text })).toEqual(faults));
  });
});

describe('updateSessionRequest', () => {
  it.each([
    {},
    { title: null, description: null },
    { scheduledAt: '2026-01-31T09:00:00Z', durationMinutes: 20 },
    { options: { chat: false } },
  ])('takes %j', (body) => expect(updateSessionRequest.parse(body)).toEqual(body));

  it.each([
    [{ doctorId: 'other' }, ''],
    [{ appointmentId: 'other' }, ''],
    [{ metadata: {} }, ''],
    [{ status: 'ended' }, ''],
    [{ scheduledAt: null }, 'scheduledAt'],
    [{ durationMinutes: null }, 'durationMinutes'],
  ])('refuses %j', (body, path) => expect(faultsOf(body, updateSessionRequest)).toEqual([path]));
});

describe('joinSessionRequest', () => {
  it('accepts any role, because only the seats know the valid ones', () => {
    expect(joinSessionRequest.safeParse({ role: 'emperor', userId: 'u' }).success).toBe(true);
  });

  it('refuses an unknown field', () => {
    expect(joinSessionRequest.safeParse({ role: 'doctor', userId: 'u', admin: true }).success).toBe(false);
  });
});
