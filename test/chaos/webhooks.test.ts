import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { TelevisitApiError, type TelevisitApi } from '@televisit/api-client';
import { type Store, allSessions } from '@televisit/server/domain/session-store';
import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { MAX_CONCURRENT } from '@televisit/server/webhooks/endpoint-worker';
import { LOCALHOST } from '@televisit/server/webhooks/testing/certificates';
import { endpoint, SECRET } from '@televisit/server/webhooks/testing/endpoints';
import { FEATURE_RECORDS } from '@televisit/server/features/index';
import { wireEvent } from '@televisit/server/webhooks/wire-event';
import type { WebhookEvent } from '@televisit/shared/webhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { ServerProcess } from '../support/infra/server-process.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { FaultyReceiver } from '../support/faults/faulty-receiver.ts';
import { WebhookReceiver, type Arrival } from '../support/infra/webhook-receiver.ts';

const EVENTS = 1000;
/**
 * FerretDB, the stand-in for MongoDB, reads every document for most queries, so it gets fewer events unless
 * WEBHOOK_CHAOS_EVENTS says how many.
 */
const STAND_IN = Boolean(process.env.FERRETDB_BIN) && !process.env.TEST_MONGO_URI;
const MONGO_EVENTS = Number(process.env.WEBHOOK_CHAOS_EVENTS ?? (STAND_IN ? 100 : EVENTS));
const EVENTS_OF_A_VISIT = 20;
const KILLS = 6;
const CLIENTS = 8;
const ENV = { WORKERS: '1', LOG_LEVEL: 'warn', API_RATE_LIMIT: '0', WEBHOOK_ALLOW_HOSTS: '127.0.0.1' };
const SETTLED = { timeout: 1_200_000, interval: 100 };

type Step = (api: TelevisitApi, sessionId: string) => Promise<unknown>;

/** Steps of each visit after its creation; each causes one event, however often it is repeated. */
function stepsOf(): Step[] {
  const updates = Array.from(
    { length: EVENTS_OF_A_VISIT - 3 },
    (_, index): Step =>
      (api, sessionId) =>
        api.updateSession(sessionId, { title: `Title ${index}` }),
  );
  return [...updates, (api, id) => api.startSession(id), (api, id) => api.endSession(id)];
}

/** Server processes that are killed and restarted. */
class Fleet {
  kills = 0;
  readonly #env: readonly Record<string, string>[];
  readonly #servers: ServerProcess[] = [];
  readonly #apis: (TelevisitApi | undefined)[] = [];
  #stopped = false;

