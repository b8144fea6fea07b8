import { describe, expect, it } from 'vitest';
import { newSession, seat } from '../domain/testing/sessions.ts';
import { Invitations, LinkSignatures } from './link-signature.ts';

const NEW = 'the-new-secret-of-thirty-two-chars';
const OLD = 'the-old-secret-of-thirty-two-chars';
const visit = (sessionId: string, linkVersion = 0) =>
  newSession({ sessionId, seats: Array.from({ length: 13 }, () => seat('p', 'patient', { linkVersion })) });
const invitations = new Invitations(new LinkSignatures([NEW, OLD]));

describe('Invitations', () => {
  it('invited returns the seat of an issued invitation, only for its session', () => {
    const invitation = invitations.issue(visit('sess_1'), 12);
    expect(invitations.invited(visit('sess_1'), invitation)).toEqual({ seat: 12, feedId: null });
    expect(invitations.invited(visit('sess_2'), invitation)).toBeNull();
  });

  it('invited returns null for invitations of earlier versions of the seat', () => {
    const versions = [0, 1, 2].map((version) => visit('sess_1', version));
    const issued = versions.map((session) => invitations.issue(session, 3));
    for (const session of versions) {
      const valid = issued.filter((invitation) => invitations.invited(session, invitation)?.seat === 3);
      expect(valid).toEqual([invitations.issue(session, 3)]);
    }
  });

  it('invited accepts an invitation signed with the previous secret until that is removed', () => {
    const before = new Invitations(new LinkSignatures([OLD])).issue(visit('sess_1'), 0);
    expect(invitations.invited(visit('sess_1'), before)?.seat).toBe(0);
    expect(new Invitations(new LinkSignatures([NEW])).invited(visit('sess_1'), before)).toBeNull();
  });

  it('invited returns the feed of an invitation in a calendar, only for the same person, seat and version', () => {
    const invitation = invitations.issue(visit('sess_1', 1), 3, 'feed-1');
    expect(invitations.invited(visit('sess_1', 1), invitation)).toEqual({ seat: 3, feedId: 'feed-1' });
    const [, , signature] = invitation.split('.');
    for (const other of [`4.feed-1.${signature}`, `3.feed-2.${signature}`, `3.${signature}`])
      expect(invitations.invited(visit('sess_1', 1), other)).toBeNull();
    expect(invitations.invited(visit('sess_1', 2), invitation)).toBeNull();
    const { seats, ...session } = visit('sess_1', 1);
    const erased = { ...session, seats: seats.map((one) => ({ ...one, userId: 'erased-1' })) };
    expect(invitations.invited(erased, invitation)).toBeNull();
  });

  it('invited returns null for a signature of another kind', () => {
    const signatures = new LinkSignatures([NEW]);
    expect(
      invitations.invited(visit('sess_1'), `0.${signatures.sign('calendar', 'sess_1', '0')}`),
    ).toBeNull();
  });

  it.each(['', '0', '0.', '.x', '00.x', '-1.x', '1.x.y', '12345.x', 'a.b'])(
    'invited returns null for %j',
    (text) => {
      expect(invitations.invited(visit('sess_1'), text)).toBeNull();
      expect(
        invitations.invited(visit('sess_1'), `${text}-${invitations.issue(visit('sess_1'), 1)}`),
      ).toBeNull();
    },
  );
});
