import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';
import { axeFindings } from '../support/measure/axe.ts';

const site = new TestSite();

const SEATS = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Tom' },
] as const;

async function createVisit(
  recording: 'on-request' | 'required' | 'off',
  transcript: 'on-request' | 'off' = 'off',
): Promise<string> {
  const { sessionId } = await site.server.createVisit(undefined, {
    seats: [...SEATS],
    options: { recording, transcript, waitingRoom: 'off' },
  });
  return sessionId;
}

/** Resolves when the sign shows a state; null for no sign. */
async function signs(visitor: Visitor, state: string | null): Promise<void> {
  const sign = visitor.byTestId('recording-sign');
  await expect
    .poll(async () => ((await sign.count()) === 0 ? null : sign.getAttribute('data-state')))
    .toBe(state);
}

async function start(doctor: Visitor): Promise<void> {
  await doctor.byTestId('more-menu').click();
  await doctor.byTestId('recording-control').click();
  await doctor.byTestId('recording-start-confirm').click();
}

/** Keeps every notice that the page shows from now on, for `noticesOf`. */
async function keepNotices({ page }: Visitor): Promise<void> {
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seenNotices: seen });
    new MutationObserver(() => {
      for (const text of document.querySelectorAll('[data-toast="recording"] .toast-text'))
        if (seen.at(-1) !== text.textContent) seen.push(text.textContent);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}
const noticesOf = ({ page }: Visitor) =>
  page.evaluate(() => (window as unknown as { seenNotices: string[] }).seenNotices);

describe.each(looks('desktop-dark', 'phone', 'phone-rtl'))(
  'a recording on request, on %s',
  (look, options) => {
    it('runs once the patient has agreed, and stops when they withdraw and have it deleted', async () => {
      const sessionId = await createVisit('on-request');
      const doctor = await site.joinAs(sessionId, 'doctor', { ...options, locale: 'en' });
      const patient = await site.joinAs(sessionId, 'patient', options);
      await expect.poll(() => patient.byTestId('remote-video').count()).toBe(1);
      expect(await patient.byTestId('consent-question').count()).toBe(0);
      await signs(patient, null);
      await keepNotices(doctor);

      await start(doctor);
      await patient.byTestId('consent-question').waitFor();
      expect(await doctor.byTestId('consent-question').count()).toBe(0);
      await signs(patient, 'waiting');
      await expect
        .poll(() => doctor.byTestId('recording-sign').innerText())
        .toBe('Recording waits for consent · 1 has not answered');
      expect(await axeFindings(patient.page)).toEqual([]);
      await patient.screenshot(`recording-visit-asked-${look}`);

      await patient.byTestId('consent-agree').press('Enter');
      for (const visitor of [doctor, patient]) await signs(visitor, 'on');
      expect(await patient.byTestId('consent-question').count()).toBe(0);
      expect(await noticesOf(doctor)).toEqual(['The visit is now being recorded.']);
      await patient.screenshot(`recording-visit-on-${look}`);

      await patient.byTestId('recording-sign').click();
      await patient.byTestId('consent-erase').check();
      expect(await axeFindings(patient.page)).toEqual([]);
      await patient.byTestId('consent-change').click();
      await expect.poll(() => patient.byTestId('consent-answer').getAttribute('data-given')).toBe('false');
      for (const visitor of [doctor, patient]) await signs(visitor, 'waiting');
      await expect
        .poll(() => doctor.byTestId('recording-sign').innerText())
        .toBe('Recording waits for consent · 1 has refused');
      await expect.poll(() => patient.byTestId('consent-erase-now').count()).toBe(0);

      await doctor.byTestId('recording-sign').click();
      // A notice over the stage covers buttons of tiles for a few seconds.
      await expect.poll(() => doctor.byTestId('toast').count(), { timeout: 15_000 }).toBe(0);
      await doctor.screenshot(`recording-visit-panel-${look}`);
      expect(await axeFindings(doctor.page)).toEqual([]);
      await doctor.byTestId('recording-stop').click();
      for (const visitor of [doctor, patient]) await signs(visitor, null);
      const { consents } = await site.server.api.getReport(sessionId);
      expect(consents).toMatchObject([
        { userId: 'doctor', given: true, language: 'en', askedBy: 'page' },
        { userId: 'patient', given: false, language: look === 'phone-rtl' ? 'ar' : 'en', askedBy: 'page' },
      ]);
    });
  },
);

describe('a recording', () => {
  it('that is required is asked about in the preview, and waits for a person who joins without an answer', async () => {
    const sessionId = await createVisit('required');
    const doctor = await site.openAs(sessionId, 'doctor');
    await doctor.byTestId('consent-agree').click();
    await expect.poll(() => doctor.byTestId('consent-answer').getAttribute('data-given')).toBe('true');
    await doctor.pressJoin();
    await signs(doctor, 'on');

    const patient = await site.openAs(sessionId, 'patient');
    await patient.byTestId('consent-question').waitFor();
    await patient.byTestId('recording-here').waitFor();
    expect(await axeFindings(patient.page)).toEqual([]);
    await patient.pressJoin();
    for (const visitor of [doctor, patient]) await signs(visitor, 'waiting');
    await patient.byTestId('consent-refuse').click();
    await expect
      .poll(() => doctor.byTestId('recording-sign').innerText())
      .toBe('Recording waits for consent · 1 has refused');

    await doctor.byTestId('recording-sign').click();
    expect(await doctor.byTestId('recording-stop').count()).toBe(0);
    await doctor.byTestId('recording-pause').click();
    for (const visitor of [doctor, patient]) await signs(visitor, 'paused');
  });

  it.each(looks('desktop', 'phone-rtl'))(
    'with a transcript asks for both on %s, and the transcript can be refused alone',
    async (look, options) => {
      const sessionId = await createVisit('required', 'on-request');
      const patient = await site.openAs(sessionId, 'patient', options);
      await patient.byTestId('consent-transcript').check();
      expect(await axeFindings(patient.page)).toEqual([]);
      await patient.screenshot(`transcript-asked-${look}`);
      await patient.byTestId('consent-agree').click();
      await patient.byTestId('transcript-switch').waitFor();
      expect(await patient.byTestId('transcript-switch').isChecked()).toBe(true);
      const answers = async () =>
        (await site.server.api.getReport(sessionId)).consents.map(({ purpose, given }) => [purpose, given]);
      expect(await answers()).toEqual([
        ['transcript', true],
        ['recording', true],
      ]);
      await patient.byTestId('transcript-switch').uncheck();
      await expect.poll(answers).toEqual([
        ['recording', true],
        ['transcript', false],
      ]);
      expect(await patient.byTestId('consent-answer').getAttribute('data-given')).toBe('true');
      expect(await axeFindings(patient.page)).toEqual([]);
      await patient.screenshot(`transcript-refused-${look}`);

      const doctor = await site.openAs(sessionId, 'doctor');
      await doctor.byTestId('consent-agree').click();
      await doctor.byTestId('transcript-switch').waitFor();
      expect(await doctor.byTestId('transcript-switch').isChecked()).toBe(false);
    },
  );

  it('stays in sight after a reload of the page and a lost connection', async () => {
    const sessionId = await createVisit('on-request');
    const doctor = await site.joinAs(sessionId, 'doctor');
    await start(doctor);
    await signs(doctor, 'on');
    await doctor.page.reload();
    await doctor.byTestId('consent-answer').waitFor();
    expect(await doctor.byTestId('consent-question').count()).toBe(0);
    await doctor.pressJoin();
    await signs(doctor, 'on');
    await doctor.context.setOffline(true);
    await doctor.byTestId('connection-banner').waitFor();
    expect(await doctor.byTestId('recording-sign').count()).toBe(1);
    await doctor.context.setOffline(false);
    await expect.poll(() => doctor.byTestId('connection-banner').count(), { timeout: 20_000 }).toBe(0);
    await signs(doctor, 'on');
  });

  it('is not to be seen in a visit without', async () => {
    const sessionId = await createVisit('off');
    const doctor = await site.joinAs(sessionId, 'doctor');
    await doctor.byTestId('chat-toggle').waitFor();
    await doctor.byTestId('more-menu').click();
    expect(await doctor.byTestId('recording-toggle').count()).toBe(0);
    expect(await doctor.byTestId('recording-sign').count()).toBe(0);
  });
});
