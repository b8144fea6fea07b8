import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Returns the current time in milliseconds, updated every second. */
export function useSeconds(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Calls `onWake` when the page becomes visible, and when the device is online again. */
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

/** Returns whether the page is visible. */
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

/** An element's inner size, and the font size of the root, in CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly rem: number;
}

/** Returns the size of an element, updated whenever it changes, and measured before the first paint. */
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

/** Full-screen mode of the page; `toggle` is null if the browser doesn't support it. */
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
  // Missing on iPhones, although TypeScript's DOM declares it.
  return { on, toggle: (document as Partial<Document>).fullscreenEnabled ? toggle : null };
}

/** Keeps the screen on while the component is shown: a phone that falls asleep loses its connection. */
export function useWakeLock(): void {
  useEffect(() => {
    // Missing in older browsers, although TypeScript's DOM declares it.
    const locks = (navigator as Partial<Navigator>).wakeLock;
    if (!locks) return;
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const take = async () => {
      // The browser releases the lock whenever the page is hidden.
      if (document.hidden || (lock && !lock.released)) return;
      // The request fails on a low battery; the page works without it.
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
