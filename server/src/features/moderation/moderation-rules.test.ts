import { describe, expect, it } from 'vitest';
import type { Actor } from '../../domain/events.ts';
import {
  after,
  created,
  DOCTOR,
  newSession,
  NINE,
  PATIENT,
  sessionIn,
} from '../../domain/testing/sessions.ts';
import * as waitingRoom from '../waiting-room/rules.ts';
import * as moderation from './moderation.ts';

const THE_DOCTOR: Actor = { type: 'participant', seat: DOCTOR };

describe('setLocked', () => {
  it('locks and unlocks once each', () => {
    const { next, events } = moderation.setLocked(newSession(), true, THE_DOCTOR, NINE)!;
    expect(next.locked).toBe(true);
    expect(events).toMatchObject([{ type: 'room.locked', by: THE_DOCTOR }]);
    expect(moderation.setLocked(next, true, THE_DOCTOR, NINE)).toBeNull();
    const unlocked = moderation.setLocked(next, false, THE_DOCTOR, NINE)!;
    expect(unlocked.next.locked).toBe(false);
    expect(unlocked.events).toMatchObject([{ type: 'room.unlocked' }]);
  });

  it('is refused when the visit is over', () => {
    expect(() => moderation.setLocked(sessionIn('ended'), true, THE_DOCTOR, NINE)).toThrow(
      expect.objectContaining({ code: 'session_over' }),
    );
  });

  it('does not affect waiting participants', () => {
    const locked = after(
      created().next,
      (session) => waitingRoom.wait(session, PATIENT, NINE),
      (session) => moderation.setLocked(session, true, THE_DOCTOR, NINE + 1),
    );
    expect(locked.seats[PATIENT]?.waitingSince).toBe(NINE);
  });
});
