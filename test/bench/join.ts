/**
 * Measures how long a join takes: from the click on Join to the first painted frame of the other side, into a running
 * visit, in Chromium with fake devices. Server, worker and browsers share the machine's cores.
 *
 * `join` measures over loopback; `join 150` with a round trip of 150 ms between each browser and the server, for which
 * it needs root. A second number is the number of joins. `join --lab` measures at round trips of 0, 50 and 150 ms, each
 * with 0, 5 and 10% of the packets lost in each direction; a number after it is the number of joins. A join without
 * video counts as one that takes forever.
 */
import { cpus, loadavg } from 'node:os';
import { joinPlaces, type JoinPlaces } from '../support/fixtures/join-environments.ts';
import { Visitor } from '../support/clients/chromium.ts';
import { Backend } from '../support/clients/backend.ts';
import { percentile } from '../support/measure/statistics.ts';

interface Join {
  readonly ackMs: number;
  readonly frameMs: number;
  readonly awaited: number;
}

const LAB_ROUND_TRIPS_MS = [0, 50, 150];
const LAB_LOSS_PERCENT = [0, 5, 10];
const LAB_JOINS = 15;
const LOOPBACK_BAR = { p50: 80, p95: 150 };
/** A client without video by then gets none: on a network this bad both may have switched to audio only. */
const PATIENCE_MS = 30_000;

async function joinOnce(patient: Visitor): Promise<Join> {
  // As for a participant who has looked at the preview for two seconds: the camera runs, and everything is prepared.
  while (!(await patient.page.evaluate(isPrepared))) await patient.page.waitForTimeout(50);
  const { x, y } = await centreOf(patient, 'join-button');
  // The listeners exist already and read the mark: nothing of the bench runs in the page between the click and the
  // video.
  const times = patient.page.evaluate(firstFrame, PATIENCE_MS);
  await patient.page.mouse.click(x, y);
  const { clickAt, ackAt, firstFrameAt, awaitedMessages } = await times;
  return { ackMs: ackAt! - clickAt!, frameMs: firstFrameAt! - clickAt!, awaited: awaitedMessages! };
}

async function centreOf(visitor: Visitor, testId: string): Promise<{ x: number; y: number }> {
  const box = (await visitor.byTestId(testId).boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Runs in the page: returns what the next join has cost when its first frame is painted. */
function firstFrame(patienceMs: number) {
  const { client } = window.__televisit!;
  return new Promise<typeof client.metrics>((resolve) => {
    new PerformanceObserver((list) => {
      if (list.getEntriesByName('televisit:first-remote-frame').length > 0)
        setTimeout(() => resolve(client.metrics));
    }).observe({ entryTypes: ['mark'] });
    setTimeout(() => resolve({ ...client.metrics, firstFrameAt: Infinity }), patienceMs);
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

/** Lets one participant join and leave repeatedly, into the visit of another who stays. */
async function measure(places: JoinPlaces, joins: number): Promise<Join[]> {
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
  return results;
}

async function oneWay(roundTripMs: number, joins: number): Promise<void> {
  const places = await joinPlaces(roundTripMs > 0 ? { roundTripMs } : undefined);
  try {
    const results = await measure(places, joins);
    const frames = results.map(({ frameMs }) => frameMs);
    const [p50, p95] = [percentile(frames, 0.5), percentile(frames, 0.95)];
    const awaited = Math.max(...results.map((join) => join.awaited));
    const where = roundTripMs > 0 ? `at round trips of ${roundTripMs} ms` : 'over loopback';
    console.log(`join: ${joins} joins into a running visit ${where}`);
    console.log(machine());
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
    const blind = frames.filter((ms) => ms === Infinity).length;
    if (blind > 0) console.log(`joins without video within ${PATIENCE_MS / 1000} s: ${blind}`);
    const isMet = inTime && awaited <= 1 && blind === 0;
    console.log(`bar: ${bar}, and one awaited message: ${isMet ? 'met' : 'MISSED'}`);
  } finally {
    await places.close();
  }
}

/** Every cell has its own server, lab and browsers. */
async function matrix(joins: number): Promise<void> {
  console.log(`join: ${joins} joins into a running visit in each cell, click to the first painted frame`);
  console.log(machine());
  console.log('round trip   lost each way   p50 ms   p95 ms   max ms   load average');
  for (const roundTripMs of LAB_ROUND_TRIPS_MS) {
    for (const lossPercent of LAB_LOSS_PERCENT) {
      const places = await joinPlaces({ roundTripMs, lossPercent });
      try {
        const frames = (await measure(places, joins)).map(({ frameMs }) => frameMs);
        const cells = [0.5, 0.95, 1].map((share) => percentile(frames, share).toFixed(0).padStart(6));
        const way = `${`${roundTripMs} ms`.padStart(10)}   ${`${lossPercent}%`.padStart(13)}`;
        console.log(`${way}   ${cells.join('   ')}   ${loadavg()[0]?.toFixed(1).padStart(12)}`);
      } finally {
        await places.close();
      }
    }
  }
}

function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by server, worker and browsers`;
}

const args = process.argv.slice(2);
const [first, second] = args.filter((arg) => arg !== '--lab').map(Number);
if (args.includes('--lab')) await matrix(first ?? LAB_JOINS);
else await oneWay(first ?? 0, second ?? 50);
