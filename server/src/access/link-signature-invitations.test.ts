import { describe, expect, it } from 'vitest';
import { newSession, seat } from '../domain/testing/sessions.ts';
import { Invitations, LinkSignatures } from './link-signature.ts';

const NEW = 'the-new-secret-of-thirty-two-chars';
const OLD = 'the-old-secret-of-thirty-two-chars';
const visit = (sessionId: string, linkVersion = 0) =>
  newSession({ sessionId, seats: Array.from({ length: 13 }, () => seat('p', 'patient', { linkVersion })) });
const invitations = new Invitations(new LinkSignatures([NEW, OLD]));

describe('Invitations', () => {
  it('seatOf returns the seat of an issued invitation, only for its session', () => {
    const invitation = invitations.issue(visit('sess_1'), 12);
    expect(invitations.seatOf(visit('sess_1'), invitation)).toBe(12);
    expect(invitations.seatOf(visit('sess_2'), invitation)).toBeNull();
  });

  it('seatOf returns null for invitations of earlier versions of the seat', () => {
    const versions = [0, 1, 2].map((version) => visit('sess_1', version));
    const issued = versions.map((session) => invitations.issue(session, 3));
    for (const session of versions) {
      const valid = issued.filter((invitation) => invitations.seatOf(session, invitation) === 3);
      expect(valid).toEqual([invitations.issue(session, 3)]);
    }
  });

  it('seatOf accepts an invitation signed with the previous secret until that is removed', () => {
    const before = new Invitations(new LinkSignatures([OLD])).issue(visit('sess_1'), 0);
    expect(invitations.seatOf(visit('sess_1'), before)).toBe(0);
    expect(new Invitations(new LinkSignatures([NEW])).seatOf(visit('sess_1'), before)).toBeNull();
  });

  it('seatOf returns null for a signature of another kind', () => {
    const signatures = new LinkSignatures([NEW]);
    expect(invitations.seatOf(visit('sess_1'), `0.${signatures.sign('calendar', 'sess_1', '0')}`)).toBeNull();
  });

  it.each(['', '0', '0.', '.x', '00.x', '-1.x', '1.x.y', '12345.x', 'a.b'])(
    'seatOf returns null for %j',
    (text) => {
      expect(invitations.seatOf(visit('sess_1'), text)).toBeNull();
      expect(
        invitations.seatOf(visit('sess_1'), `${text}-${invitations.issue(visit('sess_1'), 1)}`),
      ).toBeNull();
    },
  );
});
