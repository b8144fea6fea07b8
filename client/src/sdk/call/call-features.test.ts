import type { JoinResult } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE, type VisitState } from '../state/visit-state.ts';
import { callFeatures } from '../testing/call-features.ts';
import { chatMessage, joinResult, person, visitBootstrap, waitingPerson } from '../testing/fakes.ts';

const joined = (state: VisitState, result: JoinResult, { isPending = false } = {}) =>
  callFeatures().admitted(state, { kind: 'joined', result, isPending });

describe('loaded()', () => {
  it('begins the preview with the visit, its screen share option and the host notes', () => {
    const visit = visitBootstrap();
    const state = callFeatures().loaded(
      { ...INITIAL_STATE, phase: 'early', opensAt: 1 },
      { ...visit, session: { ...visit.session, hostNotes: 'Ask about the knee.' } },
      5,
    );
    expect(state).toMatchObject({
      phase: 'ready',
      opensAt: null,
      clockOffset: 5,
      session: { sessionId: 'sess_1' },
      self: { userId: 'me' },
      room: { locked: false, screenShareAllowed: true },
      hostNotes: 'Ask about the knee.',
    });
  });
});

describe('admitted() with joined', () => {
  const result = joinResult({ participants: [person('pat1'), person('me')] });

  it('holds the other participants without the own one', () => {
    const state = joined(INITIAL_STATE, result);
    expect(state).toMatchObject({ phase: 'joined', me: { userId: 'me' } });
    expect(state.participants.map(({ userId }) => userId)).toEqual(['pat1']);
  });

  it('converts the start to this device’s clock when the server’s is 30 s ahead', () => {
    const state = joined({ ...INITIAL_STATE, clockOffset: 30_000 }, result);
    expect(state.startedAt).toBe(Date.parse('2026-01-01T09:59:30.000Z'));
  });

  it('replaces all that was known when it comes again, as after a reconnect', () => {
    const before = joined(
      INITIAL_STATE,
      joinResult({
        participants: [person('pat1'), person('int1')],
        waiting: [waitingPerson('pat2')],
        chat: [chatMessage(1, 'pat1')],
        room: { locked: true, screenShareAllowed: false, activeSpeaker: 'pat1' },
      }),
    );
    const after = joined(before, result);
    expect(after.participants).toHaveLength(1);
    expect(after).toMatchObject({ waitingPeople: [], chat: { messages: [] }, room: result.room });
  });

  it('ends the waiting after the waiting room', () => {
    const state = callFeatures().admitted(INITIAL_STATE, {
      kind: 'waiting',
      waiting: { since: '2026-01-01T09:55:00.000Z', hostPresent: true, needsAdmission: true },
    });
    expect(joined(state, result)).toMatchObject({ phase: 'joined', waiting: null });
  });

  it('keeps messages that came over the previous node when it is the target of a migration', () => {
    const before = joined(
      INITIAL_STATE,
      joinResult({ chat: [chatMessage(1, 'pat1'), chatMessage(2, 'pat1')] }),
    );
    const late = joinResult({ chat: [chatMessage(1, 'pat1')] });
    expect(joined(before, late, { isPending: true }).chat.messages.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(joined(before, late).chat.messages.map(({ seq }) => seq)).toEqual([1]);
  });
});
