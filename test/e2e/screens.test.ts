import jwt from 'jsonwebtoken';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor, type DeviceConditions } from '../support/clients/chromium.ts';
import { TOKEN_SECRET } from '../support/infra/settings.ts';
import { tokenOf } from '../support/clients/backend.ts';
import { lookOf, looks, PHONE, TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();

const LOOKS = looks('desktop', 'phone-dark', 'small-phone', 'landscape', '4k');

/** Opens a page, often an error page, which may write to the console. */
function open(link: string, options: BrowserContextOptions = {}, browser = site.browser): Promise<Visitor> {
  return site.open(link, options, { browser, hasErrors: true });
}

async function patientLink(): Promise<{ sessionId: string; link: string }> {
  const { sessionId } = await site.server.createVisit();
  return { sessionId, link: await site.server.joinUrl(sessionId, 'patient') };
}

/** Returns the link with other claims in its token, signed by the test. */
function withClaims(link: string, changes: object): string {
  const { header, payload } = jwt.decode(tokenOf(link), { complete: true })!;
  const token = jwt.sign({ ...(payload as object), ...changes }, TOKEN_SECRET, { keyid: header.kid! });
  return link.replace(/token=.*/, `token=${token}`);
}

/** Checks that nothing is wider than the window or sticks out at the side. */
async function expectNothingCutOff(one: Visitor): Promise<void> {
  const overflow = await one.page.evaluate(() => {
    const sticksOut = [...document.querySelectorAll('button, h1, h2, p, label, select')].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && (box.left < -1 || box.right > innerWidth + 1);
    });
    return [
      ...(document.documentElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : []),
      ...sticksOut.map((element) => element.outerHTML.slice(0, 120)),
    ];
  });
  expect(overflow).toEqual([]);
}

describe.each(LOOKS)('the page (%s)', (look, options) => {
  it('the preview shows camera, level, devices, role and Join, with nothing cut off', async () => {
    const { link } = await patientLink();
    const patient = await open(link, options);
    await patient.byTestId('join-button').waitFor();
    const playing = () =>
      patient
        .byTestId('local-video')
        .evaluate((video: HTMLVideoElement) => video.videoWidth > 0 && !video.paused);
    await expect.poll(playing).toBe(true);
    expect(await patient.page.getByText(/You join as Patient/).isVisible()).toBe(true);
    await expectNothingCutOff(patient);
    await patient.screenshot(`prejoin-${look}`);
  });

  it('the call shows the other participant large and oneself small, with all controls visible', async () => {
    const { sessionId, link } = await patientLink();
    const doctor = await Visitor.join(site.browser, await site.server.joinUrl(sessionId, 'doctor'));
    onTestFinished(() => doctor.close());
    const patient = await open(link, options);
    await patient.pressJoin();
    const playing = () =>
      patient
        .byTestId('remote-video')
        .evaluate((video: HTMLVideoElement) => video.videoWidth > 0 && !video.paused);
    await expect.poll(playing).toBe(true);
    const sizes = await patient.page.evaluate(() => {
      const area = (id: string) => {
        const box = document.querySelector(`[data-testid="${id}"]`)?.getBoundingClientRect();
        return box ? box.width * box.height : 0;
      };
      return { remote: area('remote-video'), local: area('local-video') };
    });
    expect(sizes.local).toBeGreaterThan(0);
    expect(sizes.remote).toBeGreaterThan(sizes.local * 2);
    for (const id of ['mic-toggle', 'camera-toggle', 'leave-button']) {
      const box = (await patient.byTestId(id).boundingBox())!;
      const { width, height } = options.viewport!;
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height).toBe(
        true,
      );
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(40);
      expect(await patient.byTestId(id).getAttribute('aria-label')).not.toBe('');
    }
    await expectNothingCutOff(patient);
    await patient.screenshot(`call-${look}`);
  });
});

interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly link: () => Promise<string>;
}

