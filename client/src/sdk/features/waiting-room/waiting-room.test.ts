import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '../../state/visit-state.ts';
import { callFeatures } from '../../testing/call-features.ts';
import { waiting, waitingMessage } from './waiting-room.ts';

describe('waitingRoom', () => {
  const since = '2026-01-01T09:55:00.000Z';
  const line = { text: 'Two minutes.', displayName: 'Dr. Okafor', at: since };

  it('admitted() to the waiting room converts the time to this device’s clock', () => {
    const state = callFeatures().admitted(
      { ...INITIAL_STATE, clockOffset: 30_000 },
      { kind: 'waiting', waiting: { since, hostPresent: true, needsAdmission: true } },
    );
    expect(state).toMatchObject({
      phase: 'waiting',
      waiting: {
        since: Date.parse(since) - 30_000,
        hostPresent: true,
        needsAdmission: true,
        messages: [],
      },
    });
  });

  it('waiting() again, as after a reconnect, keeps the messages from hosts', () => {
    const first = waiting(INITIAL_STATE, { since, hostPresent: false, needsAdmission: false });
    const again = waiting(waitingMessage(first, line), { since, hostPresent: true, needsAdmission: false });
    expect(again.waiting).toMatchObject({ hostPresent: true, messages: [line] });
  });

  it('waitingMessage() changes nothing for a participant who no longer waits', () => {
    expect(waitingMessage(INITIAL_STATE, line)).toBe(INITIAL_STATE);
  });

  it('admitted() with declined ends the waiting', () => {
    const features = callFeatures();
    const waits = features.admitted(INITIAL_STATE, {
      kind: 'waiting',
      waiting: { since, hostPresent: true, needsAdmission: true },
    });
    const state = features.admitted(waits, { kind: 'declined' });
    expect(state).toMatchObject({ phase: 'declined', waiting: null });
  });
});
