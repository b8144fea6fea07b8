import { useEffect, useState } from 'preact/hooks';
import type { KeyValueStore } from '../../../sdk/index.ts';
import { browserStorage } from '../../hooks/browser-storage.ts';

/** The sizes of the text, in percent. */
export const SIZES = [100, 125, 150, 200] as const;
export const COLORS = ['white-on-black', 'yellow-on-black', 'black-on-white'] as const;
export const POSITIONS = ['bottom', 'top'] as const;

/** How a person reads captions, stored on this device. */
export interface CaptionSettings {
  /** Whether to turn them on in every visit; null if the person has not chosen. */
  readonly on: boolean | null;
  /** Whether to translate them into the language of the page. */
  readonly translated: boolean;
  readonly size: (typeof SIZES)[number];
  readonly colors: (typeof COLORS)[number];
  readonly position: (typeof POSITIONS)[number];
}

export const DEFAULT_SETTINGS: CaptionSettings = {
  on: null,
  translated: false,
  size: 100,
  colors: 'white-on-black',
  position: 'bottom',
};

const KEY = 'televisit.captions';

/** Reads the stored settings. Missing or unreadable ones have their defaults. */
export function readSettings(store: KeyValueStore | null): CaptionSettings {
  try {
    const kept = JSON.parse(store?.getItem(KEY) ?? '{}') as Partial<Record<keyof CaptionSettings, unknown>>;
    return {
      on: typeof kept.on === 'boolean' ? kept.on : DEFAULT_SETTINGS.on,
      translated: kept.translated === true,
      size: SIZES.find((size) => size === kept.size) ?? DEFAULT_SETTINGS.size,
      colors: COLORS.find((colors) => colors === kept.colors) ?? DEFAULT_SETTINGS.colors,
      position: POSITIONS.find((position) => position === kept.position) ?? DEFAULT_SETTINGS.position,
    };
  } catch {
    return DEFAULT_SETTINGS;
  }
}

/** Stores settings, if the browser allows it. */
export function storeSettings(store: KeyValueStore | null, settings: CaptionSettings): void {
  try {
    store?.setItem(KEY, JSON.stringify(settings));
  } catch {
    // The settings then last as long as the page.
  }
}

const localStore = () => browserStorage(() => localStorage);
const listeners = new Set<(settings: CaptionSettings) => void>();
let current: CaptionSettings | null = null;

/** Returns the settings of this page. */
export function settingsNow(): CaptionSettings {
  return (current ??= readSettings(localStore()));
}

/** Changes and stores some settings. */
export function changeSettings(change: Partial<CaptionSettings>): void {
  current = { ...settingsNow(), ...change };
  storeSettings(localStore(), current);
  for (const listener of listeners) listener(current);
}

/** Returns the settings; the component renders again after every change. */
export function useSettings(): CaptionSettings {
  const [settings, setSettings] = useState(settingsNow);
  useEffect(() => {
    listeners.add(setSettings);
    setSettings(settingsNow());
    return () => void listeners.delete(setSettings);
  }, []);
  return settings;
}
