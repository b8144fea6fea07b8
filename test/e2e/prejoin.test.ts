import type { CreateSessionRequest } from '@televisit/shared/api';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type Visitor } from '../support/clients/chromium.ts';
import { PHONE, TestSite } from '../support/fixtures/test-site.ts';

/** A computer with two cameras. */
const site = new TestSite({}, ['--use-fake-device-for-media-stream=device-count=2']);
/** A browser that refuses the devices to every page. */
let refusing: Browser;

beforeAll(async () => {
  refusing = await launchChromium([], undefined, { allowed: false });
});
afterAll(() => refusing.close());

const SIZES: Record<string, BrowserContextOptions> = {
  'a small phone': { ...PHONE, viewport: { width: 320, height: 568 } },
  'a phone': PHONE,
  'a phone held sideways': { ...PHONE, viewport: { width: 740, height: 360 } },
  'a tablet': { ...PHONE, viewport: { width: 768, height: 1024 } },
  'a desktop at 200 %': { viewport: { width: 640, height: 400 } },
  'a desktop': { viewport: { width: 1440, height: 900 } },
};
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

const PEOPLE = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Maria Schmidt' },
] as const;
const VISIT = {
  title: 'Follow-up after knee surgery',
  description: 'How the knee feels, and when to come for the next X-ray.',
  seats: [...PEOPLE],
} satisfies Partial<CreateSessionRequest>;

async function linkOfPatient(plan: Partial<CreateSessionRequest> = VISIT): Promise<string> {
  const { sessionId } = await site.server.createVisit(undefined, plan);
  return site.server.joinUrl(sessionId, 'patient');
}

/** Opens the preview of a patient. */
async function open(
  options: BrowserContextOptions = {},
  browser = site.browser,
  link?: string,
): Promise<Visitor> {
  return site.open(link ?? (await linkOfPatient()), options, { browser });
}

/** Returns a time zone in which it is about noon, so that no midnight falls between two lines of a test. */
function zoneAtNoon(): string {
  const west = new Date().getUTCHours() - 12;
  return `Etc/GMT${west < 0 ? '' : '+'}${String(west)}`;
}

/** Opens the preview of a patient in a browser that fails where `script` says. */
async function openBroken(script: string): Promise<Visitor> {
  const visitor = await site.open('about:blank', {}, { hasErrors: true });
  await visitor.context.addInitScript(script);
  await visitor.page.goto(await linkOfPatient());
  await visitor.byTestId('checklist').waitFor();
  return visitor;
}

describe('a browser that cannot measure the microphone', () => {
  it.each([
    ['refuses the microphone as a source', 'AudioContext.prototype.createMediaStreamSource'],
    ['has no audio output', 'globalThis.AudioContext'],
  ])('completes the other checks, says why, and can join: %s', async (_what, name) => {
    const visitor = await openBroken(
      `${name} = function () { throw new DOMException('sample rates', 'NotSupportedError'); };`,
    );
    const passed = (check: string) =>
      visitor.page.locator(`[data-check="${check}"]`).getAttribute('data-passed');
    await expect.poll(() => passed('camera')).toBe('true');
    await expect.poll(() => passed('network')).toBe('true');
    expect(await passed('microphone')).toBe('false');
    expect(await visitor.page.locator('.level-name').innerText()).toContain('can’t show the level');
    await visitor.pressJoin();
  });
});

async function reload(visitor: Visitor): Promise<void> {
  await visitor.page.reload();
  await visitor.byTestId('prejoin').waitFor();
}

/** Returns whether a line of the checklist is ticked. */
function passed(visitor: Visitor, check: string): Promise<string | null> {
  return visitor.page.locator(`[data-check="${check}"]`).getAttribute('data-passed');
}

function openDevices(visitor: Visitor): Promise<void> {
  return visitor.page.getByText('Camera and sound').click();
}

