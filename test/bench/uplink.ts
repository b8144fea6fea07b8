/**
 * Measures what a camera costs its sender's uplink with no, a small and a large view of it at the other end, and how
 * long the video freezes when the view grows. Chromium with fake devices over loopback; bytes of the sending transport.
 */
import { cpus } from 'node:os';
import { Backend } from '../support/clients/backend.ts';
import { Visitor } from '../support/clients/chromium.ts';
import { joinPlaces } from '../support/fixtures/join-environments.ts';
import { median } from '../support/measure/statistics.ts';

/** Delay after a change before its effect is measured, and for how many seconds. */
const SETTLE_MS = 5_000;
const SECONDS = 8;
const GROWS = 5;
const PATIENCE_MS = 180_000;
/** Of the lowest simulcast layer of a camera of 1280 pixels. */
const SMALLEST_WIDTH = 320;

const BARS = { nobody: 100, small: 250 };
const BAR_FREEZE_MS = 1_000;

/** Returns the bits sent, in thousands a second: the median of several seconds. */
async function uplink(sender: Visitor): Promise<number> {
  await sender.page.waitForTimeout(SETTLE_MS);
  const perSecond: number[] = [];
  let before = await sentBytes(sender);
  for (let second = 0; second < SECONDS; second++) {
    await sender.page.waitForTimeout(1000);
    const now = await sentBytes(sender);
    perSecond.push(((now.bytes - before.bytes) * 8) / (now.at - before.at));
    before = now;
  }
  return median(perSecond);
}

function sentBytes(sender: Visitor): Promise<{ bytes: number; at: number }> {
  return sender.page.evaluate(async () => {
    const stats = await window.__televisit?.client.stats();
    return { bytes: stats?.transports.send?.bytesSent ?? 0, at: performance.now() };
  });
}

/** Sets what the page shows of the doctor, as its layout would. */
async function show(viewer: Visitor, width: number): Promise<void> {
  await viewer.page.evaluate((pixels) => {
    window.__televisit?.client.setViews([{ userId: 'doctor', source: 'camera', width: pixels }]);
  }, width);
}

interface Seen {
  longest: number;
  last: number;
  grownAt: number;
  readonly startedAt: number;
}

/**
 * Lets a small view grow. @returns how long until the video has grown, and its longest freeze meanwhile, in
 * milliseconds
 */
async function grow(viewer: Visitor): Promise<{ freezeMs: number; afterMs: number }> {
  await show(viewer, 200);
  await viewer.page.waitForTimeout(SETTLE_MS);
  // A machine that is too slow for this decides to show small video.
  await viewer.page.waitForFunction(
    () => window.__televisit?.client.getState().mediaMode === 'full',
    undefined,
    { timeout: PATIENCE_MS },
  );
  await viewer.page.evaluate((small) => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid="remote-video"]');
    const now = performance.now();
    const seen: Seen = { longest: 0, last: now, grownAt: 0, startedAt: now };
    Object.assign(window, { seen });
    const frame = (at: number, { width }: { width: number }) => {
      seen.longest = Math.max(seen.longest, at - seen.last);
      seen.last = at;
      if (width > small && seen.grownAt === 0) seen.grownAt = at;
      video?.requestVideoFrameCallback(frame);
    };
    video?.requestVideoFrameCallback(frame);
  }, SMALLEST_WIDTH);
  await show(viewer, 1280);
  const grown = await viewer.page.waitForFunction(
    () => {
      const { seen } = window as unknown as { seen: Seen };
      return seen.grownAt > 0 ? seen : null;
    },
    undefined,
    { timeout: PATIENCE_MS },
  );
  const { longest, grownAt, startedAt } = (await grown.jsonValue())!;
  return { freezeMs: longest, afterMs: grownAt - startedAt };
}

const met = (good: boolean) => (good ? 'met' : 'MISSED');

/** Measures and prints. */
async function row(what: string, sender: Visitor): Promise<number> {
  const kbits = await uplink(sender);
  console.log(`${what.padEnd(30)} ${kbits.toFixed(0).padStart(6)} kbit/s`);
  return kbits;
}

const places = await joinPlaces();
try {
  const backend = new Backend(places.apiUrl);
  const { sessionId } = await backend.createVisit(undefined, { options: { waitingRoom: 'off' } });
  console.log('uplink: bytes sent by a device with camera and microphone on, over loopback');
  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by server, worker and browsers`,
  );
  const doctor = await Visitor.join(places.doctor, await backend.joinUrl(sessionId, 'doctor'));
  const alone = await row('alone in the visit', doctor);
  const patient = await Visitor.join(places.patient, await backend.joinUrl(sessionId, 'patient'));
  await show(patient, 1280);
  await row('one viewer, 1280 pixels wide', doctor);
  await show(patient, 200);
  const small = await row('one viewer, 200 pixels wide', doctor);
  await show(patient, 0);
  const hidden = await row('one viewer, picture hidden', doctor);
  const grows: { freezeMs: number; afterMs: number }[] = [];
  for (let round = 0; round < GROWS; round++) grows.push(await grow(patient));
  const freeze = Math.max(...grows.map(({ freezeMs }) => freezeMs));
  const after = median(grows.map(({ afterMs }) => afterMs));
  console.log(
    `from small to large, ${GROWS} times: larger after ${after.toFixed(0)} ms (p50), longest freeze ${freeze.toFixed(0)} ms`,
  );
  console.log(`bar: no view <= ${BARS.nobody} kbit/s: ${met(Math.max(alone, hidden) <= BARS.nobody)}`);
  console.log(`bar: small view <= ${BARS.small} kbit/s within 5 s: ${met(small <= BARS.small)}`);
  console.log(`bar: no freeze over ${BAR_FREEZE_MS} ms: ${met(freeze <= BAR_FREEZE_MS)}`);
} finally {
  await places.close();
}
