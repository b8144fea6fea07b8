import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import type { VisitClient } from '../../../sdk/index.ts';
import { Chime } from '../../chime.ts';
import { DARK, spotlight, SPEAKER_MS } from '../../layout/speaker.ts';
import { shortcutOf, takesKeys, takesSpace, type Shortcut } from '../../shortcuts.ts';

/** An element's inner size in CSS pixels, and the size of the root's font. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly rem: number;
}

/** The size of an element, new whenever it changes; measured before the first picture is painted. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: innerWidth, height: innerHeight, rem: 16 });
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const { clientWidth: width, clientHeight: height } = box;
      setSize((old) =>
        old.width === width && old.height === height && old.rem === rem ? old : { width, height, rem },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** Whether the page can be seen. */
export function usePageVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const changed = () => setVisible(!document.hidden);
    changed();
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  return visible;
}

/** Who has the large place: the speaker, but not for a cough. */
export function useSpotlight(speaker: string | null, others: readonly string[]): string | null {
  const [light, setLight] = useState(() => spotlight(DARK, speaker, others, Date.now()));
  const names = others.join('\n');
  useLayoutEffect(() => {
    const look = () => setLight((before) => spotlight(before, speaker, others, Date.now()));
    look();
    const timer = setTimeout(look, SPEAKER_MS + 50);
    return () => clearTimeout(timer);
  }, [speaker, names]);
  return light.shown;
}

/** The whole page without the browser around it; `toggle` is null where the browser has no such thing. */
export function useFullscreen(): { on: boolean; toggle: (() => void) | null } {
  const [on, setOn] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const changed = () => setOn(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);
  const toggle = () => {
    const done = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen({ navigationUI: 'hide' });
    done.catch(() => undefined);
  };
  // TypeScript's DOM says that it is always there; on an iPhone it is not.
  return { on, toggle: (document as Partial<Document>).fullscreenEnabled ? toggle : null };
}

/** Sounds softly whenever somebody new waits. */
export function useWaitingChime(waiting: readonly { userId: string }[], on: boolean): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  const chime = useRef<Chime | null>(null);
  useEffect(() => {
    const news = waiting.some(({ userId }) => !known.current.has(userId));
    known.current = new Set(waiting.map(({ userId }) => userId));
    if (news && on) (chime.current ??= new Chime()).ring();
  }, [waiting, on]);
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

/** When what has the focus disappears, as a tile of somebody who leaves, the focus goes to a place that stays. */
export function useFocusRescue(
  root: RefObject<HTMLElement | null>,
  refuge: RefObject<HTMLElement | null>,
): void {
  useEffect(() => {
    const area = root.current;
    if (!area) return;
    let last: Element | null = null;
    const focused = (event: FocusEvent) => (last = event.target as Element);
    const rescue = () => {
      const lost = last !== null && !last.isConnected && document.activeElement === document.body;
      if (!lost) return;
      last = null;
      refuge.current?.focus({ preventScroll: true });
    };
    area.addEventListener('focusin', focused);
    const observer = new MutationObserver(rescue);
    observer.observe(area, { childList: true, subtree: true });
    return () => {
      area.removeEventListener('focusin', focused);
      observer.disconnect();
    };
  }, []);
}
