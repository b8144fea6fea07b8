import { useState } from 'preact/hooks';
import type { KeyValueStore } from '../../sdk/index.ts';
import { browserStorage } from './browser-storage.ts';
import { DEFAULT_PIP_POSITION, type PipPosition } from '../stage/pip-position.ts';
import type { LayoutMode } from '../stage/arrange.ts';

/** How a person likes the call; kept on this device. */
export interface Preferences {
  readonly layout: LayoutMode;
  readonly corner: PipPosition;
  readonly selfHidden: boolean;
  /** Sounds of the page itself, as when somebody comes to the waiting room. */
  readonly sounds: boolean;
  /** Keys without a modifier (WCAG 2.1.4). */
  readonly shortcuts: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  layout: 'grid',
  corner: DEFAULT_PIP_POSITION,
  selfHidden: false,
  sounds: true,
  shortcuts: true,
};

const KEY = 'televisit.call';

/** What was kept; the defaults where nothing was, or nothing that can be read. */
export function readPreferences(store: KeyValueStore | null): Preferences {
  try {
    const kept: unknown = JSON.parse(store?.getItem(KEY) ?? '{}');
    return { ...DEFAULT_PREFERENCES, ...(isObject(kept) ? known(kept) : {}) };
  } catch {
    return DEFAULT_PREFERENCES;
  }
}

export function keepPreferences(store: KeyValueStore | null, preferences: Preferences): void {
  try {
    store?.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing forgets them with the page.
  }
}

function known({
  layout,
  corner,
  selfHidden,
  sounds,
  shortcuts,
}: Record<string, unknown>): Partial<Preferences> {
  return {
    ...(layout === 'grid' || layout === 'speaker' ? { layout } : {}),
    ...(isCorner(corner) ? { corner } : {}),
    ...(typeof selfHidden === 'boolean' ? { selfHidden } : {}),
    ...(typeof sounds === 'boolean' ? { sounds } : {}),
    ...(typeof shortcuts === 'boolean' ? { shortcuts } : {}),
  };
}

function isCorner(value: unknown): value is PipPosition {
  const isSide = (side: unknown) => side === 'start' || side === 'end';
  return isObject(value) && isSide(value.block) && isSide(value.inline);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** How this person likes the call, on this device. */
export function usePreferences() {
  const [preferences, setPreferences] = useState(() => readPreferences(localStore()));
  const prefer = (change: Partial<Preferences>) => {
    const next = { ...preferences, ...change };
    setPreferences(next);
    keepPreferences(localStore(), next);
  };
  return { preferences, prefer };
}

const localStore = () => browserStorage(() => localStorage);
