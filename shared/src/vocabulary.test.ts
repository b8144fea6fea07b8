import { expect, it } from 'vitest';
import { permissionsOf, ROLES } from './vocabulary.ts';

it.each(['doctor', 'teacher', 'mentor', 'instructor'] as const)(
  'permissionsOf(%s) returns the permissions of a host',
  (role) => {
    expect(permissionsOf(role)).toContain('end_session');
    expect(permissionsOf(role)).toContain('moderate');
  },
);

it.each(['patient', 'student', 'mentee', 'pupil', 'interpreter', 'guest'] as const)(
  'permissionsOf(%s) allows sending and receiving only',
  (role) => expect(permissionsOf(role)).toEqual(['publish', 'subscribe']),
);

it('permissionsOf(observer) allows receiving only', () =>
  expect(permissionsOf('observer')).toEqual(['subscribe']));

it('every role has permissions', () =>
  expect(ROLES.every((role) => permissionsOf(role).length > 0)).toBe(true));
