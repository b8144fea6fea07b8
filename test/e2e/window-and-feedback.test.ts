import type { CreateSessionResponse, SessionView } from '@televisit/shared/api';
import type { SessionReport } from '@televisit/shared/reports';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { lookOf, TestSite, type Look } from '../support/fixtures/test-site.ts';

const site = new TestSite();

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/** How long before its time a visit opens, in milliseconds. */
const OPENS_BEFORE = 15 * MINUTE;

const LOOKS_AROUND = ['desktop-dark', 'phone-rtl', 'small-phone'] as const;

type Role = 'doctor' | 'patient';

/** Opens a link; the look `phone-rtl` turns the page around itself. */
async function open(
  link: string,
  name: Look = 'desktop',
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const visitor = await site.open(link, { ...lookOf(name), ...options });
  if (name.endsWith('rtl')) await visitor.page.evaluate(() => (document.documentElement.dir = 'rtl'));
  return visitor;
}

/** Creates a visit that opens in some milliseconds. @returns its id */
async function visitOpeningIn(ahead: number): Promise<string> {
  const { body } = await site.server.call<CreateSessionResponse>('POST', '/api/v1/sessions', {
    appointmentId: `appointment-${Math.random()}`,
    doctorId: 'doctor',
    patientId: 'patient',
    scheduledAt: new Date(Date.now() + ahead + OPENS_BEFORE).toISOString(),
    durationMinutes: 30,
    options: { waitingRoom: 'off' },
  });
  return body.sessionId;
}

/** Returns a link that the API would refuse to issue: it is too early, or the participant was removed. */
function linkOf(sessionId: string, role: Role): string {
  const { token } = site.server.tokens.issue(sessionId, {
    userId: role,
    role,
    displayName: null,
    linkVersion: 0,
  });
  return `${site.server.televisit.url}/join/${sessionId}?token=${token}`;
}

async function codeOf(visitor: Visitor): Promise<string | null> {
  return visitor.byTestId('error-screen').getAttribute('data-code');
}

/** Opens the call. */
async function joined(sessionId: string, role: Role, look: Look = 'desktop'): Promise<Visitor> {
  const visitor = await open(await site.server.joinUrl(sessionId, role), look);
  await visitor.pressJoin();
  return visitor;
}

async function meeting() {
  const { sessionId } = await site.server.createVisit();
  const [doctor, patient] = await Promise.all([joined(sessionId, 'doctor'), joined(sessionId, 'patient')]);
  await expect.poll(() => doctor.byTestId('participant').count()).toBe(1);
  return { sessionId, doctor, patient };
}

async function feedbackOf(sessionId: string): Promise<SessionReport['feedback']> {
  return (await site.server.call<SessionReport>('GET', `/api/v1/sessions/${sessionId}/report`)).body.feedback;
}

/** Checks that nothing is wider than the window, and that every control is large enough for a finger. */
async function expectComfortable(one: Visitor): Promise<void> {
  const problems = await one.page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : [];
    for (const element of document.querySelectorAll('button, textarea, h1, h2, p, time, .countdown-part')) {
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue;
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`sticks out: ${element.outerHTML}`);
      const small = Math.min(box.width, box.height) < 44;
      if (element.matches('button') && small) found.push(`too small: ${element.outerHTML}`);
    }
    return found;
  });
  expect(problems).toEqual([]);
}

