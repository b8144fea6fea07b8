import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as lifecycle from './lifecycle.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import type { SessionChange } from './session-store.ts';

const fresh = () =>
  lifecycle.create(
    {
      sessionId: 'sess_1',
      appointmentId: 'a',
      seats: [{ userId: 'd', role: 'doctor', displayName: null }],
      nodeId: 'sfu-1',
    },
    1000,
  );

describe('create', () => {
  it('makes a scheduled session at version 1 with its first event', () => {
    const { next, events } = fresh();
    expect(next).toMatchObject({ status: 'scheduled', version: 1, placement: { nodeId: 'sfu-1', epoch: 1 } });
    expect(events).toEqual([
      { type: 'session.created', nodeId: 'sfu-1', sessionId: 'sess_1', seq: 1, at: 1000 },
    ]);
  });
});

describe('start', () => {
  it('makes a scheduled session live, once', () => {
    const change = lifecycle.start(fresh().next, 2000);
    expect(change?.next).toMatchObject({ status: 'live', startedAt: 2000, version: 2 });
    expect(lifecycle.start(change!.next, 3000)).toBeNull();
  });

  it('refuses a session that is over', () => {
    const ended = lifecycle.end(fresh().next, 'no_show', 2000)!.next;
    expect(() => lifecycle.start(ended, 3000)).toThrow(expect.objectContaining({ code: 'session_over' }));
  });
});

describe('end', () => {
  it('keeps the first reason', () => {
    const ended = lifecycle.end(fresh().next, 'host_ended', 2000)!.next;
    expect(ended).toMatchObject({ status: 'ended', endReason: 'host_ended', endedAt: 2000 });
    expect(lifecycle.end(ended, 'empty', 3000)).toBeNull();
  });

  it('with the reason "cancelled" makes the session cancelled', () => {
    expect(lifecycle.end(fresh().next, 'cancelled', 2000)?.next.status).toBe('cancelled');
  });
});

describe('place', () => {
  it('moves a session under a new epoch, and not to where it is', () => {
    const moved = lifecycle.place(fresh().next, 'sfu-2', 2000);
    expect(moved?.next.placement).toEqual({ nodeId: 'sfu-2', epoch: 2 });
    expect(lifecycle.place(moved!.next, 'sfu-2', 3000)).toBeNull();
  });
});

type Step = (session: Session, now: number) => SessionChange | null;

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>((session, now) => lifecycle.start(session, now)),
  fc
    .constantFrom('host_ended', 'cancelled', 'empty')
    .map<Step>((reason) => (session, now) => lifecycle.end(session, reason, now)),
  fc
    .constantFrom('sfu-1', 'sfu-2')
    .map<Step>((node) => (session, now) => lifecycle.place(session, node, now)),
);

describe('any sequence of transitions', () => {
  it('never leaves an end, and numbers versions and events without a gap', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 20 }), (sequence) => {
        const first = fresh();
        let session = first.next;
        const history: SessionEvent[] = [...first.events];
        for (const [index, step] of sequence.entries()) {
          const before = session;
          try {
            const change = step(session, 2000 + index);
            if (change) {
              session = change.next;
              history.push(...change.events);
              expect(session.version).toBe(before.version + 1);
            }
          } catch (error) {
            expect(error).toMatchObject({ code: 'session_over' });
          }
          if (before.status === 'ended' || before.status === 'cancelled') expect(session).toEqual(before);
        }
        expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
        expect(session.eventCount).toBe(history.length);
      }),
    );
  });
});
