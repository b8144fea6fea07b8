/**
 * Measures how many sessions, reads and join links a second the API makes, and how long a page of a long list takes,
 * with every response on disk first. The server is a process of its own; this process sends the load over loopback, on
 * the same cores.
 */
import { cpus } from 'node:os';
import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import type { CreateSessionResponse, SessionList } from '@televisit/shared/api';
import autocannon, { type Result } from 'autocannon';
import { fillStore } from '../support/fixtures/year-of-sessions.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { median } from '../support/measure/statistics.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';

const RUNS = 5;
const SECONDS = 4;
/** Creates and join links come in bursts, as when a clinic's day is booked. */
const CONNECTIONS = 50;
/** Two screens read lists without a pause; more would fill the core and measure the queue before it. */
const READERS = 2;
const PAGE_SECONDS = 2;
const DAY_MS = 24 * 60 * 60_000;
const BAR_CREATES = 2000;
const BAR_PAGE_P99_MS = 20;

const HEADERS = { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' };

interface Load {
  readonly url: string;
  readonly path: () => string;
  readonly body?: () => object;
  readonly connections?: number;
  readonly seconds?: number;
}

interface Figures {
  readonly rate: number;
  readonly p99: number;
}

async function measure({
  url,
  path,
  body,
  connections = CONNECTIONS,
  seconds = SECONDS,
}: Load): Promise<Result> {
  const result = await autocannon({
    url,
    method: body ? 'POST' : 'GET',
    duration: seconds,
    connections,
    headers: HEADERS,
    requests: [
      {
        setupRequest: (request) => ({
          ...request,
          path: path(),
          ...(body ? { body: JSON.stringify(body()) } : {}),
        }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${path()}: ${result.non2xx} responses that were not 2xx, ${result.errors} errors`);
  }
  return result;
}

async function report(name: string, load: Load): Promise<Figures> {
  const results: Result[] = [];
  for (let run = 0; run < RUNS; run++) results.push(await measure(load));
  const rate = median(results.map(({ requests }) => requests.average));
  const p50 = median(results.map(({ latency }) => latency.p50));
  const p99 = median(results.map(({ latency }) => latency.p99));
  console.log(`${name.padEnd(28)} ${rate.toFixed(0).padStart(6)} a second   p50 ${p50} ms   p99 ${p99} ms`);
  return { rate, p99 };
}

async function call<T>(url: string, path: string, body?: object): Promise<T> {
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: HEADERS,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return (await response.json()) as T;
}

/** Returns a period that begins some days ago. */
function range(daysAgo: number, days: number): string {
  const from = Date.now() - daysAgo * DAY_MS;
  const query = { from: new Date(from).toISOString(), to: new Date(from + days * DAY_MS).toISOString() };
  return `&${new URLSearchParams(query).toString()}`;
}

/** Measures pages of 50 from all over the list, with the filters of an operator's screen. */
async function lists(url: string): Promise<Figures[]> {
  const cursors: string[] = [];
  for (let cursor = ''; cursors.length < 50;) {
    const page = await call<SessionList>(url, `/sessions?limit=200${cursor && `&cursor=${cursor}`}`);
    if (!page.nextCursor) break;
    cursors.push((cursor = page.nextCursor));
  }
  let next = 0;
  const turn = () => next++;
  const filters: [string, () => string][] = [
    ['page, no filter', () => ''],
    [
      'page, deep in the list',
      () => (cursors.length > 0 ? `&cursor=${cursors[turn() % cursors.length]}` : ''),
    ],
    ['page, by status', () => '&status=scheduled'],
    ['page, by user', () => `&userId=doctor-${turn() % 200}`],
    ['page, by user and status', () => `&userId=doctor-${turn() % 200}&status=scheduled,live`],
    ['page, by course', () => `&courseId=course-${turn() % 100}`],
    ['page, by node', () => `&node=sfu-${(turn() % 4) + 1}`],
    ['page, one day', () => range(30 + (turn() % 300), 1)],
    ['page, two months', () => range(60 + (turn() % 240), 60)],
    ['page, ten months', () => range(330, 300)],
    ['page, by end reason', () => '&endReason=cancelled,no_show'],
    [
      'page, ended in ten months',
      () => range(330, 300).replace('from', 'endedFrom').replace('to', 'endedTo'),
    ],
    ['schedule, no filter', () => '&order=scheduledAt'],
    ['schedule, to come', () => `&order=scheduledAt&status=scheduled,live${range(turn() % 300, 400)}`],
    ['schedule, by user', () => `&order=scheduledAt&userId=doctor-${turn() % 200}${range(200, 200)}`],
    ['schedule, by course', () => `&order=scheduledAt&courseId=course-${turn() % 100}`],
    ['schedule, by end reason', () => '&order=scheduledAt&direction=desc&endReason=cancelled,backend_ended'],
  ];
  const figures: Figures[] = [];
  for (const [name, filter] of filters) {
    const path = () => `/sessions?limit=50${filter()}`;
    figures.push(await report(name, { url, path, connections: READERS, seconds: PAGE_SECONDS }));
  }
  return figures;
}

async function bench(
  env: Record<string, string>,
  connections = CONNECTIONS,
): Promise<{ creates: number; pageP99: number }> {
  const settings = { ...env, WORKERS: '1', LOG_LEVEL: 'warn', API_RATE_LIMIT: '0' };
  const server = await startServer({ process: 'server', env: settings, closedBy: 'caller' });
  const { url } = server;
  try {
    const pages = await lists(url);
    let next = 0;
    const visit = () => ({ appointmentId: `bench-${++next}`, doctorId: 'doctor', patientId: 'patient' });
    const { rate } = await report('creates', { url, path: () => '/sessions', body: visit, connections });
    const { sessionId } = await call<CreateSessionResponse>(url, '/sessions', visit());
    await report('reads', { url, path: () => `/sessions/${sessionId}`, connections });
    const seat = { role: 'doctor', userId: 'doctor' };
    await report('join links', {
      url,
      path: () => `/sessions/${sessionId}/join`,
      body: () => seat,
      connections,
    });
    return { creates: rate, pageP99: Math.max(...pages.map(({ p99 }) => p99)) };
  } finally {
    await server.close();
  }
}

async function onSqlite(): Promise<void> {
  const dataDir = makeTemporaryFolder();
  try {
    const store = SqliteStore.open(dataDir);
    await fillStore(store, 100_000);
    await store.close();
    console.log('\nSQLite with 100,000 sessions');
    const { creates, pageP99 } = await bench({ DATA_DIR: dataDir });
    console.log(`bar: ${BAR_CREATES} creates a second: ${creates >= BAR_CREATES ? 'met' : 'MISSED'}`);
    console.log(
      `bar: p99 of a page of 50 <= ${BAR_PAGE_P99_MS} ms: ${pageP99 <= BAR_PAGE_P99_MS ? 'met' : 'MISSED'} (worst ${pageP99} ms)`,
    );
  } finally {
    removeFolder(dataDir);
  }
}

async function onMongo(): Promise<void> {
  if (!MongoServer.available()) {
    console.log('\nNO MONGODB: skipped. Install mongod or Go, or name a server in TEST_MONGO_URI.');
    return;
  }
  // FerretDB, the stand-in for MongoDB, reads every document for every query, one query at a time.
  const standIn = Boolean(process.env.FERRETDB_BIN) && !process.env.TEST_MONGO_URI;
  const count = standIn ? 200 : 100_000;
  const mongo = await MongoServer.start();
  const dataDir = makeTemporaryFolder();
  try {
    const uri = mongo.uriFor();
    const store = await MongoStore.open(uri);
    await fillStore(store, count);
    await store.close();
    console.log(
      `\n${standIn ? `FerretDB on SQLite, ${READERS} connections,` : 'MongoDB'} with ${count} sessions`,
    );
    await bench({ DATA_DIR: dataDir, MONGO_URI: uri }, standIn ? READERS : CONNECTIONS);
  } finally {
    await mongo.dispose();
    removeFolder(dataDir);
  }
}

const [only] = process.argv.slice(2);
console.log(`api: medians of ${RUNS} runs of ${SECONDS} s; ${CONNECTIONS} connections, ${READERS} for pages`);
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared with the load generator`);
if (only !== 'mongo') await onSqlite();
if (only !== 'sqlite') await onMongo();