describe('a link that is opened before the visit opens', () => {
  it('the page shows when the visit opens, and continues by itself without a reload', async () => {
    const sessionId = await visitOpeningIn(12 * SECOND);
    const patient = await open(linkOf(sessionId, 'patient'));
    await expect.poll(() => codeOf(patient)).toBe('not_open_yet');
    await expect.poll(() => patient.byTestId('countdown').innerText()).toMatch(/^\d+\s+seconds?$/);
    const before = await patient.page.evaluate(() => {
      Object.assign(window, { sameDocument: true });
      return window.__televisit?.client.getState().local.camera.track ?? null;
    });
    expect(before).toBeNull();
    await patient.byTestId('prejoin').waitFor();
    expect(await patient.page.evaluate(() => 'sameDocument' in window)).toBe(true);
    await patient.pressJoin();
  });

  it('the page counts down without announcing each second', async () => {
    const patient = await open(linkOf(await visitOpeningIn(DAY), 'patient'));
    const countdown = patient.byTestId('countdown');
    const first = await countdown.innerText();
    await expect.poll(() => countdown.innerText()).not.toBe(first);
    expect(await countdown.getAttribute('role')).toBe('timer');
    expect(await countdown.getAttribute('aria-live')).toBe('off');
    expect((await patient.page.getByRole('status').allInnerTexts()).join('')).toBe('');
  });

  it('the page shows the time in the participant’s language and time zone', async () => {
    const sessionId = await visitOpeningIn(DAY);
    const { opensAt } = (await site.server.call<SessionView>('GET', `/api/v1/sessions/${sessionId}`)).body;
    const options = { locale: 'de-DE', timezoneId: 'Asia/Tokyo' };
    const patient = await open(linkOf(sessionId, 'patient'), 'desktop', options);
    const shown = patient.byTestId('error-screen').locator('time');
    await shown.waitFor();
    expect(await shown.getAttribute('datetime')).toBe(opensAt);
    const expected = (wanted: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat('de-DE', { ...wanted, timeZone: 'Asia/Tokyo' }).format(Date.parse(opensAt));
    const text = await shown.innerText();
    expect(text).toContain(expected({ weekday: 'long' }));
    expect(text).toContain(expected({ day: 'numeric', month: 'long', year: 'numeric' }));
    expect(text).toContain(expected({ hour: '2-digit', minute: '2-digit' }));
    expect(text).toMatch(/GMT\+9|JST/);
  });

  it('the page learns that the visit was moved once the device is online again', async () => {
    const sessionId = await visitOpeningIn(DAY);
    const patient = await open(linkOf(sessionId, 'patient'));
    await patient.byTestId('countdown').waitFor();
    const change = { scheduledAt: new Date(Date.now() + 2 * DAY).toISOString() };
    await site.server.call('PATCH', `/api/v1/sessions/${sessionId}`, change);
    const comeBack = async () => {
      await patient.context.setOffline(true);
      await patient.context.setOffline(false);
    };
    await comeBack();
    await expect.poll(() => patient.byTestId('countdown').innerText()).toMatch(/^1\s+day/);
    expect(await patient.page.getByRole('status').allInnerTexts()).toContainEqual(
      expect.stringMatching(/time of your visit was changed/),
    );
    await site.server.call('PATCH', `/api/v1/sessions/${sessionId}`, {
      scheduledAt: new Date().toISOString(),
    });
    await comeBack();
    await patient.byTestId('prejoin').waitFor();
  });

  it('the page says so if the visit is cancelled while it counts down', async () => {
    const sessionId = await visitOpeningIn(DAY);
    const patient = await open(linkOf(sessionId, 'patient'));
    await patient.byTestId('countdown').waitFor();
    await site.server.call('DELETE', `/api/v1/sessions/${sessionId}`);
    await patient.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expect.poll(() => codeOf(patient)).toBe('session_over');
  });
});

describe('a visit that is over', () => {
  it('the page says when the visit ended, and asks no feedback of a participant who was not there', async () => {
    const { sessionId } = await site.server.createVisit();
    const link = await site.server.joinUrl(sessionId, 'patient');
    const { endedAt } = (await site.server.call<SessionView>('POST', `/api/v1/sessions/${sessionId}/end`))
      .body;
    const patient = await open(link);
    await expect.poll(() => codeOf(patient)).toBe('session_over');
    expect(await patient.byTestId('closed-at').locator('time').getAttribute('datetime')).toBe(endedAt);
    expect(await patient.byTestId('feedback').count()).toBe(0);
  });
});

describe('a visit that is full', () => {
  it.each(['desktop', 'phone-dark', 'phone-rtl'] as const)(
    'the page says that the visit is full (%s), and continues when another participant has left',
    async (look) => {
      const { sessionId } = await site.server.api.createSession({
        appointmentId: `full-${look}`,
        doctorId: 'doctor',
        patientId: 'patient',
        seats: [{ userId: 'guest', role: 'guest' }],
        options: { maxParticipants: 2, waitingRoom: 'off' },
      });
      const { joinUrl } = await site.server.api.joinSession(sessionId, { role: 'guest', userId: 'guest' });
      const doctor = await joined(sessionId, 'doctor');
      const guest = await open(joinUrl);
      await guest.pressJoin();
      await expect.poll(() => doctor.byTestId('participant').count()).toBe(1);
      const patient = await open(await site.server.joinUrl(sessionId, 'patient'), look);
      await patient.byTestId('join-button').click();
      await expect.poll(() => codeOf(patient)).toBe('visit_full');
      await expectComfortable(patient);
      await patient.screenshot(`visit-full-${look}`);
      await guest.byTestId('leave-button').click();
      await expect.poll(() => doctor.byTestId('participant').count()).toBe(0);
      await patient.page.getByRole('button').first().click();
      await patient.pressJoin();
    },
  );
});

describe('after the call', () => {
  it('both are asked for feedback after the doctor ends the visit, and it reaches the server once', async () => {
    const { sessionId, doctor, patient } = await meeting();
    await doctor.byTestId('end-button').click();
    await doctor.byTestId('end-confirm').click();
    for (const one of [doctor, patient]) {
      await one.byTestId('feedback').waitFor();
      expect(await codeOf(one)).toBe('session_over');
      expect(await one.byTestId('closed-at').count()).toBe(1);
    }
    await patient.byTestId('feedback-star-4').click();
    await patient.byTestId('feedback-comment').fill('  The sound was good.\nThank you! ');
    await patient.byTestId('feedback-send').click();
    await patient.byTestId('feedback-thanks').waitFor();
    expect(await feedbackOf(sessionId)).toMatchObject([
      { userId: 'patient', rating: 4, comment: 'The sound was good.\nThank you!' },
    ]);
    await patient.page.reload();
    await expect.poll(() => codeOf(patient)).toBe('session_over');
    expect(await patient.byTestId('feedback').count()).toBe(0);
    await doctor.byTestId('feedback-star-3').click();
    await doctor.byTestId('feedback-send').click();
    await doctor.byTestId('feedback-thanks').waitFor();
    expect(await feedbackOf(sessionId)).toHaveLength(2);
  });

  it('stars can be chosen by keyboard, and none chosen is no feedback', async () => {
    const { sessionId } = await site.server.createVisit();
    const patient = await joined(sessionId, 'patient');
    await patient.byTestId('leave-button').click();
    await patient.byTestId('feedback-send').click();
    await patient.page.getByRole('alert').waitFor();
    expect(await feedbackOf(sessionId)).toEqual([]);
    const { keyboard } = patient.page;
    await patient.byTestId('feedback-star-1').focus();
    for (const key of ['End', 'ArrowLeft', 'ArrowLeft', 'ArrowRight']) await keyboard.press(key);
    const star = patient.page.getByRole('radio', { name: '4 of 5 stars' });
    expect(await star.getAttribute('aria-checked')).toBe('true');
    expect(await patient.page.getByRole('radio', { checked: true }).count()).toBe(1);
    expect(await star.evaluate((element) => element === document.activeElement)).toBe(true);
    for (const key of ['Tab', 'Tab', 'Enter']) await keyboard.press(key);
    await patient.byTestId('feedback-thanks').waitFor();
    expect(await feedbackOf(sessionId)).toMatchObject([{ userId: 'patient', rating: 4, comment: null }]);
  });

  it('Rejoin comes first after leaving, and feedback is asked once', async () => {
    const { sessionId } = await site.server.createVisit();
    const patient = await joined(sessionId, 'patient');
    await patient.byTestId('leave-button').click();
    const [first] = await patient.byTestId('left-screen').getByRole('button').all();
    expect(await first?.getAttribute('data-testid')).toBe('rejoin-button');
    await patient.byTestId('feedback-star-5').click();
    await patient.byTestId('feedback-send').click();
    await patient.byTestId('feedback-thanks').waitFor();
    await patient.byTestId('rejoin-button').click();
    await patient.pressJoin();
    await patient.byTestId('leave-button').click();
    await patient.byTestId('left-screen').waitFor();
    expect(await patient.byTestId('feedback').count()).toBe(0);
  });

  it('feedback that failed can be sent again; feedback given elsewhere is acknowledged', async () => {
    const { sessionId } = await site.server.createVisit();
    const patient = await joined(sessionId, 'patient');
    await patient.byTestId('leave-button').click();
    await patient.page.route('**/feedback', (route) => route.abort());
    await patient.byTestId('feedback-star-2').click();
    await patient.byTestId('feedback-send').click();
    await patient.page.getByRole('alert').waitFor();
    await patient.screenshot('feedback-failed-desktop');
    const given = { userId: 'patient', rating: 3, comment: null };
    await site.server.call('POST', `/api/v1/sessions/${sessionId}/feedback`, given);
    await patient.page.unroute('**/feedback');
    await patient.byTestId('feedback-send').click();
    await patient.byTestId('feedback-thanks').waitFor();
    expect(await feedbackOf(sessionId)).toMatchObject([{ userId: 'patient', rating: 3 }]);
  });
});

describe('a participant and the backend', () => {
  it('a participant whom the backend makes leave is asked for feedback and may come back', async () => {
    const { sessionId, doctor, patient } = await meeting();
    await site.server.call('POST', `/api/v1/sessions/${sessionId}/participants/patient/leave`);
    await patient.byTestId('left-screen').waitFor();
    await patient.byTestId('feedback').waitFor();
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(0);
    await patient.byTestId('rejoin-button').click();
    await patient.pressJoin();
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(1);
  });

  it('a participant whom the backend removes sees that, and cannot come back', async () => {
    const { sessionId, doctor, patient } = await meeting();
    await site.server.call('DELETE', `/api/v1/sessions/${sessionId}/participants/patient`);
    await expect.poll(() => codeOf(patient)).toBe('removed');
    expect(await patient.byTestId('feedback').count()).toBe(0);
    expect(await patient.byTestId('rejoin-button').count()).toBe(0);
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(0);
    await patient.page.reload();
    await expect.poll(() => codeOf(patient)).toBe('removed');
    expect(await doctor.byTestId('call').count()).toBe(1);
  });

  it('a participant removed during the preview sees that when joining at the latest', async () => {
    const { sessionId } = await site.server.createVisit();
    const patient = await open(await site.server.joinUrl(sessionId, 'patient'));
    await expect.poll(() => patient.producers()).toBe(2);
    await site.server.call('DELETE', `/api/v1/sessions/${sessionId}/participants/patient`);
    // The server may have dismissed them already.
    await patient.page.evaluate(() => window.__televisit?.client.join());
    await expect.poll(() => codeOf(patient)).toBe('removed');
  });
});

describe.each(LOOKS_AROUND)('the pages around the visit (%s)', (look) => {
  it('the pages before and after the visit and after a removal cut nothing off', async () => {
    const early = await open(linkOf(await visitOpeningIn(DAY + 3 * 60 * MINUTE), 'patient'), look);
    await early.byTestId('countdown').waitFor();
    await expectComfortable(early);
    await early.screenshot(`window-countdown-${look}`);

    const { sessionId } = await site.server.createVisit();
    await site.server.call('DELETE', `/api/v1/sessions/${sessionId}/participants/patient`);
    const removed = await open(linkOf(sessionId, 'patient'), look);
    await expect.poll(() => codeOf(removed)).toBe('removed');
    await expectComfortable(removed);
    await removed.screenshot(`window-removed-${look}`);

    await site.server.call('POST', `/api/v1/sessions/${sessionId}/end`);
    const over = await open(linkOf(sessionId, 'doctor'), look);
    await over.byTestId('closed-at').waitFor();
    await expectComfortable(over);
    await over.screenshot(`window-over-${look}`);
  });

  it('the feedback page cuts nothing off', async () => {
    const { sessionId } = await site.server.createVisit();
    const patient = await joined(sessionId, 'patient', look);
    await patient.byTestId('leave-button').click();
    await patient.byTestId('feedback').waitFor();
    await expectComfortable(patient);
    await patient.screenshot(`feedback-left-${look}`);
    await patient.byTestId('rejoin-button').click();
    await patient.pressJoin();
    await site.server.call('POST', `/api/v1/sessions/${sessionId}/end`);
    await patient.byTestId('feedback').waitFor();
    await patient.screenshot(`feedback-empty-${look}`);
    await patient.byTestId('feedback-star-4').click();
    await patient.byTestId('feedback-comment').fill('The sound was good and the doctor took her time.');
    await expectComfortable(patient);
    await patient.screenshot(`feedback-chosen-${look}`);
    await patient.byTestId('feedback-send').click();
    await patient.byTestId('feedback-thanks').waitFor();
    await expectComfortable(patient);
    await patient.screenshot(`feedback-thanks-${look}`);
  });
});
