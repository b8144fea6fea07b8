import type { CreateSessionRequest } from '@televisit/shared/api';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();

const LOOKS = looks('desktop-dark', 'small-phone', 'landscape');
const SEATS = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Maria Schmidt' },
] as const;

type WaitingRoom = NonNullable<NonNullable<CreateSessionRequest['options']>['waitingRoom']>;

async function visitWith(waitingRoom: WaitingRoom): Promise<string> {
  const plan = { title: 'Check-up', seats: [...SEATS], options: { waitingRoom } };
  return (await site.server.createVisit(undefined, plan)).sessionId;
}

/** Opens the waiting room of a patient who has pressed Join. */
async function patientWaiting(sessionId: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const patient = await site.openAs(sessionId, 'patient', options);
  await patient.byTestId('join-button').click();
  await patient.byTestId('waiting-room').waitFor();
  return patient;
}

/** Returns the ids of the waiting participants on the host's page. */
function waitingIds(host: Visitor): Promise<string[]> {
  return host.page.evaluate(
    () => window.__televisit?.client.getState().waitingPeople.map(({ userId }) => userId) ?? [],
  );
}

async function admit(host: Visitor): Promise<void> {
  await expect.poll(() => waitingIds(host)).toEqual(['patient']);
  await host.page.evaluate(() => window.__televisit?.client.waitingRoom.admit('patient'));
}

async function decline(host: Visitor): Promise<void> {
  await expect.poll(() => waitingIds(host)).toEqual(['patient']);
  await host.page.evaluate(() => window.__televisit?.client.waitingRoom.decline('patient'));
}

async function seesAndHears(one: Visitor, userId: string): Promise<void> {
  const before = await one.receivedFrom(userId);
  await expect.poll(async () => (await one.receivedFrom(userId)).frames).toBeGreaterThan(before.frames + 5);
  await expect.poll(async () => (await one.receivedFrom(userId)).energy).toBeGreaterThan(before.energy);
}

const status = (visitor: Visitor) => visitor.byTestId('waiting-status');

describe('a patient who comes after the host', () => {
  it('a patient who comes after the host enters at once', async () => {
    const sessionId = await visitWith('until-host');
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await site.openAs(sessionId, 'patient');
    await patient.pressJoin();
    await seesAndHears(doctor, 'patient');
  });
});

describe('a patient who comes before the host', () => {
  it('the patient waits unseen and unheard, and enters when the host joins', async () => {
    const sessionId = await visitWith('until-host');
    const patient = await patientWaiting(sessionId);
    expect(await patient.byTestId('waiting-room').getByRole('heading', { level: 1 }).innerText()).toBe(
      'Waiting for Dr. Ana Weber',
    );
    expect(await status(patient).innerText()).toMatch(/Not here yet.*you’ll be let in automatically/);
    expect(await patient.byTestId('waited').innerText()).toBe('You have just arrived.');
    expect(await patient.page.title()).toBe('Waiting – Check-up');
    expect(await patient.byTestId('local-video').count()).toBe(1);
    expect(await patient.sentPackets()).toBe(0);
    const doctor = await site.joinAs(sessionId, 'doctor');
    await patient.byTestId('call').waitFor();
    expect(await patient.page.title()).toBe('Check-up');
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(patient, 'doctor')]);
  });

  it('the waiting room opens at its beginning, wherever the preview was scrolled to', async () => {
    const sessionId = await visitWith('until-host');
    const patient = await site.openAs(sessionId, 'patient', { viewport: { width: 320, height: 568 } });
    await patient.byTestId('checklist').waitFor();
    await patient.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-status').waitFor();
    expect(await patient.page.evaluate(() => scrollY)).toBe(0);
  });

  it('the patient enters the call with the devices chosen in the waiting room', async () => {
    const sessionId = await visitWith('until-host');
    const patient = await patientWaiting(sessionId);
    await patient.byTestId('camera-toggle').click();
    await expect.poll(() => patient.byTestId('camera-toggle').getAttribute('aria-pressed')).toBe('false');
    const doctor = await site.joinAs(sessionId, 'doctor');
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-camera')).toMatch(/off|none/);
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toBe('on');
  });

  it('the tab of a waiting patient signals that the visit starts', async () => {
    const sessionId = await visitWith('until-host');
    const patient = await patientWaiting(sessionId);
    const look = (state: 'hidden' | 'visible') =>
      patient.page.evaluate((value) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await look('hidden');
    await site.joinAs(sessionId, 'doctor');
    await expect.poll(() => patient.page.title()).toBe('Your visit starts now');
    await expect.poll(() => patient.page.title()).toBe('Check-up');
    await expect.poll(() => patient.page.title()).toBe('Your visit starts now');
    await look('visible');
    await expect.poll(() => patient.page.title()).toBe('Check-up');
  });
});

