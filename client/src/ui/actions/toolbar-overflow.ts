import type { Placement } from './call-action.ts';

interface Placed {
  readonly placement: Pick<Placement, 'toolbar'>;
}

/**
 * Returns the actions that fit into a toolbar beside the button of the overflow menu, in their given order. `width` is
 * the toolbar's and `one` a button's, in CSS pixels.
 */
export function visibleActions<A extends Placed>(actions: readonly A[], width: number, one: number): A[] {
  const ranked = actions.flatMap((action) => {
    const { toolbar } = action.placement;
    return toolbar === undefined || toolbar === 'always' ? [] : [{ action, rank: toolbar.rank }];
  });
  const always = actions.filter(({ placement }) => placement.toolbar === 'always');
  const room = Math.max(0, Math.floor((width - (always.length + 1) * one) / one));
  const kept = ranked.sort((a, b) => a.rank - b.rank).slice(0, room);
  const shown = new Set([...always, ...kept.map(({ action }) => action)]);
  return actions.filter((action) => shown.has(action));
}
