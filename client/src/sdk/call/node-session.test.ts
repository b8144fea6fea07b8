import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeSessionTransition, type NodeSessionStage, type NodeSessionStageEvent } from './node-session.ts';

const RUNS = { seed: 20_261_129, numRuns: 500 };
const PENDING: NodeSessionStage = { kind: 'pending', held: [] };
const SHOWN: NodeSessionStage = { kind: 'shown' };

const EVENTS = {
  changed: { type: 'changed', change: (state) => state },
  shown: { type: 'shown' },
  frozen: { type: 'frozen' },
  lost: { type: 'lost' },
  retired: { type: 'retired' },
} satisfies { [T in NodeSessionStageEvent['type']]: Extract<NodeSessionStageEvent, { type: T }> };

const starts = fc.constantFrom<NodeSessionStage>(PENDING, SHOWN);
const events = fc.array(fc.constantFrom<NodeSessionStageEvent>(...Object.values(EVENTS)), { maxLength: 20 });
const replay = (start: NodeSessionStage, list: readonly NodeSessionStageEvent[]) =>
  list.reduce(nodeSessionTransition, start);

describe('nodeSessionTransition()', () => {
  it('moves only from pending over shown and frozen to retired, after any sequence of events', () => {
    const order = ['pending', 'shown', 'frozen', 'retired'];
    fc.assert(
      fc.property(starts, events, (start, list) => {
        let stage = start;
        for (const event of list) {
          const next = nodeSessionTransition(stage, event);
          expect(order.indexOf(next.kind)).toBeGreaterThanOrEqual(order.indexOf(stage.kind));
          stage = next;
        }
      }),
      RUNS,
    );
  });

  it('is lost only after it was frozen or retired', () => {
    fc.assert(
      fc.property(starts, events, (start, list) => {
        const stage = replay(start, list);
        if ((stage.kind !== 'frozen' && stage.kind !== 'retired') || !stage.lost) return;
        const firstRest = list.findIndex(({ type }) => type === 'frozen' || type === 'retired');
        expect(firstRest).toBeGreaterThanOrEqual(0);
        expect(list.map(({ type }) => type).lastIndexOf('lost')).toBeGreaterThan(firstRest);
      }),
      RUNS,
    );
  });

  it('holds changes while pending, in their order, and none afterwards', () => {
    fc.assert(
      fc.property(starts, events, (start, list) => {
        const stage = replay(start, list);
        if (stage.kind !== 'pending') return;
        expect(stage.held).toHaveLength(list.filter(({ type }) => type === 'changed').length);
      }),
      RUNS,
    );
  });

  it('remembers in retirement that it was frozen', () => {
    expect(replay(SHOWN, [EVENTS.frozen, EVENTS.lost, EVENTS.retired])).toEqual({
      kind: 'retired',
      wasFrozen: true,
      lost: true,
    });
    expect(replay(SHOWN, [EVENTS.retired])).toEqual({ kind: 'retired', wasFrozen: false, lost: false });
  });

  it('does not freeze a session that is not shown', () => {
    expect(nodeSessionTransition(PENDING, EVENTS.frozen)).toBe(PENDING);
  });
});
