/**
 * Measures how many events a second one server process on SQLite delivers to a healthy receiver, and how long after the
 * change each one arrives. Receiver, load and server share the machine's cores; everything goes over loopback.
 */
import { Agent, request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { endpoint, SECRET } from '@televisit/server/webhooks/testing/endpoints';
import { newVisit } from '../support/fixtures/stored-sessions.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { startServer } from '../support/infra/start-server.ts';
import { median, percentile } from '../support/measure/statistics.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { WebhookReceiver } from '../support/infra/webhook-receiver.ts';

const RUNS = 5;
const SECONDS = 6;
const OFFERED = 500;
const CONNECTIONS = 50;
/** Undelivered events for the run that measures how fast a process sends at most. */
const BACKLOG = 6000;
const BAR_RATE = 500;
const BAR_P99_MS = 200;

const HEADERS = { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' };
const ENV = { WORKERS: '1', LOG_LEVEL: 'warn', API_RATE_LIMIT: '0', WEBHOOK_ALLOW_HOSTS: '127.0.0.1' };

let created = 0;

interface Bench {
  readonly receiver: WebhookReceiver;
  readonly store: SqliteStore;
  /** Closes the store and starts the server on it. */
  readonly start: () => Promise<string>;
}

/** Opens a store with an endpoint and its receiver, and removes all of it afterwards. */
async function withServer<T>(run: (bench: Bench) => Promise<T>): Promise<T> {
  const dataDir = makeTemporaryFolder();
  const receiver = await WebhookReceiver.open({ secret: SECRET });
  const store = SqliteStore.open(dataDir);
  const { url } = receiver;
  await store.webhooks.insertEndpoint(endpoint('bench', { url, createdAt: Date.now() - 60_000 }));
  let server: ServerProcess | undefined;
  const start = async () => {
    await store.close();
    server = await startServer({ process: 'server', env: { ...ENV, DATA_DIR: dataDir }, closedBy: 'caller' });
    return server.url;
  };
  try {
    return await run({ receiver, store, start });
  } finally {
    await server?.close();
    await receiver.close();
    await store.close();
    removeFolder(dataDir);
  }
}

/** Resolves when this many webhooks have arrived. */
async function came(receiver: WebhookReceiver, count: number): Promise<void> {
  const giveUp = performance.now() + 120_000;
  while (receiver.arrivals.length < count) {
    if (performance.now() > giveUp)
      throw new Error(`${receiver.arrivals.length} of ${count} events arrived.`);
    await pause(5);
  }
  if (receiver.problems.length > 0) throw receiver.problems[0];
}

/**
 * Creates visits at a steady rate, each of which is an event. @returns how long each event took to arrive, in
 * milliseconds
 */
function sustained(visits: number): Promise<{ rate: number; delays: number[] }> {
  return withServer(async ({ receiver, start }) => {
    const url = await start();
    // The first requests find a server that has compiled nothing yet.
    await createVisits(url, OFFERED);
    await came(receiver, OFFERED);
    receiver.arrivals.length = 0;
    await createVisits(url, visits);
    await came(receiver, visits);
    const times = receiver.arrivals.map(({ at }) => at);
    const rate = (visits / (Math.max(...times) - Math.min(...times))) * 1000;
    const delays = receiver.arrivals.map(
      ({ at, event }) => performance.timeOrigin + at - Date.parse(event.timestamp),
    );
    return { rate, delays };
  });
}

/** Creates visits one after another at the offered rate, however fast the server is. */
async function createVisits(url: string, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const began = performance.now();
  const creates: Promise<void>[] = [];
  while (creates.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - began) * OFFERED) / 1000) + 1);
    while (creates.length < due) creates.push(createVisit(url, agent));
    await pause(1);
  }
  await Promise.all(creates);
  agent.destroy();
}

function createVisit(url: string, agent: Agent): Promise<void> {
  const body = JSON.stringify({ appointmentId: `bench-${++created}`, doctorId: 'd', patientId: 'p' });
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/sessions`, { method: 'POST', headers: HEADERS, agent }, (response) => {
      response.resume();
      if (response.statusCode !== 201)
        reject(new Error(`A create was answered with ${response.statusCode}.`));
      response.on('end', resolve);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends the backlog. @returns events a second from the first to the last */
function backlog(): Promise<number> {
  return withServer(async ({ receiver, store, start }) => {
    const visits = Array.from({ length: BACKLOG }, () => newVisit({}, Date.now()));
    await Promise.all(visits.map((visit) => store.insert(visit)));
    await start();
    await came(receiver, BACKLOG);
    const times = receiver.arrivals.map(({ at }) => at);
    return (BACKLOG / (Math.max(...times) - Math.min(...times))) * 1000;
  });
}

const load = () => loadavg()[0]?.toFixed(1) ?? '?';

console.log(
  `webhooks: medians of ${RUNS} runs; ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`,
);
console.log(`${OFFERED} events a second offered for ${SECONDS} s, through the API, on SQLite`);
const runs: { rate: number; p50: number; p99: number; most: number }[] = [];
for (let run = 1; run <= RUNS; run++) {
  const { rate, delays } = await sustained(OFFERED * SECONDS);
  const [p50, p99, most] = [percentile(delays, 0.5), percentile(delays, 0.99), Math.max(...delays)];
  runs.push({ rate, p50, p99, most });
  const words = `p50 ${p50.toFixed(0)} ms   p99 ${p99.toFixed(0)} ms   longest ${most.toFixed(0)} ms`;
  console.log(`  run ${run}: ${rate.toFixed(0)} a second   ${words}   load average ${load()}`);
}
const p99 = median(runs.map((run) => run.p99));
console.log(
  `from change to arrival: p50 ${median(runs.map((run) => run.p50)).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
);
console.log(`bar: p99 <= ${BAR_P99_MS} ms: ${p99 <= BAR_P99_MS ? 'met' : 'MISSED'}`);
console.log(`${BACKLOG} undelivered events, as fast as possible`);
const rates: number[] = [];
for (let run = 1; run <= RUNS; run++) {
  const rate = await backlog();
  rates.push(rate);
  console.log(`  run ${run}: ${rate.toFixed(0)} a second   load average ${load()}`);
}
const rate = median(rates);
console.log(
  `bar: >= ${BAR_RATE} events a second: ${rate >= BAR_RATE ? 'met' : 'MISSED'} (${rate.toFixed(0)})`,
);
