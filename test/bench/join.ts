/**
 * How long a join takes: from the click on Join to the first painted frame of the other side, into a running visit, in
 * Chromium with fake devices. Server, worker and browsers share the machine's cores.
 *
 * `join` measures over loopback; `join 150` with a round trip of 150 ms between each of the two browsers and the server,
 * for which it needs root. A second number is how often somebody joins.
 */
import { cpus } from 'node:os';
import { joinPlaces } from '../support/join-places.ts';
import { Visitor } from '../support/chromium.ts';
import { Backend } from '../support/backend.ts';
import { percentile } from '../support/statistics.ts';

interface Join {
  readonly ackMs: number;
  readonly frameMs: number;
  readonly awaited: number;
}

const [roundTripMs = 0, joins = 50] = process.argv.slice(2).map(Number);
const LOOPBACK_BAR = { p50: 80, p95: 150 };
const PATIENCE_MS = 60_000;

async function joinOnce(patient: Visitor): Promise<Join> {
  // As somebody who has looked at the preview for two seconds: their camera runs, and everything is prepared.
  while (!(await patient.page.evaluate(isPrepared))) await patient.page.waitForTimeout(50);
  const { x, y } = await centreOf(patient, 'join-button');
  // Listening already, and told by the mark: nothing of the bench runs in the page between the click and the picture.
  const times = patient.page.evaluate(firstFrame, PATIENCE_MS);
  await patient.page.mouse.click(x, y);
  const { clickAt, ackAt, firstFrameAt, awaitedMessages } = await times;
  return { ackMs: ackAt! - clickAt!, frameMs: firstFrameAt! - clickAt!, awaited: awaitedMessages! };
}

async function centreOf(visitor: Visitor, testId: string): Promise<{ x: number; y: number }> {
  const box = (await visitor.byTestId(testId).boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Runs in the page: what the join that comes has cost when its first picture is painted. */
function firstFrame(patienceMs: number) {
  const { client } = window.__televisit!;
  return new Promise<typeof client.metrics>((resolve, reject) => {
    new PerformanceObserver((list) => {
      if (list.getEntriesByName('televisit:first-remote-frame').length > 0)
        setTimeout(() => resolve(client.metrics));
    }).observe({ entryTypes: ['mark'] });
    setTimeout(() => reject(new Error('no picture came')), patienceMs);
  });
}

async function isPrepared(): Promise<boolean> {
  const stats = await window.__televisit?.client.stats();
  const preview = document.querySelector<HTMLVideoElement>('[data-testid="local-video"]');
  const frames = preview?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
  return stats?.outbound.length === 2 && stats.inbound.length === 3 && frames > 60;
}

function row(name: string, times: number[]): string {
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(0));
  return `${name.padEnd(40)} p50 ${p50} ms   p95 ${p95} ms   max ${max} ms`;
}

const places = await joinPlaces(roundTripMs);
try {
  const backend = new Backend(places.apiUrl);
  const { sessionId } = await backend.createVisit();
  const doctor = await Visitor.join(places.doctor, await backend.joinUrl(sessionId, 'doctor'));
  const results: Join[] = [];
  for (let join = 0; join < joins; join++) {
    const patient = await Visitor.open(places.patient, await backend.joinUrl(sessionId, 'patient'));
    results.push(await joinOnce(patient));
    await patient.byTestId('leave-button').click();
    await patient.byTestId('left-screen').waitFor();
    await patient.close();
    await doctor.page.waitForFunction(() => document.querySelector('[data-testid=participant]') === null);
  }
  const frames = results.map(({ frameMs }) => frameMs);
  const [p50, p95] = [percentile(frames, 0.5), percentile(frames, 0.95)];
  const awaited = Math.max(...results.map((join) => join.awaited));
  const where = roundTripMs > 0 ? `at round trips of ${roundTripMs} ms` : 'over loopback';
  console.log(`join: ${joins} joins into a running visit ${where}`);
  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by server, worker and browsers`,
  );
  const acks = results.map(({ ackMs }) => ackMs);
  console.log(row('click to the answer', acks));
  console.log(row('click to the first painted frame', frames));
  console.log(`awaited messages in that path: ${awaited}`);
  const overTrips = 2 * roundTripMs + LOOPBACK_BAR.p50;
  const inTime = roundTripMs > 0 ? p50 <= overTrips : p50 <= LOOPBACK_BAR.p50 && p95 <= LOOPBACK_BAR.p95;
  const bar =
    roundTripMs > 0
      ? `p50 <= 2 round trips + ${LOOPBACK_BAR.p50} ms = ${overTrips} ms`
      : `p50 <= ${LOOPBACK_BAR.p50} ms, p95 <= ${LOOPBACK_BAR.p95} ms`;
  console.log(`bar: ${bar}, and one awaited message: ${inTime && awaited <= 1 ? 'met' : 'MISSED'}`);
} finally {
  await places.close();
}
