import { describe, expect, it } from 'vitest';
import { ClusterPlacement } from './cluster-placement.ts';
import type { KnownNode } from './node-registry.ts';

const IDLE = { participants: 0, consumers: 0, cpu: 0, bitrate: 0, full: false };

function node(nodeId: string, changes: Partial<KnownNode> = {}): KnownNode {
  return {
    nodeId,
    processId: `process of ${nodeId}`,
    holder: null,
    url: 'http://10.0.0.5:3000',
    region: null,
    version: '1',
    capacity: null,
    load: IDLE,
    beat: 1,
    aliveAt: 0,
    drainUntil: null,
    here: false,
    alive: true,
    ...changes,
  };
}

function placementOn(nodes: KnownNode[], region: string | null = null, open: [string, number][] = []) {
  const known = { nodes: () => nodes, find: (nodeId: string) => nodes.find((one) => one.nodeId === nodeId) };
  return new ClusterPlacement(known, new Map(open), region);
}

const ANYWHERE = { region: null };

describe('reserve', () => {
  it('deals sessions out in turn while all nodes are idle', () => {
    const placement = placementOn([node('a'), node('b'), node('c')]);
    expect([1, 2, 3, 4].map(() => placement.reserve(ANYWHERE))).toEqual(['a', 'b', 'c', 'a']);
  });

  it('counts the sessions of before, and those that are released', () => {
    const placement = placementOn([node('a'), node('b')], null, [['a', 2]]);
    expect([1, 2, 3].map(() => placement.reserve(ANYWHERE))).toEqual(['b', 'b', 'a']);
    placement.release('a');
    placement.release('a');
    expect(placement.reserve(ANYWHERE)).toBe('a');
  });

  it('takes the region that is asked for, then its own, then any', () => {
    const nodes = [node('a', { region: 'eu' }), node('b', { region: 'us' }), node('c', { region: 'asia' })];
    const placement = placementOn(nodes, 'asia');
    expect(placement.reserve({ region: 'us' })).toBe('b');
    expect(placement.reserve(ANYWHERE)).toBe('c');
    expect(placement.reserve({ region: 'moon' })).toBe('a');
    expect(placement.reserve({ region: 'us', not: 'b' })).toBe('a');
  });

  it.each([
    ['is lost', { alive: false }],
    ['is being drained', { drainUntil: 1 }],
    ['is full', { load: { ...IDLE, full: true } }],
    ['does not listen yet', { url: '' }],
  ])('leaves out a node that %s', (_, changes) => {
    const placement = placementOn([node('a', changes), node('b')]);
    expect([1, 2].map(() => placement.reserve(ANYWHERE))).toEqual(['b', 'b']);
    expect(placement.takes('a')).toBe(false);
    expect(() => placementOn([node('a', changes)]).reserve(ANYWHERE)).toThrow(
      expect.objectContaining({ code: 'no_capacity' }),
    );
  });

  it('takes the least busy node, by its workers or by its people', () => {
    const busy = (cpu: number, participants = 0) => ({ load: { ...IDLE, cpu, participants }, capacity: 100 });
    const nodes = [node('a', busy(0.5)), node('b', busy(0.1, 60)), node('c', busy(0.3))];
    expect(placementOn(nodes).reserve(ANYWHERE)).toBe('c');
  });

  it('does not follow every breath of a load', () => {
    const nodes = [node('a'), node('b')];
    const placement = placementOn(nodes);
    const load = (index: number, cpu: number) =>
      (nodes[index] = { ...nodes[index]!, load: { ...IDLE, cpu } });
    expect(placement.reserve(ANYWHERE)).toBe('a');
    load(1, 0.08);
    expect(placement.reserve(ANYWHERE)).toBe('b');
    load(1, 0.3);
    expect([placement.reserve(ANYWHERE), placement.reserve(ANYWHERE)]).toEqual(['a', 'a']);
  });

  it('goes by what is stored, once that is counted anew', () => {
    const placement = placementOn([node('a'), node('b')], null, [['a', 2]]);
    expect(placement.reserve(ANYWHERE)).toBe('b');
    placement.recount(new Map([['b', 5]]));
    expect([1, 2].map(() => placement.reserve(ANYWHERE))).toEqual(['a', 'a']);
  });
});