describe('a visit in which the host admits', () => {
  it('a waiting patient sees that the host knows, reads the host’s message, and is admitted', async () => {
    const sessionId = await visitWith('admit');
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await patientWaiting(sessionId);
    await expect.poll(() => status(patient).getAttribute('data-host-present')).toBe('true');
    expect(await status(patient).innerText()).toBe(
      'Dr. Ana Weber can see that you are here and will let you in.',
    );
    await expect.poll(() => waitingIds(doctor)).toEqual(['patient']);
    await doctor.page.evaluate(() =>
      window.__televisit?.client.waitingRoom.message('patient', 'Five minutes, please.'),
    );
    await expect
      .poll(() => patient.byTestId('waiting-message').allInnerTexts())
      .toEqual([expect.stringMatching(/Dr\. Ana Weber\s+Five minutes, please\./)]);
    expect(await patient.page.getByRole('alert').allInnerTexts()).toContain(
      'Message from Dr. Ana Weber: Five minutes, please.',
    );
    await admit(doctor);
    await patient.byTestId('call').waitFor();
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(patient, 'doctor')]);
    expect(await waitingIds(doctor)).toEqual([]);
  });

  it('a declined patient sees a friendly text, may ask again, and is admitted then', async () => {
    const sessionId = await visitWith('admit');
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await patientWaiting(sessionId);
    await decline(doctor);
    const screen = patient.byTestId('declined-screen');
    await screen.waitFor();
    expect(await screen.innerText()).toMatch(/you can ask again/);
    await patient.screenshot('declined-desktop');
    expect(await waitingIds(doctor)).toEqual([]);
    await patient.byTestId('ask-again').click();
    await patient.byTestId('waiting-room').waitFor();
    await admit(doctor);
    await patient.byTestId('call').waitFor();
    await seesAndHears(doctor, 'patient');
  });

  it('a patient who leaves the waiting room is off the list at once, and is not asked for feedback', async () => {
    const sessionId = await visitWith('admit');
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await patientWaiting(sessionId);
    await expect.poll(() => waitingIds(doctor)).toEqual(['patient']);
    await patient.byTestId('leave-button').click();
    await patient.byTestId('left-screen').waitFor();
    expect(await patient.page.getByRole('heading', { level: 1 }).innerText()).toBe(
      'You left the waiting room',
    );
    expect(await patient.byTestId('feedback').count()).toBe(0);
    await expect.poll(() => waitingIds(doctor)).toEqual([]);
    await patient.byTestId('rejoin-button').click();
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
  });
});

describe.each(LOOKS)('the waiting room (%s)', (look, options) => {
  it('the waiting room cuts nothing off, and every control can be hit', async () => {
    const sessionId = await visitWith('admit');
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await patientWaiting(sessionId, options);
    await expect.poll(() => waitingIds(doctor)).toEqual(['patient']);
    const text = 'I am five minutes late, sorry. Please stay here.';
    await doctor.page.evaluate(
      (line) => window.__televisit?.client.waitingRoom.message('patient', line),
      text,
    );
    await patient.byTestId('waiting-message').waitFor();
    const problems = await patient.page.evaluate(() => {
      const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['scrolls sideways'] : [];
      for (const element of document.querySelectorAll('button, h1, h2, p, li, select')) {
        const box = element.getBoundingClientRect();
        if (box.width <= 1 || box.height <= 1) continue;
        if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
        const small = Math.min(box.width, box.height) < 44;
        if (element.matches('button') && small) found.push(`too small: ${element.outerHTML}`);
      }
      return found;
    });
    expect(problems).toEqual([]);
    await patient.screenshot(`waiting-${look}`);
  });
});
