import { expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { fromStored, type StoredSession } from './stored-session.ts';
import { after, GRACE, newSession, NINE, PATIENT } from './testing/sessions.ts';

const session = after(newSession(), (fresh) => attendance.enter(fresh, PATIENT, GRACE, NINE));

/** A session as written by the version before the waiting room. */
function older(screenShare: boolean): StoredSession {
  const { locked, screenShareAllowed, hostNotes, returnUrl, shares, options, ...rest } = session;
  const { keepChat, reactions, ...known } = options;
  expect([locked, screenShareAllowed, hostNotes, returnUrl, shares]).toHaveLength(5);
  expect([keepChat, reactions]).toEqual([false, false]);
  return {
    ...rest,
    options: { ...known, screenShare },
    seats: session.seats.map(({ userId, role, displayName, email, removedAt }) => ({
      userId,
      role,
      displayName,
      email,
      removedAt,
    })),
    intervals: session.intervals.map(({ seat, joinedAt, leftAt, reason, reconnects, quality }) => ({
      seat,
      joinedAt,
      leftAt,
      reason,
      reconnects,
      quality,
    })),
  };
}

it('fromStored adds the values implied by an older version', () => {
  expect(fromStored(older(true))).toEqual(session);
  expect(fromStored(older(false))).toEqual({
    ...session,
    options: { ...session.options, screenShare: false },
    screenShareAllowed: false,
  });
});

it('fromStored leaves a session of this version unchanged', () => {
  const changed = { ...session, locked: true, hostNotes: 'Call the lab.', screenShareAllowed: false };
  expect(fromStored(changed)).toEqual(changed);
});

it('fromStored adds each missing field of a session that several versions wrote', () => {
  const mixed = { ...older(true), shares: [], locked: true, seats: session.seats };
  expect(fromStored(mixed)).toEqual({ ...session, locked: true });
});