describe('the page before the visit', () => {
  it('the page shows the visit, its seats, its time and the participant’s name', async () => {
    const patient = await open({ timezoneId: zoneAtNoon() });
    const page = patient.byTestId('prejoin');
    await page.waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Follow-up after knee surgery');
    const text = await page.innerText();
    expect(text).toContain('With Dr. Ana Weber');
    expect(text).toContain('You join as Maria Schmidt (Patient)');
    expect(text).toMatch(/Today, \d+:\d\d/);
    expect(text).toContain('How the knee feels');
    expect(await patient.page.title()).toBe('Follow-up after knee surgery');
  });

  it.each(Object.entries(SIZES))(
    'the page on %s keeps Join visible from top to end, and cuts nothing off',
    async (size, options) => {
      const patient = await open(options);
      await patient.byTestId('join-button').waitFor();
      await expect.poll(() => patient.byTestId('local-video').count()).toBe(1);
      const { width, height } = options.viewport!;
      const whereJoinIs = async () => {
        const box = (await patient.byTestId('join-button').boundingBox())!;
        return box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
      };
      expect(await whereJoinIs()).toBe(true);
      await patient.screenshot(`prejoin-checklist-${size.replaceAll(/\W+/g, '-')}`);
      await patient.byTestId('goals-known').scrollIntoViewIfNeeded();
      await patient.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await expect.poll(whereJoinIs).toBe(true);
      const problems = await patient.page.evaluate(() => {
        const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['scrolls sideways'] : [];
        for (const element of document.querySelectorAll('button, summary, select, input, label')) {
          const box = element.getBoundingClientRect();
          if (box.width <= 1 || box.height <= 1) continue;
          if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
          if (Math.min(box.width, box.height) < 24) found.push(`too small: ${element.outerHTML}`);
        }
        return found;
      });
      expect(problems).toEqual([]);
    },
  );

  it('the page warns of a dark camera, and offers the other camera on phones only', async () => {
    const phone = await open(PHONE);
    await phone.byTestId('flip-camera').waitFor();
    const track = () =>
      phone.page.evaluate(() => window.__televisit?.client.getState().local.camera.track?.id ?? null);
    const first = await track();
    await phone.byTestId('flip-camera').click();
    await expect.poll(async () => [first, null].includes(await track())).toBe(false);
    const computer = await open();
    await expect.poll(() => computer.byTestId('local-video').count()).toBe(1);
    expect(await computer.byTestId('flip-camera').count()).toBe(0);
    await computer.byTestId('camera-toggle').click();
    await expect.poll(() => computer.byTestId('checklist').innerText()).toContain('Switch your camera on');
  });
});

describe('devices', () => {
  it('chosen devices are used again after a reload', async () => {
    const patient = await open();
    await expect.poll(() => patient.byTestId('local-video').count()).toBe(1);
    await openDevices(patient);
    const select = patient.byTestId('choose-camera');
    const second = await select.locator('option').nth(1).getAttribute('value');
    await select.selectOption(second);
    const inUse = () =>
      patient.page.evaluate(
        () => window.__televisit?.client.getState().local.camera.track?.getSettings().deviceId,
      );
    await expect.poll(inUse).toBe(second);
    await reload(patient);
    await expect.poll(inUse).toBe(second);
    await openDevices(patient);
    expect(await select.inputValue()).toBe(second);
  });
});

describe('the speaker test', () => {
  it('the speaker test plays a sound on the chosen speaker and helps participants who did not hear it', async () => {
    const patient = await open();
    await patient.byTestId('join-button').waitFor();
    await patient.page.evaluate(() => {
      const heard = { notes: 0, speakers: [] as string[] };
      Object.assign(window, { heard });
      const start: (this: AudioScheduledSourceNode, when?: number) => void = Reflect.get(
        AudioScheduledSourceNode.prototype,
        'start',
      );
      AudioScheduledSourceNode.prototype.start = function (when) {
        if (this instanceof OscillatorNode) heard.notes += 1;
        start.call(this, when);
      };
      const setSinkId: (this: HTMLMediaElement, id: string) => Promise<void> = Reflect.get(
        HTMLMediaElement.prototype,
        'setSinkId',
      );
      HTMLMediaElement.prototype.setSinkId = function (id) {
        heard.speakers.push(id);
        return setSinkId.call(this, id);
      };
    });
    const heard = () =>
      patient.page.evaluate(
        () => (window as unknown as { heard: { notes: number; speakers: string[] } }).heard,
      );
    await patient.byTestId('play-sound').click();
    await patient.byTestId('sound-not-heard').click();
    expect((await heard()).notes).toBeGreaterThan(3);
    expect((await heard()).speakers).toEqual([]);
    const help = patient.byTestId('sound-help');
    expect(await help.innerText()).toMatch(/volume/);
    expect(await passed(patient, 'speaker')).toBe('false');
    const choice = help.getByTestId('choose-speaker');
    const other = (await choice.locator('option').last().getAttribute('value'))!;
    await choice.selectOption(other);
    await patient.byTestId('play-sound').click();
    await patient.byTestId('sound-heard').click();
    expect((await heard()).speakers).toEqual([other]);
    expect(await passed(patient, 'speaker')).toBe('true');
  });
});

