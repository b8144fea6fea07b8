import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INITIAL_STAGE,
  OUTSIDE,
  takesOver,
  transition,
  type ConnectionEvent,
  type ConnectionStage,
  type Membership,
} from './connection-machine.ts';

const SEED = 20_261_129;
const RUNS = { seed: SEED, numRuns: 500 };

/** Every event of the machine; the compiler finds one that is missing. */
const EVENTS = {
  connected: { type: 'connected' },
  disconnected: { type: 'disconnected' },
  'resume-refused': { type: 'resume-refused' },
  'renewal-requested': { type: 'renewal-requested' },
  prepared: { type: 'prepared' },
  resumed: { type: 'resumed' },
  'join-requested': { type: 'join-requested', takeOver: true },
  'join-sent': { type: 'join-sent', live: 'camera' },
  joined: { type: 'joined' },
  waiting: { type: 'waiting', live: 'microphone' },
  declined: { type: 'declined' },
  'joined-elsewhere': { type: 'joined-elsewhere' },
  left: { type: 'left' },
  'media-failed': { type: 'media-failed' },
  'request-failed': { type: 'request-failed' },
  closed: { type: 'closed' },
} satisfies { [T in ConnectionEvent['type']]: Extract<ConnectionEvent, { type: T }> };

const MEMBERSHIPS: readonly Membership[] = [
  OUTSIDE,
  { kind: 'entering', takeOver: false },
  { kind: 'entering', takeOver: true },
  { kind: 'waiting', takeOver: false, live: '' },
  { kind: 'waiting', takeOver: true, live: 'microphone,camera' },
  { kind: 'inside', resumable: true },
  { kind: 'inside', resumable: false },
];
const STAGES: readonly ConnectionStage[] = [
  { kind: 'closed' },
  ...(['offline', 'preparing', 'established', 'failing'] as const).flatMap((kind) =>
    MEMBERSHIPS.map((membership) => ({ kind, attempt: 3, membership })),
  ),
  ...MEMBERSHIPS.flatMap((membership) =>
    membership.kind === 'outside' ? [] : [{ kind: 'joining' as const, attempt: 3, membership }],
  ),
];

const events = fc.array(fc.constantFrom(...(Object.values(EVENTS) as ConnectionEvent[])), { maxLength: 40 });
const replay = (list: readonly ConnectionEvent[]) => list.reduce(transition, INITIAL_STAGE);
const after = (...types: (keyof typeof EVENTS)[]) => replay(types.map((type) => EVENTS[type]));

/** A stage as one of the legal ones, whatever its attempt and its sources are. */
function shape(stage: ConnectionStage): string {
  if (stage.kind === 'closed') return 'closed';
  const { kind, membership } = stage;
  const { kind: where, ...rest } = membership;
  const flags = 'live' in rest ? { takeOver: rest.takeOver } : rest;
  return `${kind} ${where} ${JSON.stringify(flags)}`;
}

