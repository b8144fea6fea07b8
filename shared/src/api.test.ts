import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessionRequest, joinSessionRequest } from './api.ts';

const good = { appointmentId: 'a', doctorId: 'd', patientId: 'p' };

describe('createSessionRequest', () => {
  it.each([good, { ...good, appointmentId: 'Termin 7 – März' }, { ...good, doctorId: 'd'.repeat(128) }])(
    'takes %j',
    (body) => {
      expect(createSessionRequest.parse(body)).toEqual(body);
    },
  );

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

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.anything(), (body) => void createSessionRequest.safeParse(body)));
  });
});

describe('joinSessionRequest', () => {
  it('takes any role, because only the seats know which are right', () => {
    expect(joinSessionRequest.safeParse({ role: 'emperor', userId: 'u' }).success).toBe(true);
  });

  it('refuses an unknown field', () => {
    expect(joinSessionRequest.safeParse({ role: 'doctor', userId: 'u', admin: true }).success).toBe(false);
  });
});
