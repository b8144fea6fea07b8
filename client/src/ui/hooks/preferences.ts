import { browserStorage } from './browser-storage.ts';
import { useState } from 'preact/hooks';
import type { KeyValueStore } from '../../sdk/index.ts';
import type { LayoutMode } from '../stage/arrange.ts';
import { DEFAULT_PIP_POSITION, type PipPosition } from '../stage/pip-position.ts';

/** A person's preferences in the call, stored on this device. */
export interface Preferences {
  readonly layout: LayoutMode;
  /** The corner of this person's own floating tile. */
  readonly corner: PipPosition;
  readonly selfHidden: boolean;
  /** Sounds of the page, such as the chime for a waiting participant. */
  readonly sounds: boolean;
  /** Shortcuts without a modifier key (WCAG 2.1.4). */
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

/** Reads the stored preferences. Missing or unreadable ones have their defaults. */
export function readPreferences(store: KeyValueStore | null): Preferences {
  try {
    const kept: unknown = JSON.parse(store?.getItem(KEY) ?? '{}');
    return { ...DEFAULT_PREFERENCES, ...(isObject(kept) ? known(kept) : {}) };
  } catch {
    return DEFAULT_PREFERENCES;
  }
}

/** Stores preferences, if the browser allows it. */
export function storePreferences(store: KeyValueStore | null, preferences: Preferences): void {
  try {
    store?.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // The preferences then last as long as the page.
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

/** Returns the person's preferences, and a function that changes and stores some of them. */
export function usePreferences() {
  const [preferences, setPreferences] = useState(() => readPreferences(localStore()));
  const prefer = (change: Partial<Preferences>) => {
    const next = { ...preferences, ...change };
    setPreferences(next);
    storePreferences(localStore(), next);
  };
  return { preferences, prefer };
}

const localStore = () => browserStorage(() => localStorage);
