/**
 * Records a visit of two real browsers for SOAK_MINUTES minutes (30), while devices are switched, networks become bad, servers are
 * drained and media workers die, and checks that nothing is lost: each picture and each beep tells when it was sent.
 * SOAK_KEEP names a folder in which the files and what the pages sent are kept.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SoakVisit } from './recording/visit.ts';
import { judge, type Evidence } from './recording/verdict.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 30);
const STEADY_MS = 8000;
/** A round takes this long at least. */
const ROUND_MS = 150_000;

const load = () => loadavg()[0]?.toFixed(1) ?? '?';
const time = () => new Date().toISOString().slice(11, 19);
const tell = (text: string) => console.log(`${time()} ${text} (load average ${load()})`);

/** Everything that may happen to a recording, once. */
async function round(visit: SoakVisit): Promise<void> {
  await pause(STEADY_MS);
  tell('the doctor mutes and unmutes');
  await visit.interrupt('doctor', 'mic-toggle', 7);
  await pause(STEADY_MS);
  tell('the patient switches the camera off and on');
  await visit.interrupt('patient', 'camera-toggle', 7);
  await pause(STEADY_MS);
  tell('the doctor shares a screen');
  await visit.share(15);
  await pause(STEADY_MS);
  tell('the uplink of the patient is narrow');
  await visit.disturb('uplink', 'patient', { kbit: 250 }, 15);
  await pause(STEADY_MS);
  tell('the network of the doctor loses packets');
  await visit.disturb('loss', 'doctor', { lossPercent: 10 }, 15);
  await pause(STEADY_MS);
  tell('the server is drained');
  await visit.drain();
  await pause(STEADY_MS);
  tell('the media worker is killed');
  await visit.killWorker();
  await pause(STEADY_MS);
}

async function record(visit: SoakVisit): Promise<Evidence> {
  const from = Date.now();
  const until = performance.now() + MINUTES * 60_000;
  do await round(visit);
  while (performance.now() + ROUND_MS < until);
  await pause(Math.max(0, until - performance.now()));
  const to = Date.now();
  const sent = await visit.sent();
  tell('the visit ends');
  const { complete, files } = await visit.end();
  tell('the recording is ready');
  const evidence = { from, to, sent, disturbances: visit.disturbances, complete };
  const streams = await visit.read(files);
  keep({ ...evidence, files: streams });
  const patienceMs = 600_000 + 4 * (to - from);
  const composition = await visit
    .composed(patienceMs, (progress) => tell(`composition: ${(progress * 100).toFixed(0)}%`))
    .catch((error: unknown) => {
      tell(String(error));
      return [];
    });
  const all = { ...evidence, files: [...streams, ...composition] };
  keep(all);
  return all;
}

console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}; ${MINUTES} minutes`);
const visit = await SoakVisit.open();
try {
  tell(`the visit is recorded on ${visit.servers.description}`);
  const evidence = await record(visit);
  tell('the files are measured');
  const { table, faults } = await judge(evidence);
  console.log(table);
  if (faults.length > 0) console.log(visit.servers.logs());
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? 'nothing was lost' : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  console.log(visit.servers.logs());
  throw error;
} finally {
  await visit.close();
}

function keep(evidence: Evidence): void {
  const folder = process.env.SOAK_KEEP;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const files = evidence.files.map((file) => {
    const path = join(folder, file.fileId);
    if (path !== file.path) cpSync(file.path, path);
    return { ...file, path };
  });
  writeFileSync(join(folder, 'evidence.json'), JSON.stringify({ ...evidence, files }));
}
