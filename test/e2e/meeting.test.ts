import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProviderError } from '@televisit/server/providers/provider-error';
import type { MeetingEvent } from '@televisit/server/providers/meeting-provider';
import { ScriptedProvider } from '@televisit/server/providers/testing/scripted-provider';
import type { SessionReport } from '@televisit/shared/reports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';
import { providerSettings } from '../support/infra/settings.ts';

const PORTAL = 'https://portal.example.org/visits';

const zoom = new ScriptedProvider('zoom');
const site = new TestSite({
  meetingProviders: [zoom],
  env: { ...providerSettings('zoom', 'sfu'), RETURN_URL: PORTAL },
});

/** The provider's own pages. */
let rooms: Server;
beforeAll(async () => {
  rooms = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<title>Meeting</title><h1>${request.url ?? ''}</h1>`);
  });
  await new Promise<void>((resolve) => rooms.listen(0, '127.0.0.1', resolve));
});
afterAll(() => rooms.close());
beforeEach(() => {
  const { port } = rooms.address() as AddressInfo;
  zoom.fail(null);
  zoom.url = (meetingId, userId) => `http://127.0.0.1:${port}/${meetingId}/${userId}`;
});

const SEATS = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Maria Schmidt' },
] as const;

async function visit(): Promise<string> {
  const plan = { title: 'Check-up', description: 'How the wound heals.', hostNotes: 'Ask about the pain.' };
  const { sessionId } = await site.server.createVisit(undefined, { ...plan, seats: [...SEATS] });
  return sessionId;
}

/** Opens the link of the doctor or patient of a visit that Zoom carries. */
async function open(sessionId: string, userId: 'doctor' | 'patient'): Promise<Visitor> {
  const one = await site.openAs(sessionId, userId);
  await one.byTestId('meeting').waitFor();
  return one;
}

/** Presses the button, and returns the window that opens. */
async function enter(one: Visitor) {
  const opening = one.context.waitForEvent('page');
  await one.byTestId('open-meeting').click();
  const meeting = await opening;
  await meeting.waitForURL(/127\.0\.0\.1/);
  return meeting;
}

let events = 0;