describe('transition()', () => {
  it('leads from every legal stage to a legal stage, whatever happens', () => {
    const legal = new Set(STAGES.map(shape));
    for (const stage of STAGES) {
      for (const event of Object.values(EVENTS)) {
        expect(legal, `${event.type} in ${shape(stage)}`).toContain(shape(transition(stage, event)));
      }
    }
  });

  it('reaches legal stages only, after any sequence of events', () => {
    const legal = new Set(STAGES.map(shape));
    fc.assert(
      fc.property(events, (list) => {
        expect(legal).toContain(shape(replay(list)));
      }),
      RUNS,
    );
  });

  it('never awaits the answer to a join of a participant who is outside', () => {
    fc.assert(
      fc.property(events, (list) => {
        const stage = replay(list);
        if (stage.kind === 'joining') expect(stage.membership.kind).not.toBe('outside');
      }),
      RUNS,
    );
  });

  it('never counts attempts backwards, and counts one for each connection and each preparation', () => {
    fc.assert(
      fc.property(events, (list) => {
        let stage = INITIAL_STAGE;
        for (const event of list) {
          const next = transition(stage, event);
          if (stage.kind !== 'closed' && next.kind !== 'closed') {
            expect(next.attempt - stage.attempt).toBeOneOf([0, 1]);
            const starts = event.type === 'connected' || event.type === 'disconnected';
            if (starts) expect(next.attempt).toBe(stage.attempt + 1);
          }
          stage = next;
        }
      }),
      RUNS,
    );
  });

  it('is established only over a connection that has been prepared or resumed since it was made', () => {
    fc.assert(
      fc.property(events, (list) => {
        if (replay(list).kind !== 'established') return;
        const types = list.map(({ type }) => type);
        const lastPreparation = Math.max(types.lastIndexOf('prepared'), types.lastIndexOf('resumed'));
        expect(lastPreparation).toBeGreaterThan(types.lastIndexOf('connected'));
        expect(lastPreparation).toBeGreaterThan(types.lastIndexOf('disconnected'));
      }),
      RUNS,
    );
  });

  it('keeps the membership through lost connections, until an answer of the server changes it', () => {
    fc.assert(
      fc.property(events, (list) => {
        const before = replay(list);
        for (const type of ['disconnected', 'connected', 'renewal-requested', 'request-failed'] as const) {
          const next = transition(before, EVENTS[type]);
          if (before.kind === 'closed' || next.kind === 'closed') continue;
          expect(next.membership).toBe(before.membership);
        }
      }),
      RUNS,
    );
  });

  it('never leaves closed', () => {
    fc.assert(
      fc.property(events, events, (before, rest) => {
        expect(replay([...before, EVENTS.closed, ...rest])).toEqual({ kind: 'closed' });
      }),
      RUNS,
    );
  });

  it('goes from the first connection through preparation and join to established inside', () => {
    expect(after('connected', 'prepared')).toMatchObject({ kind: 'established', membership: OUTSIDE });
    expect(after('join-requested', 'connected', 'prepared').kind).toBe('joining');
    expect(after('join-requested', 'connected', 'prepared', 'joined')).toMatchObject({
      kind: 'established',
      membership: { kind: 'inside', resumable: true },
    });
  });

  it('stays established while a participant in front of the preview joins', () => {
    expect(after('connected', 'prepared', 'join-requested')).toMatchObject({
      kind: 'established',
      membership: { kind: 'entering' },
    });
  });

  it('asks to enter again after a reconnect, of a participant who waits', () => {
    expect(
      after('connected', 'prepared', 'join-requested', 'waiting', 'disconnected', 'connected', 'prepared'),
    ).toMatchObject({ kind: 'joining', membership: { kind: 'waiting', live: 'microphone' } });
  });

  it('takes over until the participant is inside, and not afterwards', () => {
    const waiting = after('connected', 'prepared', 'join-requested', 'waiting');
    expect(waiting.kind !== 'closed' && takesOver(waiting.membership)).toBe(true);
    const inside = transition(waiting, EVENTS.joined);
    expect(inside.kind !== 'closed' && takesOver(inside.membership)).toBe(false);
  });

  it('remembers the sources of the last join that was sent, also if an earlier answer comes later', () => {
    expect(after('connected', 'prepared', 'join-requested', 'waiting', 'join-sent', 'waiting')).toMatchObject(
      { membership: { kind: 'waiting', live: 'camera' } },
    );
  });

  it('does not resume transports that failed', () => {
    expect(after('connected', 'prepared', 'join-requested', 'joined', 'media-failed')).toMatchObject({
      kind: 'failing',
      membership: { kind: 'inside', resumable: false },
    });
  });

  it('ignores a decline of a participant who does not wait', () => {
    const inside = after('connected', 'prepared', 'join-requested', 'joined');
    expect(transition(inside, EVENTS.declined)).toBe(inside);
  });
});
