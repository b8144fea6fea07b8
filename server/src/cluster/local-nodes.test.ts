import { describe, expect, it } from 'vitest';
import { LocalNodes } from './local-nodes.ts';

const idle = () => 0;

describe('LocalNodes.reserve', () => {
  it('spreads sessions evenly over idle nodes', () => {
    const nodes = new LocalNodes(['a', 'b', 'c'], new Map(), idle);
    expect([1, 2, 3, 4, 5, 6].map(() => nodes.reserve())).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('counts the sessions that the store knows of', () => {
    const nodes = new LocalNodes(['a', 'b'], new Map([['a', 2]]), idle);
    expect([1, 2, 3].map(() => nodes.reserve())).toEqual(['b', 'b', 'a']);
  });

  it('prefers the node with less media to the one with fewer sessions', () => {
    const nodes = new LocalNodes(['a', 'b'], new Map([['b', 9]]), (node) => (node === 'a' ? 40 : 4));
    expect(nodes.reserve()).toBe('b');
  });

  it('takes a released place into account', () => {
    const nodes = new LocalNodes(
      ['a', 'b'],
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
      idle,
    );
    nodes.release('b');
    nodes.release('gone');
    expect(nodes.reserve()).toBe('b');
  });

  it('without a node refuses with no_capacity', () => {
    expect(() => new LocalNodes([], new Map(), idle).reserve()).toThrow(
      expect.objectContaining({ code: 'no_capacity' }),
    );
  });
});
