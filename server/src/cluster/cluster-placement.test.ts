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
  const known = {
    nodes: () => nodes,
    find: (nodeId: string) => nodes.find((one) => one.nodeId === nodeId),
    lookAfresh: () => Promise.resolve(),
  };
  return new ClusterPlacement(known, new Map(open), region);
}

const ANYWHERE = { region: null };

describe('ClusterPlacement.reserve', () => {
  it('distributes sessions evenly while all nodes are idle', () => {
    const placement = placementOn([node('a'), node('b'), node('c')]);
    expect([1, 2, 3, 4].map(() => placement.reserve(ANYWHERE))).toEqual(['a', 'b', 'c', 'a']);
  });

  it('counts existing sessions, and no longer those that are released', () => {
    const placement = placementOn([node('a'), node('b')], null, [['a', 2]]);
    expect([1, 2, 3].map(() => placement.reserve(ANYWHERE))).toEqual(['b', 'b', 'a']);
    placement.release('a');
    placement.release('a');
    expect(placement.reserve(ANYWHERE)).toBe('a');
  });

  it('prefers the requested region, then its own, then any', () => {
    const nodes = [node('a', { region: 'eu' }), node('b', { region: 'us' }), node('c', { region: 'asia' })];
    const placement = placementOn(nodes, 'asia');
    expect(placement.reserve({ region: 'us' })).toBe('b');
    expect(placement.reserve(ANYWHERE)).toBe('c');
    expect(placement.reserve({ region: 'moon' })).toBe('a');
    expect(placement.reserve({ region: 'us', exclude: 'b' })).toBe('a');
  });

  it.each([
    ['is lost', { alive: false }],
    ['is draining', { drainUntil: 1 }],
    ['is full', { load: { ...IDLE, full: true } }],
    ['does not listen yet', { url: '' }],
  ])('excludes a node that %s', (_, changes) => {
    const placement = placementOn([node('a', changes), node('b')]);
    expect([1, 2].map(() => placement.reserve(ANYWHERE))).toEqual(['b', 'b']);
    expect(placement.takes('a')).toBe(false);
    expect(() => placementOn([node('a', changes)]).reserve(ANYWHERE)).toThrow(
      expect.objectContaining({ code: 'no_capacity' }),
    );
  });

  it('chooses the least busy node by CPU or participants', () => {
    const busy = (cpu: number, participants = 0) => ({ load: { ...IDLE, cpu, participants }, capacity: 100 });
    const nodes = [node('a', busy(0.5)), node('b', busy(0.1, 60)), node('c', busy(0.3))];
    expect(placementOn(nodes).reserve(ANYWHERE)).toBe('c');
  });

  it('ignores small fluctuations of the load', () => {
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

  it('uses the stored number of sessions after recount()', () => {
    const placement = placementOn([node('a'), node('b')], null, [['a', 2]]);
    expect(placement.reserve(ANYWHERE)).toBe('b');
    placement.recount(new Map([['b', 5]]));
    expect([1, 2].map(() => placement.reserve(ANYWHERE))).toEqual(['a', 'a']);
  });
});
