import type { KeyValueStore } from '../../sdk/index.ts';

/** A storage of the browser, or null: one that blocks storage throws at the mere mention of it. */
export function browserStorage(of: () => Storage): KeyValueStore | null {
  try {
    return of();
  } catch {
    return null;
  }
}
