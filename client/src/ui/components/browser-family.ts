/** Browsers that differ in the way to their camera permission. */
export type BrowserFamily =
  | 'chrome'
  | 'chrome_android'
  | 'edge'
  | 'firefox'
  | 'firefox_android'
  | 'safari'
  | 'safari_ios'
  | 'ios_app'
  | 'samsung'
  | 'in_app'
  | 'other';

export type OperatingSystem = 'windows' | 'mac' | 'android' | 'ios' | 'other';

export interface BrowserKind {
  readonly family: BrowserFamily;
  readonly system: OperatingSystem;
  /** The name of the app, such as `Facebook` or `Chrome`; null if the texts don't need it. */
  readonly app: string | null;
}

/** The part of `navigator` that identifies a browser. */
export interface BrowserHints {
  readonly userAgent: string;
  /** More than one on an iPad, which otherwise looks like a Mac. */
  readonly maxTouchPoints?: number;
  /** User-Agent Client Hints, if the browser has them. */
  readonly brands?: readonly string[];
}

/** Apps that open links in an embedded browser, which often has no access to the camera. */
const APPS = [
  [/FBAN\/Messenger|FB_IAB\/MESSENGER|FB_IAB\/Orca/i, 'Messenger'],
  [/Instagram/, 'Instagram'],
  [/WhatsApp/, 'WhatsApp'],
  [/FBAN|FBAV|FB_IAB/, 'Facebook'],
  [/Telegram/, 'Telegram'],
  [/Viber/, 'Viber'],
  [/\bLine\//, 'LINE'],
  [/KAKAOTALK/, 'KakaoTalk'],
  [/MicroMessenger/, 'WeChat'],
  [/Snapchat/, 'Snapchat'],
  [/musical_ly|BytedanceWebview|TikTok/i, 'TikTok'],
  [/LinkedInApp/, 'LinkedIn'],
  [/Pinterest/, 'Pinterest'],
  [/Twitter for/, 'X'],
  [/\bGSA\//, 'Google'],
] as const satisfies readonly (readonly [RegExp, string])[];

const IOS_BROWSERS = [
  [/CriOS\//, 'Chrome'],
  [/EdgiOS\//, 'Edge'],
  [/FxiOS\//, 'Firefox'],
  [/OPiOS\/|OPT\//, 'Opera'],
  [/DuckDuckGo\//, 'DuckDuckGo'],
] as const satisfies readonly (readonly [RegExp, string])[];

/** Identifies a browser, to explain where its camera permission is. */
export function browserKind({ userAgent, maxTouchPoints = 0, brands = [] }: BrowserHints): BrowserKind {
  const system = systemOf(userAgent, maxTouchPoints);
  const app = nameIn(APPS, userAgent);
  if (app !== null || isWebView(userAgent, system)) return { family: 'in_app', system, app };
  if (system === 'ios') {
    const other = nameIn(IOS_BROWSERS, userAgent);
    return { family: other === null ? 'safari_ios' : 'ios_app', system, app: other ?? 'Safari' };
  }
  return { family: familyOf(userAgent, system, brands), system, app: null };
}

/** Identifies the browser that shows this page. */
export function thisBrowser(): BrowserKind {
  const { userAgent, maxTouchPoints } = navigator;
  const data = (navigator as { userAgentData?: { brands?: readonly { brand: string }[] } }).userAgentData;
  return browserKind({ userAgent, maxTouchPoints, brands: (data?.brands ?? []).map(({ brand }) => brand) });
}

function familyOf(agent: string, system: OperatingSystem, brands: readonly string[]): BrowserFamily {
  const android = system === 'android';
  if (agent.includes('SamsungBrowser/')) return 'samsung';
  if (agent.includes('Firefox/')) return android ? 'firefox_android' : 'firefox';
  if (/Edg(A)?\//.test(agent) || brands.includes('Microsoft Edge'))
    return android ? 'chrome_android' : 'edge';
  if (/Chrome\/|Chromium\//.test(agent)) return android ? 'chrome_android' : 'chrome';
  if (/Version\/[\d.]+ .*Safari\//.test(agent)) return 'safari';
  return 'other';
}

function systemOf(agent: string, maxTouchPoints: number): OperatingSystem {
  if (/iPhone|iPad|iPod/.test(agent)) return 'ios';
  if (agent.includes('Android')) return 'android';
  if (agent.includes('Macintosh')) return maxTouchPoints > 1 ? 'ios' : 'mac';
  return agent.includes('Windows') ? 'windows' : 'other';
}

/** Whether the page is embedded in an app that doesn't give its name. */
function isWebView(agent: string, system: OperatingSystem): boolean {
  if (system === 'android') return agent.includes('; wv)');
  return system === 'ios' && agent.includes('AppleWebKit') && !agent.includes('Safari/');
}

function nameIn(list: readonly (readonly [RegExp, string])[], agent: string): string | null {
  return list.find(([pattern]) => pattern.test(agent))?.[1] ?? null;
}
