import { useEffect } from 'preact/hooks';

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
