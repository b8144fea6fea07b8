import type { ComponentChildren } from 'preact';
import type { MenuEntry } from '../components/menu.tsx';
import type { CallTools } from '../hooks/call.ts';

/** The places in which an action is offered. */
export interface Placement {
  /** Position among all actions, ascending. */
  readonly order: number;
  /**
   * In the toolbar. `always` never leaves it; of the others, those with the highest rank move to the overflow menu
   * first when there is little room.
   */
  readonly toolbar?: 'always' | { readonly rank: number };
  /** Behind the overflow menu's button instead of before it. */
  readonly atEnd?: boolean;
  /** Always in the overflow menu. */
  readonly menu?: boolean;
  /** In the header of the call. */
  readonly header?: boolean;
  /** Among the switches for hosts in the people panel. */
  readonly hostSwitch?: boolean;
}

/** How the button of an action looks now. */
export interface ActionLook {
  readonly tone?: 'plain' | 'off' | 'active' | 'danger';
  readonly busy?: boolean;
  readonly badge?: number;
  /** More to know, said after the label. */
  readonly note?: string | null;
  /** Whether what the action switches is paused for now. */
  readonly paused?: boolean;
}

/** A key that runs an action, and its line in the list of shortcuts. */
export interface ActionShortcut {
  /** A lower-case letter or a sign. */
  readonly key: string;
  readonly label: () => string;
}

/** Something a person can do in the call. Toolbar, overflow menu, header and shortcuts derive from the list of actions. */
export interface CallAction {
  readonly id: string;
  readonly placement: Placement;
  /** For tests; on the button in the header if there is one, else in the toolbar or the menu. */
  readonly testId?: string;
  readonly shortcut?: ActionShortcut;
  /** Whether Space on its button is held to talk instead of pressing it. */
  readonly pushToTalk?: boolean;
  /** By default always. */
  readonly isAvailable?: (call: CallTools) => boolean;
  /** For switches only: whether it is on. */
  readonly isPressed?: (call: CallTools) => boolean;
  readonly label: (call: CallTools) => string;
  /** The few words under the icon in the toolbar; by default the label. The label begins with them or is the same. */
  readonly caption?: (call: CallTools) => string;
  /** A line under the label of a host switch. */
  readonly hint?: () => string;
  readonly icon: (call: CallTools) => ComponentChildren;
  /** Shown as dangerous in the menu. */
  readonly isDangerous?: boolean;
  readonly look?: (call: CallTools) => ActionLook;
  /** Not called while the action is unavailable. */
  readonly run: (call: CallTools) => void;
  /** Makes its button open a menu of choices. */
  readonly choices?: (call: CallTools) => readonly MenuEntry[];
}

/** Returns an action's entries in the overflow menu. */
export function menuEntries(action: CallAction, call: CallTools): readonly MenuEntry[] {
  if (action.choices) return action.choices(call);
  const { id, placement, testId, isPressed, isDangerous, label, icon, look, run } = action;
  const { badge } = look?.(call) ?? {};
  return [
    {
      id,
      label: label(call),
      icon: icon(call),
      onSelect: () => run(call),
      ...(isPressed && { checked: isPressed(call) }),
      ...(testId !== undefined && !placement.header && { testId }),
      ...(badge !== undefined && { badge }),
      ...(isDangerous && { danger: true }),
    },
  ];
}
