import { describe, expect, it } from 'vitest';
import { browserKind } from './browser-family.ts';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const WIN = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const PIXEL = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)';
const GALAXY =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko)';

describe('browserKind', () => {
  it.each([
    [`${WIN} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36`, 'chrome', 'windows'],
    [`${MAC} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36`, 'chrome', 'mac'],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36',
      'chrome',
      'other',
    ],
    [`${PIXEL} Chrome/138.0.0.0 Mobile Safari/537.36`, 'chrome_android', 'android'],
    [
      `${WIN} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`,
      'edge',
      'windows',
    ],
    [`${PIXEL} Chrome/138.0.0.0 Mobile Safari/537.36 EdgA/138.0.0.0`, 'chrome_android', 'android'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'firefox',
      'windows',
    ],
    ['Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'firefox_android', 'android'],
    [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, 'safari', 'mac'],
    [`${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, 'safari_ios', 'ios'],
    [
      'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
      'samsung',
      'android',
    ],
    ['Mozilla/5.0 (compatible; SomethingElse/1.0)', 'other', 'other'],
  ])('identifies %s as %s', (userAgent, family, system) => {
    expect(browserKind({ userAgent })).toMatchObject({ family, system });
  });

  it.each([
    [`${IPHONE} CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1`, 'Chrome'],
    [`${IPHONE} Version/18.0 EdgiOS/138.0.3351.65 Mobile/15E148 Safari/604.1`, 'Edge'],
    [`${IPHONE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, 'Firefox'],
  ])(
    'identifies another browser on an iPhone (%s) as an app with its permission in the settings',
    (userAgent, app) => {
      expect(browserKind({ userAgent })).toEqual({ family: 'ios_app', system: 'ios', app });
    },
  );

  it.each([
    [`${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.40.110;FBDV/iPhone15,2]`, 'Facebook', 'ios'],
    [`${IPHONE} Mobile/15E148 [FBAN/MessengerForiOS;FBAV/470.0.0.30.107]`, 'Messenger', 'ios'],
    [`${IPHONE} Mobile/15E148 Instagram 340.0.5.27.99 (iPhone15,2; iOS 18_5; en_GB)`, 'Instagram', 'ios'],
    [
      `${GALAXY} Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0.0.41.110;]`,
      'Facebook',
      'android',
    ],
    [
      `${GALAXY} Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Instagram 340.0.0.22.109 Android`,
      'Instagram',
      'android',
    ],
    [
      `${GALAXY} Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 WhatsApp/2.24.13.77`,
      'WhatsApp',
      'android',
    ],
    [`${IPHONE} GSA/370.0.762543316 Mobile/15E148 Safari/604.1`, 'Google', 'ios'],
  ])('identifies %s as the app %s', (userAgent, app, system) => {
    expect(browserKind({ userAgent })).toEqual({ family: 'in_app', system, app });
  });

  it.each([
    [`${GALAXY} Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36`, 'android'],
    [`${IPHONE} Mobile/15E148`, 'ios'],
  ])('identifies a web view without an app name (%s) as an app', (userAgent, system) => {
    expect(browserKind({ userAgent })).toEqual({ family: 'in_app', system, app: null });
  });

  it('identifies an iPad that claims to be a Mac as Safari on iOS', () => {
    const userAgent = `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`;
    expect(browserKind({ userAgent, maxTouchPoints: 5 })).toMatchObject({
      family: 'safari_ios',
      system: 'ios',
    });
  });

  it('uses client hints if the user agent lacks the brand', () => {
    const userAgent = `${WIN} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36`;
    expect(browserKind({ userAgent, brands: ['Chromium', 'Microsoft Edge'] }).family).toBe('edge');
  });
});
