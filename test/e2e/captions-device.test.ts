import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { samplePath, speechAvailable } from '../support/fixtures/spoken-samples.ts';
import { PHONE, TestSite } from '../support/fixtures/test-site.ts';

const isAvailable = speechAvailable('captions that browsers make');
const SPOKEN = /\b(best of times|wisdom|foolishness|season|nothing before us|present period)\b/i;

/** Returns what a page and its workers have loaded of the engine since the list was made. */
function speechFilesOf({ context }: Visitor): string[] {
  const files: string[] = [];
  context.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/speech\/|speech-worker|microphone-worklet/.test(pathname)) files.push(pathname);
  });
  return files;
}

describe.runIf(isAvailable)('captions that browsers make', () => {
  const site = new TestSite(
    // The server has no engine of its own.
    { env: { SPEECH_DIR: process.env.SPEECH_DIR ?? '' } },
    // Every microphone hears a person who reads aloud.
    isAvailable ? [`--use-file-for-fake-audio-capture=${samplePath('cities')}`] : [],
  );
  const createVisit = () =>
    site.server.createVisit(undefined, {
      seats: [
        { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
        { userId: 'patient', role: 'patient', displayName: 'Tom' },
      ],
      options: { captions: 'on-request', captionsMadeOn: 'device', waitingRoom: 'off' },
    });

  it('a doctor reads what the patient’s own browser heard, which loads the engine only once that is wanted', async () => {
    const { sessionId } = await createVisit();
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await site.openAs(sessionId, 'patient');
    const [ofDoctor, ofPatient] = [speechFilesOf(doctor), speechFilesOf(patient)];
    await patient.pressJoin();
    await doctor.byTestId('captions-toggle').click();
    await patient.byTestId('captions-question').waitFor();
    expect(ofPatient).toEqual([]);
    await patient.byTestId('captions-agree').click();

    const words = () => doctor.page.locator('.captions-lines').innerText();
    await expect.poll(words, { timeout: 90_000 }).toMatch(new RegExp(`^Tom:[^]*${SPOKEN.source}`, 'i'));
    expect(ofPatient.filter((path) => path.startsWith('/speech/'))).not.toEqual([]);
    expect(ofDoctor).toEqual([]);

    await patient.byTestId('captions-sign').click();
    expect(await patient.byTestId('captions-on-device').innerText()).toMatch(/on this device.*35 MB/);
    expect(patient.page.workers()).toHaveLength(1);
    await patient.byTestId('captions-change').click();
    await expect.poll(() => patient.page.workers().length).toBe(0);
    await expect
      .poll(() => doctor.page.evaluate(() => window.__televisit?.client.getState().captions.view?.state))
      .toBe('waiting');
  });

  it('a phone loads nothing, and readers learn that its person is not captioned', async () => {
    const { sessionId } = await createVisit();
    const doctor = await site.joinAs(sessionId, 'doctor');
    const userAgent =
      'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36';
    const patient = await site.joinAs(sessionId, 'patient', { ...PHONE, userAgent });
    const loaded = speechFilesOf(patient);
    await doctor.byTestId('captions-toggle').click();
    await patient.byTestId('captions-agree').click();
    await expect.poll(() => doctor.byTestId('captions-status').innerText()).toMatch(/device can’t/);
    expect(loaded).toEqual([]);
  });
});
