import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Moves the focus to a screen's heading when the screen appears, so that a screen reader starts there. */
export function useHeadingFocus() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return heading;
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
