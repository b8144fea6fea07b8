import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

const PORTAL = 'https://portal.example.org/visits';

const site = new TestSite({ env: { RETURN_URL: PORTAL } });

const SEATS = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Maria Schmidt' },
] as const;

async function meeting() {
  const { sessionId } = await site.server.createVisit(undefined, { seats: [...SEATS] });
  const doctor = await site.joinAs(sessionId, 'doctor');
  const patient = await site.joinAs(sessionId, 'patient');
  await expect.poll(() => patient.byTestId('participant').count()).toBe(1);
  return { sessionId, doctor, patient };
}

const lastWords = (visitor: Visitor) => visitor.byTestId('error-screen').innerText();

describe('after a visit', () => {
  it('both see who ended the visit, and a link back to where they came from', async () => {
    const { doctor, patient } = await meeting();
    await doctor.byTestId('end-button').click();
    await doctor.byTestId('end-confirm').click();
    await expect.poll(() => lastWords(patient)).toContain('Dr. Ana Weber ended the visit.');
    await expect.poll(() => lastWords(doctor)).toContain('You ended the visit for everyone.');
    const link = patient.byTestId('return-link');
    expect(await link.getAttribute('href')).toBe(PORTAL);
    expect(await link.innerText()).toBe('Go back to portal.example.org');
    await patient.screenshot('after-ended-desktop');
  });

  it('no participant is named if the backend ended the visit', async () => {
    const { sessionId, patient } = await meeting();
    await site.server.api.endSession(sessionId);
    await expect.poll(() => lastWords(patient)).toContain('If you need another visit, contact the clinic.');
    expect(await lastWords(patient)).not.toContain('Dr. Ana Weber');
  });

  it('a participant who left may rejoin or go back to where they came from', async () => {
    const { patient } = await meeting();
    await patient.page.evaluate(() => window.__televisit?.client.leave());
    await patient.byTestId('left-screen').waitFor();
    expect(await patient.byTestId('return-link').getAttribute('href')).toBe(PORTAL);
    await patient.screenshot('after-left-desktop');
    await patient.byTestId('rejoin-button').click();
    await patient.pressJoin();
  });
});
