import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Focuses a screen's heading when the screen appears, so that a screen reader starts there, and shows its beginning. */
export function useHeadingFocus() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}

/** Moves the focus to `refuge` when the focused element is removed, such as the tile of a participant who leaves. */
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
