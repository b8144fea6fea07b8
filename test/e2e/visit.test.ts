import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { tokenOf } from '../support/clients/backend.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();

/** Opens a visit that both have joined. */
async function meeting() {
  const { sessionId } = await site.server.createVisit();
  const [doctorLink, patientLink] = await Promise.all([
    site.server.joinUrl(sessionId, 'doctor'),
    site.server.joinUrl(sessionId, 'patient'),
  ]);
  const doctor = await site.join(doctorLink);
  const patient = await site.join(patientLink);
  return { sessionId, doctor, patient, doctorLink, patientLink };
}

/** Waits until new frames and new sound arrive from a participant. */
async function seesAndHears(one: Visitor, userId: string): Promise<void> {
  const before = await one.receivedFrom(userId);
  await expect.poll(async () => (await one.receivedFrom(userId)).frames).toBeGreaterThan(before.frames + 5);
  await expect.poll(async () => (await one.receivedFrom(userId)).energy).toBeGreaterThan(before.energy);
}

describe('a doctor and a patient', () => {
  it('a doctor and a patient see and hear each other', async () => {
    const { doctor, patient } = await meeting();
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(patient, 'doctor')]);
    expect(await doctor.page.locator('[data-testid="remote-video"][data-user-id="patient"]').count()).toBe(1);
    const painted = (one: Visitor) =>
      one
        .byTestId('remote-video')
        .evaluate((video: HTMLVideoElement) => video.videoWidth > 0 && !video.paused);
    await expect.poll(() => painted(doctor)).toBe(true);
    await expect.poll(() => painted(patient)).toBe(true);
    await doctor.screenshot('call-desktop');
  });

  it('the report says how well their media arrived', async () => {
    const { sessionId, doctor, patient } = await meeting();
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(patient, 'doctor')]);
    await site.server.api.endSession(sessionId);
    const scores = async () => {
      const { participants } = await site.server.api.getReport(sessionId);
      return participants.flatMap(({ quality }) => [quality.sent, quality.received]);
    };
    await expect.poll(async () => (await scores()).every((score) => score !== null && score > 5)).toBe(true);
  });

  it('each sees when the other mutes and unmutes', async () => {
    const { doctor, patient } = await meeting();
    const microphone = () => doctor.tileOf('patient').getAttribute('data-microphone');
    await expect.poll(microphone).toBe('on');
    expect(await patient.byTestId('mic-toggle').getAttribute('aria-pressed')).toBe('true');
    await patient.byTestId('mic-toggle').click();
    await expect.poll(microphone).toBe('off');
    expect(await patient.byTestId('mic-toggle').getAttribute('aria-pressed')).toBe('false');
    const silent = (await doctor.receivedFrom('patient')).energy;
    await patient.byTestId('mic-toggle').click();
    await expect.poll(microphone).toBe('on');
    await expect.poll(async () => (await doctor.receivedFrom('patient')).energy).toBeGreaterThan(silent);
  });

  it('a camera that is switched off releases the device, and comes back', async () => {
    const { doctor, patient } = await meeting();
    const camera = () => doctor.tileOf('patient').getAttribute('data-camera');
    await expect.poll(camera).toBe('on');
    await patient.byTestId('camera-toggle').click();
    await expect.poll(camera).toBe('off');
    await doctor.screenshot('call-camera-off-desktop');
    const live = () =>
      patient.page.evaluate(
        () => window.__televisit?.client.getState().local.camera.track?.readyState === 'live',
      );
    await expect.poll(live).toBe(false);
    const before = (await doctor.receivedFrom('patient')).frames;
    await patient.byTestId('camera-toggle').click();
    await expect.poll(camera).toBe('on');
    await expect.poll(async () => (await doctor.receivedFrom('patient')).frames).toBeGreaterThan(before);
  });

  it('a participant who reloads comes back as the same person and leaves no second tile', async () => {
    const { doctor, patient } = await meeting();
    await patient.page.reload();
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(0);
    await patient.pressJoin();
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(patient, 'doctor')]);
    expect(await doctor.byTestId('participant').count()).toBe(1);
    expect(await doctor.byTestId('remote-video').count()).toBe(1);
  });

  it('a participant who leaves disappears from the other page at once', async () => {
    const { doctor, patient } = await meeting();
    await expect.poll(() => doctor.byTestId('remote-video').count()).toBe(1);
    await patient.byTestId('leave-button').click();
    await patient.byTestId('left-screen').waitFor();
    await expect.poll(() => doctor.byTestId('remote-video').count()).toBe(0);
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(0);
    await patient.screenshot('left-desktop');
    await doctor.screenshot('call-alone-desktop');
  });

  it('a participant who closes the tab disappears from the other page at once', async () => {
    const { doctor, patient } = await meeting();
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(1);
    await patient.page.close({ runBeforeUnload: true });
    await expect.poll(() => doctor.byTestId('participant').count(), { timeout: 5000 }).toBe(0);
  });

  it('the doctor ends the visit for everyone after a confirmation, both see it, and no one can come back', async () => {
    const { doctor, patient, patientLink } = await meeting();
    expect(await patient.byTestId('end-button').count()).toBe(0);
    await doctor.byTestId('end-button').click();
    await doctor.screenshot('end-dialog-desktop');
    await doctor.page.getByRole('dialog').getByRole('button', { name: /end/i }).click();
    for (const one of [doctor, patient]) {
      await one.byTestId('error-screen').waitFor();
      expect(await one.byTestId('error-screen').getAttribute('data-code')).toBe('session_over');
    }
    await patient.page.goto(patientLink);
    await expect.poll(() => patient.byTestId('error-screen').getAttribute('data-code')).toBe('session_over');
  });

  it('a second device asks before it takes over, and the first one shows that', async () => {
    const { doctor, patient, patientLink } = await meeting();
    const second = await site.open(patientLink);
    await second.byTestId('join-button').click();
    await expect
      .poll(() => second.byTestId('error-screen').getAttribute('data-code'))
      .toBe('joined_elsewhere');
    await second.screenshot('elsewhere-desktop');
    expect(await patient.byTestId('call').count()).toBe(1);
    await second.byTestId('take-over').click();
    await expect.poll(() => patient.byTestId('error-screen').getAttribute('data-code')).toBe('replaced');
    await patient.screenshot('replaced-desktop');
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(second, 'doctor')]);
    expect(await doctor.byTestId('participant').count()).toBe(1);
  });

  it('both see each other again after the media worker has died', async () => {
    const { doctor, patient } = await meeting();
    await seesAndHears(doctor, 'patient');
    const [node] = [...site.server.televisit.nodes.values()];
    await doctor.page.evaluate(() => {
      const { client } = window.__televisit!;
      const states = new Set<string>();
      client.subscribe(({ connection }) => states.add(connection));
      Object.assign(window, { connectionStates: states });
    });
    process.kill(node!.workers[0]!.pid, 'SIGKILL');
    // Too short to be seen on a fast machine, but announced nevertheless.
    await expect
      .poll(() =>
        doctor.page.evaluate(() => [
          ...(window as unknown as { connectionStates: Set<string> }).connectionStates,
        ]),
      )
      .toEqual(expect.arrayContaining(['reconnecting', 'connected']));
    await Promise.all([seesAndHears(doctor, 'patient'), seesAndHears(patient, 'doctor')]);
    await expect.poll(() => doctor.byTestId('connection-banner').isVisible()).toBe(false);
    expect(await doctor.byTestId('participant').count()).toBe(1);
  });
});

