import { useState } from 'preact/hooks';
import type { KeyValueStore } from '../../../sdk/index.ts';
import { keepPreferences, readPreferences, type Preferences } from '../../preferences.ts';

/** A browser that blocks storage throws at the mere mention of it. */
function deviceStore(): KeyValueStore | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** How this person likes the call, on this device. */
export function usePreferences() {
  const [preferences, setPreferences] = useState(() => readPreferences(deviceStore()));
  const prefer = (change: Partial<Preferences>) => {
    const next = { ...preferences, ...change };
    setPreferences(next);
    keepPreferences(deviceStore(), next);
  };
  return { preferences, prefer };
}
