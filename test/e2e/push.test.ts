import type { BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';
import { PushDouble, type BrowserSubscription } from '../support/infra/push-double.ts';
import { axeFindings } from '../support/measure/axe.ts';

/**
 * No push service of a browser can be reached from a test: Chromium's own subscription fails, which is tested as it is. For the rest,
 * the page gets the subscription of a push service on this machine, and the service worker gets messages by the DevTools protocol.
 */
const double = await PushDouble.open();
const site = new TestSite({ env: double.env });
const without = new TestSite();
const ALLOWED: BrowserContextOptions = { permissions: ['notifications', 'camera', 'microphone'] };
const SEATS = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Maria Schmidt' },
] as const;

async function visit(server = site.server): Promise<string> {
  const plan = { title: 'Check-up', seats: [...SEATS], options: { waitingRoom: 'until-host' as const } };
  return (await server.createVisit(undefined, plan)).sessionId;
}

const offer = (visitor: Visitor) => visitor.byTestId('push-offer');
const standing = (visitor: Visitor) => offer(visitor).getAttribute('data-standing');

/** Lets the page subscribe at the push service of this test. */
async function subscribingTo(page: Page, subscription: BrowserSubscription): Promise<void> {
  await page.addInitScript((json) => {
    PushManager.prototype.subscribe = () =>
      Promise.resolve({ toJSON: () => json, unsubscribe: () => Promise.resolve(true) } as never);
  }, subscription);
  await page.reload();
}

describe('the offer of push messages', () => {
  it('a guest sees it in the preview and in the waiting room until a host is there, and a host does not', async () => {
    const sessionId = await visit();
    const patient = await site.openAs(sessionId, 'patient');
    await offer(patient).waitFor();
    expect(await offer(patient).innerText()).toContain('Tell me when my host is here');
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
    await offer(patient).waitFor();
    const doctor = await site.openAs(sessionId, 'doctor');
    await doctor.byTestId('prejoin').waitFor();
    await doctor.pressJoin();
    await patient.byTestId('call').waitFor();
    expect(await offer(patient).count()).toBe(0);
    expect(await offer(doctor).count()).toBe(0);
  });

  it('nobody sees it if the server has no keys', async () => {
    const patient = await without.openAs(await visit(without.server), 'patient');
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
    expect(await offer(patient).count()).toBe(0);
  });

  it('a browser whose push service can’t be reached says so, and the person can go on', async () => {
    const patient = await site.openAs(await visit(), 'patient', ALLOWED);
    await patient.byTestId('push-button').click();
    await expect.poll(() => standing(patient), { timeout: 30_000 }).toBe('failed');
    expect(await offer(patient).innerText()).toMatch(/could not be set up.*keep this page open/s);
    expect(await patient.byTestId('push-button').innerText()).toBe('Try again');
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
  });

  it('a browser that blocks messages says what to do', async () => {
    const patient = await site.openAs(await visit(), 'patient', { permissions: ['camera', 'microphone'] });
    await patient.page.evaluate(() => {
      Notification.requestPermission = () => Promise.resolve('denied');
    });
    await patient.byTestId('push-button').click();
    await expect.poll(() => standing(patient)).toBe('blocked');
    expect(await offer(patient).innerText()).toMatch(/Allow them in the settings/);
  });

  it('a subscribed browser receives that the host is there, stays subscribed after a reload, and can end it', async () => {
    const sessionId = await visit();
    const patient = await site.openAs(sessionId, 'patient', ALLOWED);
    const subscription = double.subscribe();
    await subscribingTo(patient.page, subscription);
    await patient.byTestId('push-button').click();
    await expect.poll(() => standing(patient)).toBe('on');
    await patient.page.reload();
    await offer(patient).waitFor();
    expect(await standing(patient)).toBe('on');
    expect(await patient.byTestId('push-button').innerText()).toBe('Don’t tell me');
    await site.server.televisit.sessions.enter(sessionId, 'doctor');
    await expect.poll(() => double.to(subscription).length, { timeout: 15_000 }).toBe(1);
    expect(double.to(subscription)[0]?.payload).toMatchObject({ tag: sessionId, lang: 'en' });
    await patient.byTestId('push-button').click();
    await expect.poll(() => standing(patient)).toBe('off');
    expect(await site.server.televisit.store.push.ofSession(sessionId)).toEqual([]);
  });
});

describe('the service worker', () => {
  /** Lets the page register the worker, and returns how to deliver messages to it. */
  async function registered(visitor: Visitor) {
    const session: CDPSession = await visitor.context.newCDPSession(visitor.page);
    const registration = Promise.withResolvers<string>();
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) registration.resolve(first.registrationId);
    });
    await session.send('ServiceWorker.enable');
    await subscribingTo(visitor.page, double.subscribe());
    await visitor.byTestId('push-button').click();
    await expect.poll(() => standing(visitor)).toBe('on');
    const registrationId = await registration.promise;
    const { origin } = new URL(visitor.page.url());
    const deliver = (data: string) =>
      session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
    const shown = () =>
      visitor.page.evaluate(async () => {
        const worker = await navigator.serviceWorker.ready;
        return (await worker.getNotifications()).map(({ title, body, tag, dir }) => ({
          title,
          body,
          tag,
          dir,
        }));
      });
    return { deliver, shown };
  }

  it('the worker shows one message for each visit unless the person looks at it, and ignores what is none', async () => {
    const sessionId = await visit();
    const patient = await site.openAs(sessionId, 'patient', ALLOWED);
    const { deliver, shown } = await registered(patient);
    const message = (body: string, tag = sessionId) =>
      JSON.stringify({
        title: 'Video appointment',
        body,
        url: patient.page.url(),
        tag,
        lang: 'ar',
        dir: 'rtl',
      });
    await deliver(message('You look at it'));
    await deliver(message('Another visit', 'sess_other'));
    await expect.poll(shown).toHaveLength(1);
    expect((await shown())[0]).toMatchObject({ body: 'Another visit' });
    // The person leaves the page of the visit.
    await patient.page.goto(new URL('/', patient.page.url()).href);
    await deliver(message('First'));
    await deliver('no JSON');
    await deliver('{"title":7}');
    await deliver(message('Second'));
    await expect
      .poll(async () => (await shown()).filter(({ tag }) => tag === sessionId))
      .toEqual([{ title: 'Video appointment', body: 'Second', tag: sessionId, dir: 'rtl' }]);
    expect(await shown()).toHaveLength(2);
  });
});

describe.each(looks('desktop-dark', 'small-phone', 'phone-rtl'))('the offer (%s)', (name, look) => {
  it('the offer is accessible and fits into the window', async () => {
    const patient = await site.openAs(await visit(), 'patient', { ...look, reducedMotion: 'reduce' });
    await offer(patient).waitFor();
    await patient.screenshot(`push-offer-${name}`);
    expect(await axeFindings(patient.page)).toEqual([]);
    const { width } = (await offer(patient).boundingBox())!;
    const page = await patient.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(page).toBeLessThanOrEqual(0);
    expect(width).toBeLessThanOrEqual(patient.page.viewportSize()!.width);
    const button = (await patient.byTestId('push-button').boundingBox())!;
    expect(button.height).toBeGreaterThanOrEqual(24);
    await patient.byTestId('push-button').focus();
    expect(await patient.page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
      'push-button',
    );
  });
});