describe('the connection test', () => {
  it('the connection test starts by itself, passes on this computer’s network, and sends no media of the participant', async () => {
    const patient = await open();
    const summary = patient.byTestId('connection-summary');
    await expect.poll(() => summary.getAttribute('data-summary')).toBe('good');
    expect(await summary.innerText()).toBe('Your connection is good.');
    expect(await passed(patient, 'network')).toBe('true');
    const grade = (path: string) => patient.page.locator(`[data-path="${path}"]`).getAttribute('data-grade');
    await expect.poll(() => grade('udp')).toBe('good');
    await expect.poll(() => grade('tcp')).toBe('good');
    await expect.poll(() => grade('turn')).toBe('unavailable');
    expect(await patient.sentPackets()).toBe(0);
    await patient.pressJoin();
    await expect.poll(() => patient.sentPackets()).toBeGreaterThan(0);
  });

  it('the connection test does not delay a participant who joins at once', async () => {
    const patient = await open();
    await patient.pressJoin();
    expect(await patient.page.evaluate(() => window.__televisit?.client.getState().connectionTest)).toEqual({
      running: false,
      udp: null,
      tcp: null,
      turn: null,
    });
  });
});

describe('the checklist', () => {
  it('the checklist ticks itself, accepts ticks, and is remembered for this visit only', async () => {
    const link = await linkOfPatient();
    const patient = await open({}, site.browser, link);
    for (const check of ['microphone', 'camera', 'network']) {
      await expect.poll(() => passed(patient, check)).toBe('true');
    }
    expect(await passed(patient, 'speaker')).toBe('false');
    await patient.byTestId('goals-known').check();
    expect(await passed(patient, 'goals')).toBe('true');
    await reload(patient);
    expect(await passed(patient, 'goals')).toBe('true');
    expect(await passed(patient, 'network')).toBe('true');
    await patient.page.goto(await linkOfPatient());
    await patient.byTestId('checklist').waitFor();
    expect(await passed(patient, 'goals')).toBe('false');
  });

  it('the checklist can be skipped and opened again', async () => {
    const patient = await open();
    await patient.byTestId('skip-check').click();
    expect(await patient.byTestId('checklist').count()).toBe(0);
    await reload(patient);
    expect(await patient.byTestId('checklist').count()).toBe(0);
    await patient.byTestId('open-check').click();
    await patient.byTestId('checklist').waitFor();
    await patient.pressJoin();
  });
});

describe('a browser that refuses camera and microphone', () => {
  it.each([
    ['chrome', undefined],
    ['safari_ios', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`],
    ['ios_app', `${IPHONE} CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1`],
  ])('the page explains step by step how to allow camera and microphone (%s)', async (family, userAgent) => {
    const patient = await open({ ...PHONE, ...(userAgent && { userAgent }) }, refusing);
    const steps = patient.byTestId('permission-steps');
    await steps.waitFor();
    expect(await steps.getAttribute('data-browser')).toBe(family);
    expect(await steps.getByRole('listitem').count()).toBe(3);
    expect(await patient.byTestId('copy-link').count()).toBe(0);
    await patient.screenshot(`permission-${family}`);
  });

  it('the page tries again once camera and microphone are allowed', async () => {
    const patient = await open({}, refusing);
    await patient.byTestId('permission-steps').waitFor();
    await patient.context.grantPermissions(['camera', 'microphone']);
    await patient.page.getByRole('button', { name: 'Try again' }).click();
    await patient.byTestId('local-video').waitFor();
    await patient.pressJoin();
  });

  it('the page inside another app offers a link that works elsewhere', async () => {
    const userAgent = `${IPHONE} Mobile/15E148 Instagram 340.0.5.27.99 (iPhone15,2; iOS 18_5; en_GB)`;
    const permissions = ['clipboard-read', 'clipboard-write'];
    const patient = await open({ ...PHONE, userAgent, permissions }, refusing);
    await patient.byTestId('copy-link').click();
    await expect.poll(() => patient.byTestId('error-screen').innerText()).toContain('The link is copied.');
    expect(await patient.byTestId('error-screen').innerText()).toContain('Instagram');
    await patient.screenshot('permission-in_app');
    const copied = await patient.page.evaluate(() => navigator.clipboard.readText());
    const elsewhere = await open({}, site.browser, copied);
    await elsewhere.pressJoin();
  });
});
