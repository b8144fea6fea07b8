/**
 * How many sessions and join links a second the API makes, on SQLite with every answer on disk first.
 * The server is a process of its own; load comes from this one, over loopback, on the same cores.
 */
import { cpus } from 'node:os';
import autocannon, { type Result } from 'autocannon';
import type { CreateSessionResponse } from '@televisit/shared/api';
import { ServerProcess } from '../support/server-process.ts';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts';
import { INTERNAL_SECRET } from '../support/secrets.ts';
import { median } from '../support/statistics.ts';

const RUNS = 5;
const SECONDS = 5;
const CONNECTIONS = 50;
const BAR_CREATES = 2000;

interface Load {
  readonly url: string;
  readonly path: string;
  readonly body: () => object;
}

async function measure({ url, path, body }: Load): Promise<Result> {
  const result = await autocannon({
    url: url + path,
    method: 'POST',
    duration: SECONDS,
    connections: CONNECTIONS,
    headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: JSON.stringify(body()) }) }],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${path}: ${result.non2xx} answers that were not 2xx, ${result.errors} errors`);
  }
  return result;
}

async function report(name: string, load: Load): Promise<number> {
  const results: Result[] = [];
  for (let run = 0; run < RUNS; run++) results.push(await measure(load));
  const rate = median(results.map(({ requests }) => requests.average));
  const p50 = median(results.map(({ latency }) => latency.p50));
  const p99 = median(results.map(({ latency }) => latency.p99));
  console.log(`${name.padEnd(16)} ${rate.toFixed(0).padStart(7)} a second   p50 ${p50} ms   p99 ${p99} ms`);
  return rate;
}

const dataDir = makeTemporaryFolder();
const server = new ServerProcess({ DATA_DIR: dataDir, WORKERS: '1', LOG_LEVEL: 'warn' });
try {
  const { localUrl: url } = await server.listening();
  console.log(`api on SQLite: median of ${RUNS} runs of ${SECONDS} s, ${CONNECTIONS} connections`);
  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared with the load generator`,
  );
  let next = 0;
  const create = () => ({ appointmentId: `appointment-${++next}`, doctorId: 'doctor', patientId: 'patient' });
  const rate = await report('creates', { url, path: '/sessions', body: create });
  const response = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' },
    body: JSON.stringify(create()),
  });
  const { sessionId } = (await response.json()) as CreateSessionResponse;
  const seat = { role: 'doctor', userId: 'doctor' };
  await report('join links', { url, path: `/sessions/${sessionId}/join`, body: () => seat });
  console.log(`bar: ${BAR_CREATES} creates a second: ${rate >= BAR_CREATES ? 'met' : 'MISSED'}`);
} finally {
  await server.dispose();
  removeFolder(dataDir);
}
