import { useRef } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import { MoreIcon } from '../components/call-icons.tsx';
import { MenuButton } from '../components/menu.tsx';
import { useCall } from '../hooks/call.ts';
import { useSize } from '../hooks/page.ts';
import { useRegistry } from '../hooks/registry.ts';
import { menuEntries, type CallAction, type Placement } from './call-action.ts';
import { Badge, Control } from './control.tsx';

/** The id under which the button of the overflow menu is anchored. */
export const OVERFLOW = 'more';

/** The width of one control with its gap, in rem, by the width of the toolbar. toolbar.css has the same numbers. */
const SIZES = [
  { bar: 'tiny', below: 22, one: 3.3 },
  { bar: 'compact', below: 44, one: 3.75 },
  { bar: 'wide', below: Infinity, one: 5.5 },
] as const;

/** The actions of the call in a row; those that do not fit are in the overflow menu. */
export function Toolbar() {
  const call = useCall();
  const bar = useRef<HTMLDivElement>(null);
  const { width, rem } = useSize(bar);
  const size = SIZES.find(({ below }) => width < below * rem) ?? SIZES[2];
  const available = useRegistry().available(call);
  const shown = visibleActions(available.filter(inToolbar), width, size.one * rem);
  const overflow = available.filter((action) => inToolbar(action) && !shown.includes(action));
  const badge = overflow.reduce((sum, { look }) => sum + (look?.(call).badge ?? 0), 0);
  const menu = [...overflow, ...available.filter(({ placement }) => placement.menu)];
  const control = (action: CallAction) => <Control key={action.id} action={action} />;
  return (
    <div
      ref={bar}
      class="controls"
      data-bar={size.bar}
      role="group"
      aria-label={t('call.controls')}
      onClick={releaseFocus}
    >
      {shown.filter(({ placement }) => !placement.atEnd).map(control)}
      <MenuButton
        class="bar-control bar-plain"
        testId="more-menu"
        label={t('call.more')}
        entries={menu.flatMap((action) => menuEntries(action, call))}
        anchor={(button) => call.anchor(OVERFLOW, button)}
      >
        <span class="bar-icon">
          <MoreIcon />
          <Badge count={badge} />
        </span>
        <span class="bar-caption" aria-hidden="true">
          {t('call.more')}
        </span>
      </MenuButton>
      {shown.filter(({ placement }) => placement.atEnd).map(control)}
    </div>
  );
}

const inToolbar = ({ placement }: CallAction) => placement.toolbar !== undefined;

/** A pointer leaves no focus behind, because Space would press the same button again; the keyboard keeps its place. */
function releaseFocus({ detail, currentTarget }: MouseEvent): void {
  const focused = document.activeElement;
  if (detail === 0 || !(focused instanceof HTMLElement)) return;
  if ((currentTarget as Element).contains(focused)) focused.blur();
}

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
