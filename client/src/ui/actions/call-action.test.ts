import { describe, expect, it, vi } from 'vitest';
import type { CallTools } from '../hooks/call.ts';
import { menuEntries, type CallAction } from './call-action.ts';

const call = {} as CallTools;
const action = (change: Partial<CallAction> = {}): CallAction => ({
  id: 'lock',
  placement: { order: 10, menu: true },
  testId: 'lock-toggle',
  label: () => 'Lock the visit',
  icon: () => null,
  run: () => undefined,
  ...change,
});
const [entry] = menuEntries(action(), call);

describe('menuEntries', () => {
  it('returns one entry that runs the action', () => {
    const run = vi.fn();
    const [only, ...others] = menuEntries(action({ run }), call);
    only?.onSelect();
    expect(run).toHaveBeenCalledWith(call);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'lock', label: 'Lock the visit', testId: 'lock-toggle' });
  });

  it('returns a switch only for an action that can be pressed', () => {
    expect(entry).not.toHaveProperty('checked');
    expect(menuEntries(action({ isPressed: () => false }), call)[0]).toMatchObject({ checked: false });
  });

  it('returns no test id for an action in the header, whose button has it', () => {
    const placement = { order: 10, menu: true, header: true };
    expect(menuEntries(action({ placement }), call)[0]).not.toHaveProperty('testId');
  });

  it('passes on the badge and the danger of the action', () => {
    const look = () => ({ badge: 3 });
    expect(menuEntries(action({ look, isDangerous: true }), call)[0]).toMatchObject({
      badge: 3,
      danger: true,
    });
  });

  it('returns the choices of an action that has some', () => {
    const choice = { id: 'heart', label: 'Heart', onSelect: () => undefined };
    expect(menuEntries(action({ choices: () => [choice] }), call)).toEqual([choice]);
  });
});
