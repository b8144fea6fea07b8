import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';
import { ZOOM_CREDENTIALS, ZOOM_WEBHOOK_SECRET, ZoomDouble } from '../support/infra/zoom-double.ts';

const HOST = 'host@clinic.example';

const zoom = await ZoomDouble.open();
zoom.account.addUser(HOST);
const site = new TestSite({
  env: {
    MEETING_PROVIDERS: 'zoom,sfu',
    ZOOM_ACCOUNT_ID: ZOOM_CREDENTIALS.accountId,
    ZOOM_CLIENT_ID: ZOOM_CREDENTIALS.clientId,
    ZOOM_CLIENT_SECRET: ZOOM_CREDENTIALS.clientSecret,
    ZOOM_WEBHOOK_SECRET,
    ZOOM_HOSTS: HOST,
    ZOOM_OAUTH_URL: zoom.url,
  },
});
beforeAll(() => zoom.subscribe(`${site.server.url}/webhooks/zoom`));
afterAll(() => zoom.close());

/** Opens the meeting from the page of the visit, and joins it on Zoom's own page. */
async function joinAt(one: Visitor) {
  const opening = one.context.waitForEvent('page');
  await one.byTestId('open-meeting').click();
  const meeting = await opening;
  await meeting.getByRole('button', { name: 'Join' }).click();
  return meeting;
}

it('people meet at Zoom, the page shows who is there, and the host ends the visit for both', async () => {
  const { sessionId } = await site.server.createVisit();
  const doctor = await site.openAs(sessionId, 'doctor');
  const patient = await site.openAs(sessionId, 'patient');
  const present = (one: Visitor, userId: string) =>
    one.page.locator(`[data-testid="meeting-person"][data-user-id="${userId}"]`).getAttribute('data-present');
  const room = await joinAt(doctor);
  expect(await room.evaluate(() => window.opener === null)).toBe(true);
  await joinAt(patient);
  await expect.poll(() => present(patient, 'doctor'), { timeout: 20_000 }).toBe('true');
  await expect.poll(() => present(doctor, 'patient'), { timeout: 20_000 }).toBe('true');
  expect(await doctor.byTestId('timer').innerText()).toMatch(/^\d:\d\d$/);

  await doctor.byTestId('end-button').click();
  await doctor.byTestId('end-confirm').click();
  await patient.byTestId('feedback-star-5').click();
  await patient.byTestId('feedback-send').click();
  await patient.byTestId('feedback-thanks').waitFor();
  await expect
    .poll(() => zoom.requests.some(({ method, path }) => method === 'PUT' && path.endsWith('/status')))
    .toBe(true);
  const report = await site.server.api.getReport(sessionId);
  expect(report).toMatchObject({ provider: 'zoom', endReason: 'host_ended', visitors: [] });
  expect(report.participants.map(({ firstJoinedAt }) => firstJoinedAt === null)).toEqual([false, false]);
  expect(zoom.problems).toEqual([]);
});

it('both people get into one call on this server if Zoom is down when they enter', async () => {
  const { sessionId } = await site.server.createVisit();
  const doctor = await site.openAs(sessionId, 'doctor');
  const patient = await site.openAs(sessionId, 'patient');
  zoom.down();
  try {
    await doctor.byTestId('open-meeting').click();
    // The page of the patient learns by itself that the visit has moved.
    for (const one of [doctor, patient]) await one.pressJoin();
    await expect.poll(() => doctor.byTestId('participant').count(), { timeout: 20_000 }).toBe(1);
    await expect.poll(async () => (await patient.receivedFrom('doctor')).frames).toBeGreaterThan(5);
  } finally {
    zoom.up();
  }
});
