import { useEffect } from 'preact/hooks';
import { browserStorage } from '../ui/hooks/browser-storage.ts';

/** Stores when the operator last used the console in any window of this browser. */
const KEY = 'televisit:console:used';
const ACTIONS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;
/** How often the time is written and looked at, in milliseconds. */
const STEP_MS = 5_000;

/** Detects that the operator has used the console in no window of this browser for some time. */
export class IdleWatch {
  readonly #memory: Pick<Storage, 'getItem' | 'setItem'> | null;
  readonly #idleMs: number;
  readonly #now: () => number;
  #used: number;

  /**
   * @param memory is shared by the windows; null if the browser has none
   * @param now milliseconds since 1970
   */
  constructor(memory: Pick<Storage, 'getItem' | 'setItem'> | null, idleSeconds: number, now: () => number) {
    this.#memory = memory;
    this.#idleMs = idleSeconds * 1000;
    this.#now = now;
    this.#used = -Infinity;
    this.use();
  }

  /** Remembers that the console is being used. */
  use(): void {
    const now = this.#now();
    if (now - this.#used < STEP_MS) return;
    this.#used = now;
    try {
      this.#memory?.setItem(KEY, String(now));
    } catch {
      // Each window then counts for itself.
    }
  }

  get isIdle(): boolean {
    return this.#now() - Math.max(this.#used, this.#usedElsewhere()) >= this.#idleMs;
  }

  #usedElsewhere(): number {
    try {
      const used = Number(this.#memory?.getItem(KEY) ?? 0);
      return Number.isFinite(used) ? used : 0;
    } catch {
      return 0;
    }
  }
}

/**
 * Calls `onIdle` when the operator has not used the console for `idleSeconds`. The server can't tell, because the page also sends
 * requests by itself.
 */
export function useIdle(idleSeconds: number, onIdle: () => void): void {
  useEffect(() => {
    const watch = new IdleWatch(
      browserStorage(() => localStorage),
      idleSeconds,
      Date.now,
    );
    const use = () => watch.use();
    for (const action of ACTIONS) addEventListener(action, use, { capture: true, passive: true });
    const timer = setInterval(() => {
      if (watch.isIdle) onIdle();
    }, STEP_MS);
    return () => {
      clearInterval(timer);
      for (const action of ACTIONS) removeEventListener(action, use, { capture: true });
    };
  }, [idleSeconds]);
}