/** Reports what happened in the newest meeting, as the provider's webhook does. */
async function report(type: 'joined' | 'left', userId: string): Promise<void> {
  const { meetingId } = zoom.meetings.at(-1)!;
  const stay = { id: `stay-${userId}`, person: { userId } };
  const event: MeetingEvent = { key: `event-${++events}`, meetingId, at: Date.now(), type, stay };
  zoom.received = [event];
  const answer = await fetch(`${site.server.url}/webhooks/zoom`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(200);
}

const presence = (one: Visitor, userId: string) =>
  one.page.locator(`[data-testid="meeting-person"][data-user-id="${userId}"]`).getAttribute('data-present');
const status = (one: Visitor) => one.byTestId('meeting-status').innerText();
const said = (one: Visitor) => one.byTestId('said').innerText();

describe('a visit that another provider carries', () => {
  it('people open the meeting from the page, the provider’s events drive the timer, and the host ends the visit', async () => {
    const sessionId = await visit();
    const doctor = await open(sessionId, 'doctor');
    const patient = await open(sessionId, 'patient');
    expect(await doctor.page.title()).toBe('Check-up');
    expect(await doctor.byTestId('meeting-about').innerText()).toContain('Ask about the pain.');
    expect(await patient.byTestId('meeting-about').innerText()).not.toContain('Ask about the pain.');

    const room = await enter(doctor);
    expect(room.url()).toMatch(/\/doctor$/);
    expect(await room.evaluate(() => window.opener === null && document.referrer === '')).toBe(true);
    await expect.poll(() => status(doctor)).toBe('The meeting is open in another window.');
    expect(await doctor.byTestId('timer').count()).toBe(0);

    await report('joined', 'doctor');
    await expect.poll(() => presence(patient, 'doctor'), { timeout: 15_000 }).toBe('true');
    await expect.poll(() => status(doctor), { timeout: 15_000 }).toBe('You are in the meeting.');
    expect(await doctor.byTestId('timer').innerText()).toMatch(/^\d:\d\d$/);
    expect(await said(patient)).toContain('Dr. Ana Weber joined');

    await enter(patient);
    await report('joined', 'patient');
    await expect.poll(() => presence(doctor, 'patient'), { timeout: 15_000 }).toBe('true');
    await report('left', 'patient');
    await expect.poll(() => status(patient), { timeout: 15_000 }).toContain('You left the meeting.');
    expect(await patient.byTestId('open-meeting').innerText()).toBe('Open again');
    expect(await patient.byTestId('end-button').count()).toBe(0);

    await doctor.byTestId('end-button').click();
    await doctor.byTestId('end-confirm').click();
    for (const one of [doctor, patient]) {
      await one.byTestId('feedback').waitFor();
      expect(await one.byTestId('return-link').getAttribute('href')).toBe(PORTAL);
    }
    expect(await patient.byTestId('error-screen').innerText()).toContain('Dr. Ana Weber ended the visit.');
    await patient.byTestId('feedback-star-4').click();
    await patient.byTestId('feedback-send').click();
    await patient.byTestId('feedback-thanks').waitFor();
    const { body } = await site.server.call<SessionReport>('GET', `/api/v1/sessions/${sessionId}/report`);
    expect(body.feedback).toMatchObject([{ userId: 'patient', rating: 4 }]);
    expect(body).toMatchObject({ provider: 'zoom', endReason: 'host_ended' });
  });

  it('the check opens camera and microphone only when it is started, and the meeting gets them', async () => {
    const patient = await open(await visit(), 'patient');
    const camera = () =>
      patient.page.evaluate(() => window.__televisit?.client.getState().local.camera.state ?? null);
    expect(await camera()).toBe('none');
    await patient.byTestId('start-check').click();
    await patient.page.locator('[data-check="camera"][data-passed="true"]').waitFor();
    expect(await camera()).toBe('on');
    await enter(patient);
    expect(await camera()).toBe('none');
    expect(await patient.byTestId('checklist').count()).toBe(0);
  });

  it('a person whose browser refuses the window gets a link', async () => {
    const patient = await open(await visit(), 'patient');
    await patient.page.evaluate(() => (window.open = () => null));
    await patient.byTestId('open-meeting').click();
    const link = patient.byTestId('meeting-link');
    await expect.poll(() => status(patient)).toContain('did not allow a new window');
    await expect.poll(() => link.evaluate((element) => element === document.activeElement)).toBe(true);
    const opening = patient.context.waitForEvent('page');
    await link.click();
    const room = await opening;
    await room.waitForURL(/\/patient$/);
    expect(await room.evaluate(() => window.opener === null)).toBe(true);
    await expect.poll(() => status(patient)).toBe('The meeting is open in another window.');
    expect(await patient.byTestId('open-meeting').innerText()).toBe('Open again');
  });

  it('a person who leaves the page may come back, and is asked for feedback if they were in', async () => {
    const sessionId = await visit();
    const patient = await open(sessionId, 'patient');
    await patient.byTestId('leave-button').click();
    await patient.byTestId('left-screen').waitFor();
    expect(await patient.byTestId('feedback').count()).toBe(0);
    await patient.byTestId('rejoin-button').click();
    await enter(patient);
    await patient.byTestId('leave-button').click();
    await patient.byTestId('feedback').waitFor();
  });

  it('the page says that the visit was ended by the backend', async () => {
    const sessionId = await visit();
    const patient = await open(sessionId, 'patient');
    await site.server.api.endSession(sessionId);
    await expect
      .poll(() => patient.byTestId('error-screen').getAttribute('data-code'), { timeout: 15_000 })
      .toBe('session_over');
  });
});

describe('a provider that fails when people enter', () => {
  it('the visit moves to this server at the click, and both people end up in the same call', async () => {
    const sessionId = await visit();
    const doctor = await open(sessionId, 'doctor');
    const patient = await open(sessionId, 'patient');
    const connections: string[] = [];
    patient.page.on('websocket', (socket) => connections.push(socket.url()));
    await patient.page.reload();
    await patient.page.waitForResponse((response) => response.url().endsWith('/meeting'));
    expect(connections).toEqual([]);
    zoom.fail(new ProviderError('unavailable', 'it is down'));
    await patient.byTestId('open-meeting').click();
    for (const one of [patient, doctor]) {
      await one.byTestId('prejoin').waitFor({ timeout: 20_000 });
      await one.byTestId('meeting-moved').waitFor();
      expect(one.context.pages()).toHaveLength(1);
      await one.pressJoin();
    }
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(1);
    await expect.poll(async () => (await patient.receivedFrom('doctor')).frames).toBeGreaterThan(5);
    expect(await doctor.byTestId('meeting-moved').count()).toBe(0);
    expect(connections).toHaveLength(1);
  });
});

describe('a provider without a substitute', () => {
  const jitsi = new ScriptedProvider('jitsi');
  const lonely = new TestSite({ meetingProviders: [jitsi], env: providerSettings('jitsi') });

  it('the page keeps asking while the provider is down, and then leads the open window there', async () => {
    const { sessionId } = await lonely.server.createVisit(undefined, { seats: [...SEATS] });
    jitsi.fail(new ProviderError('unavailable', 'it is down', { retryAfterMs: 1000 }));
    const { port } = rooms.address() as AddressInfo;
    jitsi.url = (meetingId, userId) => `http://127.0.0.1:${port}/${meetingId}/${userId}`;
    const patient = await lonely.openAs(sessionId, 'patient');
    const opening = patient.context.waitForEvent('page');
    await patient.byTestId('open-meeting').click();
    const room = await opening;
    await expect.poll(() => status(patient)).toContain('Jitsi can’t be reached right now.');
    await expect.poll(() => room.title()).toContain('Jitsi can’t be reached right now.');
    jitsi.fail(null);
    await room.waitForURL(/\/patient$/, { timeout: 30_000 });
  });
});
