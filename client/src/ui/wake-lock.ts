import { useEffect } from 'preact/hooks';

/** Keeps the screen on while the component is there: a phone that falls asleep loses its place. */
export function useWakeLock(): void {
  useEffect(() => {
    // Missing in older browsers, whatever TypeScript's DOM says.
    const wakeLock = navigator.wakeLock as WakeLock | undefined;
    let over = false;
    let held: WakeLockSentinel | null = null;
    const hold = () => {
      // The browser lets go of it whenever the page is hidden.
      if (document.visibilityState !== 'visible') return;
      void wakeLock
        ?.request('screen')
        .then((sentinel) => {
          if (over) return sentinel.release();
          held = sentinel;
          return undefined;
        })
        .catch(() => undefined);
    };
    hold();
    document.addEventListener('visibilitychange', hold);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', hold);
      void held?.release().catch(() => undefined);
    };
  }, []);
}