  constructor(env: readonly Record<string, string>[]) {
    this.#env = env;
    onTestFinished(async () => {
      this.#stopped = true;
      await Promise.all(this.#servers.map((server) => server.close()));
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.#env.map((_, index) => this.#start(index)));
  }

  /** Kills one process after another, every few seconds, until `stop`. */
  async keepKilling(): Promise<void> {
    while (!this.#stopped) {
      await pause(randomInt(1000, 3000));
      const index = randomInt(this.#servers.length);
      this.#apis[index] = undefined;
      this.#servers[index]?.kill('SIGKILL');
      await this.#servers[index]?.ended;
      this.kills += 1;
      await this.#start(index);
    }
  }

  /** Repeats a call on any running process until it succeeds. */
  async callUntilDone<T>(what: (api: TelevisitApi) => Promise<T>): Promise<T> {
    for (;;) {
      const there = this.#apis.filter((api) => api !== undefined);
      const api = there[randomInt(Math.max(1, there.length))];
      if (!api) {
        await pause(20);
        continue;
      }
      try {
        return await what(api);
      } catch (error) {
        const { status = 0, code } = error as Partial<TelevisitApiError>;
        if (!(error instanceof TelevisitApiError) || (status >= 400 && status < 500 && code !== 'conflict')) {
          throw error;
        }
        await pause(20);
      }
    }
  }

  /** Ends all processes as an operator does. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const server of this.#servers) server.kill('SIGTERM');
    await Promise.all(this.#servers.map((server) => server.ended));
  }

  /** Restarts a process until it listens, as a supervisor does. */
  async #start(index: number): Promise<void> {
    while (!this.#stopped) {
      const server = new ServerProcess({ program: 'fast-retry', env: { ...ENV, ...this.#env[index] } });
      this.#servers[index] = server;
      const listening = await server.listening().catch(() => undefined);
      if (!listening) continue;
      this.#apis[index] = server.backend.api;
      return;
    }
  }
}

/** Takes all visits some steps further each time a process was killed. */
async function causeEvents(fleet: Fleet, count: number): Promise<void> {
  const visits: string[] = [];
  const everywhere = async (step: (index: number) => Promise<void>) => {
    let next = 0;
    const client = async () => {
      for (let index = next++; index < count; index = next++) await step(index);
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  };
  await everywhere(async (index) => {
    const visit = { appointmentId: `a-${index}`, doctorId: 'doctor', patientId: 'patient' };
    visits[index] = (await fleet.callUntilDone((api) => api.createSession(visit))).sessionId;
  });
  const steps = stepsOf();
  for (const [done, step] of steps.entries()) {
    await everywhere(async (index) => {
      await fleet.callUntilDone((api) => step(api, visits[index] ?? ''));
    });
    await expect.poll(() => fleet.kills, SETTLED).toBeGreaterThanOrEqual((KILLS * (done + 1)) / steps.length);
  }
}

/** Returns everything that happened according to the store: the events of each session in order. */
async function storedEvents(store: Store): Promise<Map<string, WebhookEvent[]>> {
  const all = new Map<string, WebhookEvent[]>();
  for await (const page of allSessions(store, {})) {
    for (const session of page) {
      const history = await store.history(session.sessionId);
      const events = history.flatMap((entry) =>
        entry.seq === null ? [] : (wireEvent(session, entry, FEATURE_RECORDS) ?? []),
      );
      all.set(session.sessionId, events);
    }
  }
  return all;
}

/** Returns what an event is, whenever it was sent. */
function identityOf({ id, type, timestamp, sessionId, appointmentId, sequence }: WebhookEvent) {
  return { id, type, timestamp, sessionId, appointmentId, sequence };
}

/** Checks that every event arrived in the order of its session, and that no other did. */
function checkArrivals(arrivals: readonly Arrival[], happened: ReadonlyMap<string, readonly WebhookEvent[]>) {
  const came = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    const { sessionId } = arrival.event;
    came.set(sessionId, [...(came.get(sessionId) ?? []), arrival]);
  }
  expect([...came.keys()].sort()).toEqual([...happened.keys()].sort());
  for (const [sessionId, events] of happened) {
    const first = new Map<string, WebhookEvent>();
    for (const { id, event } of came.get(sessionId) ?? []) {
      const known = first.get(id);
      if (known) expect(identityOf(event)).toEqual(identityOf(known));
      else first.set(id, event);
    }
    expect([...first.values()].map(identityOf)).toEqual(events.map(identityOf));
  }
}

async function storm(
  events: number,
  env: readonly Record<string, string>[],
  openStore: () => Promise<Store>,
): Promise<void> {
  const visits = events / EVENTS_OF_A_VISIT;
  const flaky = new FaultyReceiver();
  const wild = await WebhookReceiver.start({ secret: SECRET, behaviour: flaky.answer });
  const gone = await WebhookReceiver.start({
    secret: SECRET,
    behaviour: (_, response) => void response.writeHead(410).end('Gone.'),
  });
  const wrong = await WebhookReceiver.start({ secret: SECRET, certificate: LOCALHOST });
  const before = await openStore();
  const few = ['session.created', 'meeting.ended'];
  for (const [endpointId, { url }] of Object.entries({ wild, gone, wrong })) {
    const wanted = endpointId === 'wild' ? null : few;
    await before.webhooks.insertEndpoint(
      endpoint(endpointId, { url, events: wanted, createdAt: Date.now() }),
    );
  }
  await before.close();

  const fleet = new Fleet(env);
  await fleet.start();
  const began = performance.now();
  const killing = fleet.keepKilling();
  await causeEvents(fleet, visits);
  const caused = performance.now();
  await expect.poll(() => flaky.accepted.size, SETTLED).toBe(events);
  const arrived = performance.now();
  await fleet.stop();
  await killing;

  const store = await openStore();
  onTestFinished(() => store.close());
  const happened = await storedEvents(store);
  expect([...happened.values()].flat()).toHaveLength(events);
  expect(wild.problems).toEqual([]);
  checkArrivals(wild.arrivals, happened);
  // An event is sent only after all previous ones of its session were accepted.
  expect(flaky.early).toEqual([]);
  const answers = Object.entries(flaky.counts).map(([name, count]) => `${name} ${count}`);
  console.log(
    `${events} events of ${visits} visits, sent by ${env.length} process(es), ${fleet.kills} killed with -9`,
  );
  console.log(`caused within ${seconds(caused - began)}, all accepted after ${seconds(arrived - began)}`);
  console.log(`${wild.arrivals.length} requests: ${answers.join(', ')}`);
  console.log(`repeated after they were accepted: ${flaky.takenAgain}`);
  expect(fleet.kills).toBeGreaterThanOrEqual(KILLS);
  for (const name of Object.keys(flaky.counts)) expect(flaky.counts[name as 'ok'], name).toBeGreaterThan(0);

  // An endpoint that answers 410 is disabled, and one with a wrong certificate gets nothing; both keep what they
  // missed.
  expect(await store.webhooks.endpoint('gone')).toMatchObject({ enabled: false, disabledReason: 'gone' });
  console.log(
    `410: ${gone.arrivals.length} requests until it was disabled; wrong TLS: ${wrong.arrivals.length}`,
  );
  expect(gone.arrivals.length).toBeLessThanOrEqual(env.length * MAX_CONCURRENT);
  expect(wrong.arrivals).toEqual([]);
  const refused = await store.webhooks.deliveries({ endpointId: 'wrong' }, events);
  expect(refused.map(({ state }) => state)).toEqual(
    Array.from({ length: few.length * visits }, () => 'pending'),
  );
  const tried = refused.flatMap(({ attempts }) => attempts);
  expect(new Set(tried.map(({ status, error }) => status ?? error))).toEqual(new Set(['tls']));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

describe('events for a receiver that fails in every way, while the senders are killed with -9', () => {
  it('one process on SQLite delivers all events in order, and no others', async () => {
    const dataDir = temporaryFolder();
    await storm(EVENTS, [{ DATA_DIR: dataDir }], () => Promise.resolve(SqliteStore.open(dataDir)));
  });

  it.skipIf(!MongoServer.available())(
    'three processes on one MongoDB deliver all events in order, and no others',
    async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const uri = mongo.uriFor();
      const env = ['one', 'two', 'three'].map((node) => ({
        MONGO_URI: uri,
        DATA_DIR: temporaryFolder(),
        SFU_NODES: node,
      }));
      await storm(MONGO_EVENTS, env, () => MongoStore.open(uri));
    },
    1_800_000,
  );
});
