import { useEffect, useRef } from 'preact/hooks';
import type { VisitClient } from '../../sdk/index.ts';

/** What a key does in the call. Leaving and ending have none: a slip must not end a visit. */
export const SHORTCUTS = {
  m: 'microphone',
  v: 'camera',
  s: 'share',
  h: 'hand',
  c: 'chat',
  p: 'people',
  l: 'layout',
  f: 'fullscreen',
  '?': 'help',
} as const;

export type ShortcutKey = keyof typeof SHORTCUTS;
export type Shortcut = (typeof SHORTCUTS)[ShortcutKey];

/** What matters of a `KeyboardEvent`. */
export interface Press {
  readonly key: string;
  /** The place on the keyboard, for keyboards without Latin letters. */
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/** The shortcut of a key press, or null. Keys with a modifier belong to the browser and the screen reader. */
export function shortcutOf(press: Press): Shortcut | null {
  if (press.altKey || press.ctrlKey || press.metaKey || press.repeat || press.isComposing) return null;
  const key = press.key.toLowerCase();
  if (key in SHORTCUTS) return SHORTCUTS[key as ShortcutKey];
  const isForeignLetter = /^\P{ASCII}$/u.test(key);
  const place = /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase();
  return isForeignLetter && place !== undefined && place in SHORTCUTS
    ? SHORTCUTS[place as ShortcutKey]
    : null;
}

/** Whether keys belong to this element: words are typed there, or a letter chooses something. */
export function takesKeys(element: Element | null): boolean {
  return element?.closest('input, textarea, select, [contenteditable], [role="menu"], dialog') != null;
}

/** Whether Space presses this element, so that it can't be held to talk. The microphone's own button lets it. */
export function takesSpace(element: Element | null): boolean {
  if (takesKeys(element)) return true;
  if (element?.closest('[data-push-to-talk]') != null) return false;
  return element?.closest('button, a[href], summary, video[controls]') != null;
}

/** Keys of the call; none of them acts while words are typed. */
export function useShortcuts(on: boolean, act: (shortcut: Shortcut) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (takesKeys(document.activeElement) || event.defaultPrevented) return;
      const shortcut = shortcutOf(event);
      if (shortcut === null) return;
      event.preventDefault();
      latest.current(shortcut);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [on]);
}

/** While Space is held a muted microphone is on. */
export function usePushToTalk(client: VisitClient, on: boolean): void {
  useEffect(() => {
    if (!on) return;
    let talking = false;
    const stop = () => {
      if (talking) void client.setOn('microphone', false);
      talking = false;
    };
    const down = (event: KeyboardEvent) => {
      if (event.code !== 'Space' || event.ctrlKey || event.altKey || event.metaKey) return;
      if (!talking) {
        const muted = client.getState().local.microphone.state === 'off';
        if (!muted || takesSpace(document.activeElement)) return;
      }
      event.preventDefault();
      if (event.repeat || talking) return;
      talking = true;
      void client.setOn('microphone', true);
    };
    const up = (event: KeyboardEvent) => {
      if (event.code !== 'Space' || !talking) return;
      // Firefox presses the button that has the focus as the key comes up.
      event.preventDefault();
      stop();
    };
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('blur', stop);
    return () => {
      stop();
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', stop);
    };
  }, [client, on]);
}
