import { describe, expect, it, onTestFinished } from 'vitest';
import { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();
const WAIT = { timeout: 20_000 };

/** A script for the page: its browser refuses to send a picture with more layers than this. */
const refuseLayersAbove = (layers: number) => `
  const { addTransceiver } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addTransceiver = function (track, init) {
    if (track.kind === 'video' && (init?.sendEncodings?.length ?? 1) > ${layers}) {
      throw new DOMException('refused', 'OperationError');
    }
    return addTransceiver.call(this, track, init);
  };`;

/** A script for the page: its browser knows only one codec for pictures. */
const knowOnly = (codec: string) => `
  const { createOffer } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createOffer = function () {
    const { codecs } = RTCRtpReceiver.getCapabilities('video');
    const known = codecs.filter(({ mimeType }) => ['${codec}', 'video/rtx'].includes(mimeType));
    for (const transceiver of this.getTransceivers()) {
      if (transceiver.receiver.track.kind === 'video') transceiver.setCodecPreferences(known);
    }
    return createOffer.call(this);
  };`;

/** Lets a doctor join, and a patient whose browser runs a script before the page does. */
async function meet(script: string) {
  const { sessionId } = await site.server.createVisit(undefined, { options: { waitingRoom: 'off' } });
  const doctor = await site.joinAs(sessionId, 'doctor');
  const patient = await Visitor.open(doctor.context.browser()!, 'about:blank');
  onTestFinished(() => patient.close());
  await patient.context.addInitScript({ content: `{${script}}` });
  await patient.page.goto(await site.server.joinUrl(sessionId, 'patient'));
  await patient.pressJoin();
  return { doctor, patient };
}

const framesFrom = async (viewer: Visitor, userId: string) => (await viewer.receivedFrom(userId)).frames;

describe('a camera that the browser refuses to send', () => {
  it('a camera is sent without layers if the browser refuses layers', async () => {
    const { doctor } = await meet(refuseLayersAbove(1));
    await expect.poll(() => framesFrom(doctor, 'patient'), WAIT).toBeGreaterThan(10);
  });

  it('a camera is off, and both participants see that, if the browser refuses to send it in any way', async () => {
    const { doctor, patient } = await meet(refuseLayersAbove(0));
    await expect
      .poll(() => patient.page.locator('[role="alert"]').textContent(), WAIT)
      .toContain('can’t send the picture');
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-camera'), WAIT).toBe('none');
    await expect.poll(() => framesFrom(patient, 'doctor'), WAIT).toBeGreaterThan(10);
  });
});

describe('a camera that another browser cannot decode', () => {
  it('a camera that another browser cannot decode is sent with another codec', async () => {
    const { doctor, patient } = await meet(knowOnly('video/H264'));
    const known = await patient.page.evaluate(() => RTCRtpSender.getCapabilities('video')?.codecs ?? []);
    if (!known.some(({ mimeType }) => mimeType === 'video/H264')) {
      console.warn('SKIPPED: a camera in H264 only. This Chromium does not know it.');
      return;
    }
    await expect.poll(() => framesFrom(patient, 'doctor'), WAIT).toBeGreaterThan(10);
    await expect.poll(() => framesFrom(doctor, 'patient'), WAIT).toBeGreaterThan(10);
  });
});
