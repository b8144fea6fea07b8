import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** The current time in milliseconds, new every second. */
export function useSeconds(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Calls back when the person returns to the page, and when the device is back on the network. */
export function useWake(onWake: () => void): void {
  const latest = useRef(onWake);
  latest.current = onWake;
  useEffect(() => {
    const wake = () => latest.current();
    const seen = () => {
      if (document.visibilityState === 'visible') wake();
    };
    document.addEventListener('visibilitychange', seen);
    addEventListener('online', wake);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('online', wake);
    };
  }, []);
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

/** Keeps the screen on while the component is before the person's eyes: a phone that falls asleep loses its place. */
export function useWakeLock(): void {
  useEffect(() => {
    // Missing in older browsers, whatever TypeScript's DOM says.
    const locks = (navigator as Partial<Navigator>).wakeLock;
    if (!locks) return;
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const take = async () => {
      // The browser lets go of it whenever the page is hidden.
      if (document.hidden || (lock && !lock.released)) return;
      // Refused on a low battery: everything goes on without.
      lock = await locks.request('screen').catch(() => null);
      if (over) void lock?.release();
    };
    const seen = () => void take();
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', seen);
      void lock?.release();
    };
  }, []);
}
