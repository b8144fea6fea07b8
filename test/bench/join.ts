/**
 * How long a join takes: from the click on Join to the first painted frame of the other side, into a running visit,
 * over loopback, in Chromium with fake devices. Server, worker and both browsers share the machine's cores.
 */
import { cpus } from 'node:os';
import { launchChromium, Visitor } from '../support/chromium.ts';
import { percentile } from '../support/statistics.ts';
import { Backend } from '../support/backend.ts';
import { ServerProcess } from '../support/server-process.ts';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts';

const JOINS = 30;
const BAR_P50_MS = 200;

async function joinOnce(patient: Visitor): Promise<{ ms: number; awaited: number }> {
  // As somebody who has looked at the preview for two seconds: their camera runs, and everything is prepared.
  while (!(await isPrepared(patient))) await patient.page.waitForTimeout(50);
  await patient.byTestId('join-button').click();
  const times = await patient.page.waitForFunction(() => {
    const metrics = window.__televisit?.client.metrics;
    return metrics?.firstFrameAt ? metrics : null;
  });
  const { clickAt, firstFrameAt, awaitedMessages } = (await times.jsonValue())!;
  return { ms: firstFrameAt! - clickAt!, awaited: awaitedMessages! };
}

function isPrepared(patient: Visitor): Promise<boolean> {
  return patient.page.evaluate(async () => {
    const stats = await window.__televisit?.client.stats();
    const preview = document.querySelector<HTMLVideoElement>('[data-testid="local-video"]');
    const frames = preview?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    return stats?.outbound.length === 2 && stats.inbound.length === 3 && frames > 60;
  });
}

const dataDir = makeTemporaryFolder();
const server = new ServerProcess({ DATA_DIR: dataDir, WORKERS: '1', LOG_LEVEL: 'warn' });
const browser = await launchChromium();
try {
  const backend = new Backend((await server.listening()).localUrl);
  const { sessionId } = await backend.createVisit();
  const doctor = await Visitor.join(browser, await backend.joinUrl(sessionId, 'doctor'));
  const results: { ms: number; awaited: number }[] = [];
  for (let join = 0; join < JOINS; join++) {
    const patient = await Visitor.open(browser, await backend.joinUrl(sessionId, 'patient'));
    results.push(await joinOnce(patient));
    await patient.byTestId('leave-button').click();
    await patient.byTestId('left-screen').waitFor();
    await patient.close();
    await doctor.page.waitForFunction(() => document.querySelector('[data-testid=participant]') === null);
  }
  const times = results.map(({ ms }) => ms);
  const p50 = percentile(times, 0.5);
  const awaited = Math.max(...results.map(({ awaited: count }) => count));
  console.log(
    `join: ${JOINS} joins into a running visit over loopback, click to first painted frame of the other side`,
  );
  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by server, worker and browsers`,
  );
  console.log(
    `p50 ${p50.toFixed(0)} ms   p95 ${percentile(times, 0.95).toFixed(0)} ms   max ${Math.max(...times).toFixed(0)} ms`,
  );
  console.log(`awaited messages in that path: ${awaited}`);
  console.log(
    `bar: p50 <= ${BAR_P50_MS} ms and one awaited message: ${p50 <= BAR_P50_MS && awaited <= 1 ? 'met' : 'MISSED'}`,
  );
} finally {
  await browser.close();
  await server.dispose();
  removeFolder(dataDir);
}
