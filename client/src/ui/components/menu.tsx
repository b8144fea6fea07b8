import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { direction } from '../../locales/index.ts';
import { CheckIcon } from './icons.tsx';

/** An item of a menu. `checked` makes it a switch. */
export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: ComponentChildren;
  readonly checked?: boolean;
  readonly danger?: boolean;
  readonly testId?: string;
  readonly badge?: number;
  /** Placed in a row with its neighbours, showing its icon only. */
  readonly inRow?: boolean;
  readonly onSelect: () => void;
}

interface Props {
  label: string;
  entries: readonly MenuEntry[];
  class?: string;
  testId?: string;
  /** Gets the button while it is shown, and null afterwards. */
  anchor?: (button: HTMLButtonElement | null) => void;
  /** The button's content. */
  children: ComponentChildren;
}

/** A button that opens a menu (WAI-ARIA APG: menu button). The menu lies above everything, so that no tile clips it. */
export function MenuButton({
  label,
  entries,
  class: className = 'control',
  testId,
  anchor,
  children,
}: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    anchor?.(button.current);
    return () => anchor?.(null);
  }, []);
  const id = useId();
  const close = (back: boolean) => {
    setOpen(false);
    if (back) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={className}
        data-testid={testId}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (isChord(event) || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open && <Popup id={id} label={label} entries={entries} anchor={button.current} onClose={close} />}
    </>
  );
}

/** Keys with a modifier belong to the browser and the screen reader. */
function isChord({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}

interface PopupProps {
  id: string;
  label: string;
  entries: readonly MenuEntry[];
  anchor: HTMLElement | null;
  onClose: (back: boolean) => void;
}

function Popup({ id, label, entries, anchor, onClose }: PopupProps) {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [...(menu.current?.querySelectorAll<HTMLButtonElement>('[role^="menuitem"]') ?? [])];
  useLayoutEffect(() => {
    const popup = menu.current;
    if (!popup || !anchor) return;
    // Without popover support it is a fixed box like any other.
    if ('showPopover' in popup) popup.showPopover();
    place(popup, anchor);
    items()[0]?.focus();
    const away = (event: Event) => {
      const target = event.target as Node;
      if (!popup.contains(target) && !anchor.contains(target)) onClose(false);
    };
    const resized = () => onClose(false);
    addEventListener('pointerdown', away, true);
    addEventListener('resize', resized);
    return () => {
      removeEventListener('pointerdown', away, true);
      removeEventListener('resize', resized);
    };
  }, [anchor]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (isChord(event)) return;
    const all = items();
    const now = all.indexOf(document.activeElement as HTMLButtonElement);
    const go = (index: number) => all.at(index % all.length)?.focus();
    const onward = direction() === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const back = direction() === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    if (event.key === 'ArrowDown' || event.key === onward) go(now + 1);
    else if (event.key === 'ArrowUp' || event.key === back) go(now - 1);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(-1);
    else if (event.key === 'Escape') onClose(true);
    else if (event.key === 'Tab') {
      onClose(true);
      return;
    } else if (event.key.length === 1 && event.key !== ' ') {
      const letter = event.key.toLocaleLowerCase();
      const starts = (item: HTMLElement) => item.innerText.trim().toLocaleLowerCase().startsWith(letter);
      const next = [...all.slice(now + 1), ...all.slice(0, now + 1)].find(starts);
      next?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const inRow = entries.filter((entry) => entry.inRow);
  const item = (entry: MenuEntry) => <Item key={entry.id} entry={entry} onClose={() => onClose(true)} />;
  return (
    <div
      ref={menu}
      id={id}
      class="menu"
      role="menu"
      aria-label={label}
      popover="manual"
      onKeyDown={onKeyDown}
    >
      {inRow.length > 0 && (
        <div class="menu-row" role="group">
          {inRow.map(item)}
        </div>
      )}
      {entries.filter((entry) => !entry.inRow).map(item)}
    </div>
  );
}

function Item({ entry, onClose }: { entry: MenuEntry; onClose: () => void }) {
  const { label, icon, checked, danger, testId, badge, inRow, onSelect } = entry;
  return (
    <button
      type="button"
      class={`menu-item ${danger ? 'menu-item-danger' : ''}`}
      role={checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
      aria-checked={checked}
      aria-label={inRow ? label : undefined}
      title={inRow ? label : undefined}
      data-testid={testId}
      tabIndex={-1}
      onClick={() => {
        onClose();
        onSelect();
      }}
    >
      {icon}
      {!inRow && <span class="menu-label">{label}</span>}
      {badge ? <span class="badge badge-inline">{badge}</span> : null}
      {checked && <CheckIcon />}
    </button>
  );
}

const MARGIN = 8;

/** Places the menu above or below its button, always inside the window; a menu that is too long scrolls. */
function place(popup: HTMLElement, anchor: HTMLElement): void {
  const from = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popup;
  const [above, beneath] = [from.top, innerHeight - from.bottom].map((space) => space - 2 * MARGIN) as [
    number,
    number,
  ];
  const below = height <= beneath || beneath >= above;
  // The menu must not cover its button, where a second tap would select something.
  const room = Math.max(0, below ? beneath : above);
  const top = below ? from.bottom + MARGIN : from.top - MARGIN - Math.min(height, room);
  const left = Math.min(
    Math.max(MARGIN, from.left + from.width / 2 - width / 2),
    innerWidth - width - MARGIN,
  );
  popup.style.setProperty('top', `${top}px`);
  popup.style.setProperty('left', `${Math.max(MARGIN, left)}px`);
  popup.style.setProperty('max-height', `${room}px`);
}
