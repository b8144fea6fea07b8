import { useEffect, useState } from 'preact/hooks';

/** A text for screen readers; the number tells two with the same words apart. */
export interface Said {
  readonly number: number;
  readonly text: string;
}

/** Texts that stay in the page: several may be said at once. */
const KEPT = 3;

const listeners = new Set<(text: string) => void>();

/** Has screen readers say a text when they are idle. */
export function say(text: string): void {
  for (const listener of listeners) listener(text);
}

/** Has screen readers say a text when it appears or changes; null for none. */
export function useSay(text: string | null): void {
  useEffect(() => {
    if (text !== null) say(text);
  }, [text]);
}

/** Returns the last texts of `say`, the newest last. */
export function useSaid(): readonly Said[] {
  const [said, setSaid] = useState<readonly Said[]>([]);
  useEffect(() => {
    const hear = (text: string) => setSaid((before) => added(before, text));
    listeners.add(hear);
    return () => void listeners.delete(hear);
  }, []);
  return said;
}

/** Adds a text to those that stay in the page. */
export function added(said: readonly Said[], text: string): readonly Said[] {
  return [...said.slice(1 - KEPT), { number: (said.at(-1)?.number ?? 0) + 1, text }];
}
