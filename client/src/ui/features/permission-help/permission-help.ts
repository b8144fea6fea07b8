import type { BrowserKind } from '../../components/browser-family.ts';

const STEPS = {
  chrome: ['permission.chrome.step1', 'permission.switchOn', 'permission.tryAgain'],
  chrome_android: ['permission.lock.tap', 'permission.permissions', 'permission.tryAgain'],
  edge: ['permission.edge.step1', 'permission.switchOn', 'permission.tryAgain'],
  firefox: ['permission.firefox.step1', 'permission.firefox.step2', 'permission.firefox.step3'],
  firefox_android: ['permission.lock.tap', 'permission.firefoxAndroid.step2', 'permission.tryAgain'],
  safari: ['permission.safari.step1', 'permission.safari.step2', 'permission.tryAgain'],
  safari_ios: ['permission.safariIos.step1', 'permission.safariIos.step2', 'permission.tryAgain'],
  ios_app: ['permission.iosApp.step1', 'permission.iosApp.step2', 'permission.iosApp.step3'],
  samsung: ['permission.lock.tap', 'permission.permissions', 'permission.tryAgain'],
  in_app: ['permission.inApp.step1', 'permission.inApp.step2', 'permission.inApp.step3'],
  other: ['permission.other.step1', 'permission.other.step2', 'permission.tryAgain'],
} as const satisfies Record<BrowserKind['family'], readonly `permission.${string}`[]>;

const SYSTEM_HELP = {
  windows: 'permission.system.windows',
  mac: 'permission.system.mac',
  android: 'permission.system.android',
  ios: 'permission.system.ios',
} as const;

/** The message key of a step; every step may name the app. */
export type PermissionStep = (typeof STEPS)[BrowserKind['family']][number];

/** Returns the steps that allow camera and microphone in a browser. */
export function permissionSteps({ family }: Pick<BrowserKind, 'family'>): readonly PermissionStep[] {
  return STEPS[family];
}

/** Returns the message about the operating system's own permissions; null if they are unknown or no help. */
export function systemHelp({
  family,
  system,
}: BrowserKind): (typeof SYSTEM_HELP)[keyof typeof SYSTEM_HELP] | null {
  // In an app, and if the steps lead to the settings anyway, the message would only add text.
  if (family === 'in_app' || family === 'ios_app' || system === 'other') return null;
  return SYSTEM_HELP[system];
}