const refusals: Refusal[] = [
  {
    name: 'a link without a token',
    code: 'token_missing',
    link: async () => `${site.server.televisit.url}/join/${(await patientLink()).sessionId}`,
  },
  {
    name: 'a link that was cut off',
    code: 'token_malformed',
    link: async () => (await patientLink()).link.slice(0, -60).replace(/\.[^.]*$/, ''),
  },
  {
    name: 'an expired link',
    code: 'token_expired',
    link: async () => withClaims((await patientLink()).link, { exp: Math.floor(Date.now() / 1000) - 60 }),
  },
  {
    name: 'a visit that is over',
    code: 'session_over',
    link: async () => {
      const { sessionId, link } = await patientLink();
      await site.server.televisit.sessions.end(sessionId, 'backend_ended', { type: 'system' });
      return link;
    },
  },
  {
    name: 'a visit that does not exist',
    code: 'session_not_found',
    link: async () =>
      withClaims((await patientLink()).link, { sid: 'sess_00000000' }).replace(
        /sess_[0-9a-z]+(?=\?)/,
        'sess_00000000',
      ),
  },
];

describe('a full-page error', () => {
  it.each(refusals)('the page explains $name', async ({ code, link }) => {
    const address = await link();
    for (const look of ['desktop', 'desktop-dark', 'phone'] as const) {
      const patient = await open(address, lookOf(look));
      await expect.poll(() => patient.byTestId('error-screen').getAttribute('data-code')).toBe(code);
      // The last line is for the person whom the participant calls for help.
      const text = (await patient.byTestId('error-screen').innerText()).replace(/Reference: \w+/, '');
      expect(text).not.toMatch(/token|jwt|session|undefined|error/i);
      expect(await patient.byTestId('join-button').count()).toBe(0);
      await expectNothingCutOff(patient);
      await patient.screenshot(`error-${code}-${look}`);
    }
  });

  it('the page explains that the server is unreachable, and continues by itself when it is back', async () => {
    const { link } = await patientLink();
    const context = await site.browser.newContext(PHONE);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.route('**/api/v1/visits/**', (route) => route.abort());
    await page.goto(link);
    await expect.poll(() => page.getByTestId('error-screen').getAttribute('data-code')).toBe('unreachable');
    await page.screenshot({ path: `${import.meta.dirname}/screenshots/error-unreachable-phone.png` });
    await page.unroute('**/api/v1/visits/**');
    await page.getByTestId('prejoin').waitFor();
  });

  it.each<[string, DeviceConditions]>([
    ['media_denied', { allowed: false }],
    ['media_missing', { devices: false }],
  ])(
    'the page explains a camera or microphone problem (%s), and lets the participant join without',
    async (code, conditions) => {
      const { sessionId, link } = await patientLink();
      const other = await launchChromium([], undefined, conditions);
      onTestFinished(() => other.close());
      const doctor = await Visitor.join(site.browser, await site.server.joinUrl(sessionId, 'doctor'));
      onTestFinished(() => doctor.close());
      for (const look of ['desktop', 'phone'] as const) {
        const patient = await open(link, lookOf(look), other);
        await expect.poll(() => patient.byTestId('error-screen').getAttribute('data-code')).toBe(code);
        await expectNothingCutOff(patient);
        await patient.screenshot(`error-${code}-${look}`);
      }
      const patient = await open(link, PHONE, other);
      await patient
        .byTestId('error-screen')
        .getByRole('button', { name: /without/i })
        .click();
      await patient.pressJoin();
      await expect.poll(() => doctor.tileOf('patient').getAttribute('data-camera')).toBe('none');
      await expect.poll(async () => (await patient.receivedFrom('doctor')).frames).toBeGreaterThan(5);
      await patient.screenshot(`call-without-devices-${code}`);
    },
  );
});

describe('an unknown address', () => {
  it('an unknown address shows what this server is', async () => {
    const visitor = await open(site.server.televisit.url);
    await visitor.byTestId('landing').waitFor();
    await visitor.screenshot('landing-desktop');
  });
});