describe('the page before Join', () => {
  it('the page sends no media packet before Join, although everything is prepared', async () => {
    const { sessionId } = await site.server.createVisit();
    const patient = await site.openAs(sessionId, 'patient');
    await expect.poll(() => patient.producers()).toBe(2);
    await expect
      .poll(() => patient.page.evaluate(() => window.__televisit?.client.getState().connection))
      .toBe('connected');
    // Several intervals in which an encoder would have sent something.
    const frames = () =>
      patient
        .byTestId('local-video')
        .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
    const shown = await frames();
    await expect.poll(frames).toBeGreaterThan(shown + 40);
    expect(await patient.sentPackets()).toBe(0);
    await patient.pressJoin();
    await expect.poll(() => patient.sentPackets()).toBeGreaterThan(0);
  });

  it('the page removes the token from the address and keeps it for a reload only', async () => {
    const { sessionId } = await site.server.createVisit();
    const link = await site.server.joinUrl(sessionId, 'patient');
    const patient = await site.open(link);
    await patient.byTestId('prejoin').waitFor();
    expect(patient.page.url()).toBe(`${site.server.televisit.url}/join/${sessionId}`);
    await patient.page.reload();
    await patient.byTestId('prejoin').waitFor();
    const other = await patient.context.newPage();
    await other.goto(patient.page.url());
    await expect
      .poll(() => other.getByTestId('error-screen').getAttribute('data-code'))
      .toBe('token_missing');
  });

  it('camera and microphone can be switched off before Join, and stay off in the call', async () => {
    const { doctor, sessionId } = await meeting();
    const patient = await site.openAs(sessionId, 'patient');
    await patient.byTestId('prejoin').waitFor();
    await expect.poll(() => patient.producers()).toBe(2);
    await patient.byTestId('mic-toggle').click();
    await patient.byTestId('camera-toggle').click();
    await patient.byTestId('join-button').click();
    await patient.byTestId('take-over').click();
    await patient.byTestId('call').waitFor();
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toMatch(/off|none/);
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-camera')).toMatch(/off|none/);
    await patient.byTestId('camera-toggle').click();
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-camera')).toBe('on');
  });
});

describe('a third browser with a forged token', () => {
  it('a forged token is refused, and the call is not affected', async () => {
    const { doctor, patientLink, sessionId } = await meeting();
    const claims = jwt.decode(tokenOf(patientLink)) as object;
    const { header } = jwt.decode(tokenOf(patientLink), { complete: true })!;
    const forged = jwt.sign({ ...claims, sub: 'intruder', role: 'doctor' }, 'guess', { keyid: header.kid! });
    const link = `${site.server.televisit.url}/join/${sessionId}?token=${forged}`;
    const intruder = await site.open(link);
    await expect
      .poll(() => intruder.byTestId('error-screen').getAttribute('data-code'))
      .toBe('token_signature');
    expect(await intruder.byTestId('join-button').count()).toBe(0);
    expect(await doctor.byTestId('participant').count()).toBe(1);
  });
});
