import { describe, expect, it } from 'vitest';
import type { CallAction } from '../actions/call-action.ts';
import { CORE_ACTIONS } from '../actions/core-actions.tsx';
import { FEATURES } from '../features/index.ts';
import { CORE_PANELS } from '../panels/panel.tsx';
import type { CallTools } from './call.ts';
import { Lazy } from './lazy.ts';
import { Registry } from './registry.ts';

const action = (id: string, order: number, isAvailable = true): CallAction => ({
  id,
  placement: { order, menu: true },
  isAvailable: () => isAvailable,
  label: () => id,
  icon: () => null,
  run: () => undefined,
});
const panel = { id: 'chat', title: () => 'Chat', opener: 'open-chat', component: Lazy.of(() => null) };
const call = {} as CallTools;

describe('Registry', () => {
  it('sorts the actions of all contributions by order', () => {
    const registry = new Registry([
      { actions: [action('b', 20), action('c', 30)] },
      { actions: [action('a', 10)] },
    ]);
    expect(registry.actions.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('returns only available actions', () => {
    const registry = new Registry([{ actions: [action('a', 10, false), action('b', 20)] }]);
    expect(registry.available(call).map(({ id }) => id)).toEqual(['b']);
  });

  it('finds a panel by its id and by the action that opens it', () => {
    const registry = new Registry([{ panels: [panel] }, {}]);
    expect(registry.panel('chat')).toBe(panel);
    expect(registry.panelOf('open-chat')).toBe(panel);
    expect(registry.panel(null)).toBeUndefined();
    expect(registry.panelOf('chat')).toBeUndefined();
  });
});

describe('the registered actions and panels', async () => {
  const features = await Promise.all(FEATURES.map(({ load }) => load()));
  const { actions, panels } = new Registry([{ actions: CORE_ACTIONS, panels: CORE_PANELS }, ...features]);

  it('have unique ids, and orders that leave no doubt', () => {
    const unique = (values: readonly unknown[]) => new Set(values).size === values.length;
    expect(unique(actions.map(({ id }) => id))).toBe(true);
    expect(unique(actions.map(({ placement }) => placement.order))).toBe(true);
    expect(unique(panels.map(({ id }) => id))).toBe(true);
  });

  it('include an action that opens each panel', () => {
    expect(panels.map(({ id }) => id).sort()).toEqual([
      'captions',
      'chat',
      'info',
      'people',
      'polls',
      'recording',
    ]);
    for (const { opener } of panels) expect(actions.map(({ id }) => id)).toContain(opener);
  });
});
