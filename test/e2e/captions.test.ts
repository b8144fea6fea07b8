import { describe, expect, it } from 'vitest';
import { samplePath, speechAvailable } from '../support/fixtures/spoken-samples.ts';
import { TestSite } from '../support/fixtures/test-site.ts';
import { axeFindings } from '../support/measure/axe.ts';

describe.runIf(speechAvailable('captions between two browsers'))('captions between two browsers', () => {
  const site = new TestSite(
    { env: { SPEECH_DIR: process.env.SPEECH_DIR ?? '', CAPTIONS_ENGINE: 'local' } },
    // Every microphone hears a person who reads aloud.
    speechAvailable('captions') ? [`--use-file-for-fake-audio-capture=${samplePath('cities')}`] : [],
  );

  it('a doctor reads what the patient says once the patient has agreed, and nothing after they withdrew', async () => {
    const { sessionId } = await site.server.createVisit(undefined, {
      seats: [
        { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
        { userId: 'patient', role: 'patient', displayName: 'Tom' },
      ],
      options: { captions: 'on-request', waitingRoom: 'off' },
    });
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await site.joinAs(sessionId, 'patient');
    await patient.byTestId('captions-toggle').waitFor();
    expect(await patient.byTestId('captions-question').count()).toBe(0);

    await doctor.byTestId('captions-toggle').click();
    await expect.poll(() => doctor.byTestId('captions-status').innerText()).toMatch(/^Nobody has agreed/);
    await doctor.byTestId('captions-refuse').click();
    await patient.byTestId('captions-question').waitFor();
    expect(await axeFindings(patient.page)).toEqual([]);
    await patient.byTestId('captions-agree').click();
    await patient.byTestId('captions-sign').waitFor();

    const words = () => doctor.page.locator('.captions-lines').innerText();
    await expect
      .poll(words, { timeout: 30_000 })
      .toMatch(/^Tom:[^]*\b(best of times|wisdom|foolishness|season|nothing before us|present period)\b/i);
    await doctor.screenshot('captions-visit');
    expect(await axeFindings(doctor.page)).toEqual([]);

    await patient.byTestId('captions-sign').click();
    await patient.byTestId('captions-change').click();
    await expect.poll(() => patient.byTestId('captions-sign').count()).toBe(0);
    const said = () =>
      doctor.page.evaluate(() =>
        window.__televisit?.client.getState().captions.lines.map(({ text }) => text),
      );
    await expect
      .poll(() => doctor.page.evaluate(() => window.__televisit?.client.getState().captions.view?.state))
      .toBe('waiting');
    const before = await said();
    // The last caption disappears from the screen after ten seconds, in which more would have come.
    await expect.poll(words, { timeout: 20_000 }).toMatch(/^Nobody has agreed/);
    expect(await said()).toEqual(before);
    await expect
      .poll(async () => (await site.server.api.getReport(sessionId)).consents)
      .toMatchObject([
        { userId: 'doctor', purpose: 'captions', given: false },
        { userId: 'patient', purpose: 'captions', given: false, wording: '2026-11-30' },
      ]);
  });
});
