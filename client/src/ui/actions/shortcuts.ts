import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { VisitClient } from '../../sdk/index.ts';
import type { CallTools } from '../hooks/call.ts';
import type { CallAction } from './call-action.ts';

/** The part of a `KeyboardEvent` that selects a shortcut. */
export interface KeyPress {
  readonly key: string;
  /** The place on the keyboard, for keyboards without Latin letters. */
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/**
 * Returns the action whose shortcut was pressed, or null. Keys with a modifier belong to the browser and the screen
 * reader.
 */
export function pressedAction(actions: readonly CallAction[], press: KeyPress): CallAction | null {
  if (press.altKey || press.ctrlKey || press.metaKey || press.repeat || press.isComposing) return null;
  const withKey = (key: string | undefined) => actions.find(({ shortcut }) => shortcut?.key === key);
  const key = press.key.toLowerCase();
  const isForeignLetter = /^\P{ASCII}$/u.test(key);
  const letter = isForeignLetter ? /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase() : key;
  return letter === undefined ? null : (withKey(letter) ?? null);
}

/** Whether an element takes key presses for itself, for typing or for selecting something. */
export function takesKeys(element: Element | null): boolean {
  return element?.closest('input, textarea, select, [contenteditable], [role="menu"], dialog') != null;
}

/** Whether Space presses an element, so that it can't be held to talk. The microphone's own button allows it. */
export function takesSpace(element: Element | null): boolean {
  if (takesKeys(element)) return true;
  if (element?.closest('[data-push-to-talk]') != null) return false;
  return element?.closest('button, a[href], summary, video[controls]') != null;
}

/** Runs actions by their shortcuts while `on`, except while the person types. */
export function useShortcuts(on: boolean, actions: readonly CallAction[], call: CallTools): void {
  const latest = useRef({ actions, call });
  latest.current = { actions, call };
  // Before the call is painted: a key that is pressed as soon as it is visible counts.
  useLayoutEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (takesKeys(document.activeElement) || event.defaultPrevented) return;
      const { actions: known, call: tools } = latest.current;
      const action = pressedAction(known, event);
      if (action === null) return;
      event.preventDefault();
      if (action.isAvailable?.(tools) ?? true) action.run(tools);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [on]);
}

/** Unmutes a muted microphone while Space is held. */
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
      // Firefox presses the focused button on keyup.
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
