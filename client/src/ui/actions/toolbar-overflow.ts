/** An action of the bar: those with the lowest rank stay longest when there is little room. */
export interface Ranked {
  readonly id: string;
  readonly rank: number;
}

/**
 * Which actions stay in the bar, in their given order; the rest goes into the menu. All widths in CSS pixels; `fixed` is
 * what always stays, the menu's own button included.
 */
export function visibleActions<A extends Ranked>(
  actions: readonly A[],
  width: number,
  one: number,
  fixed: number,
): A[] {
  const room = Math.max(0, Math.floor((width - fixed) / one));
  if (actions.length <= room) return [...actions];
  const stay = new Set([...actions].sort((a, b) => a.rank - b.rank).slice(0, room));
  return actions.filter((action) => stay.has(action));
}
