import type { KeyValueStore } from '../../sdk/index.ts';

/** Returns a storage of the browser; null if the browser blocks it, which makes even its getter throw. */
export function browserStorage(of: () => Storage): KeyValueStore | null {
  try {
    return of();
  } catch {
    return null;
  }
}
