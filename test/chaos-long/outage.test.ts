import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { until } from '../support/infra/until.ts';
import { ClusterVisits } from '../support/scenarios/cluster.ts';

const VISITS = 6;
/** `OUTAGE_SECONDS=600 npm run chaos -- outage` is ten minutes. */
const SECONDS = Number(process.env.OUTAGE_SECONDS ?? 45);
/** The time within which every server is ready again, in milliseconds. */
const READY_AGAIN_MS = 5_000;

const possible = MongoServer.available() && redisAvailable('an outage of the database and of Redis');

interface Report {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly state: string }>>;
}

describe.skipIf(!possible)('an outage of the database and of Redis', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  it(`no visit ends and no server restarts in ${SECONDS} s without both, and all are ready soon after`, async () => {
    const redis = await RedisServer.start();
    const visits = await ClusterVisits.open({ processes: 3, mongo, redisUrl: redis.url }, VISITS, 'anywhere');
    onTestFinished(() => visits.close());
    const { members, backend } = visits.cluster;
    const processes = members.map(({ server }) => server.child.pid);
    const probe = async (path: string) =>
      Promise.all(
        members.map(async ({ port }) => {
          const response = await fetch(`http://127.0.0.1:${port}${path}`, {
            signal: AbortSignal.timeout(5000),
          });
          return (await response.json()) as Report;
        }),
      );
    const since = performance.now();
    await Promise.all([mongo.stop(), redis.stop()]);
    const end = performance.now() + SECONDS * 1000;
    let unready = 0;
    while (performance.now() < end) {
      expect((await probe('/livez')).map(({ status }) => status)).toEqual(members.map(() => 'ok'));
      if ((await probe('/readyz')).some(({ checks }) => checks.store?.state === 'failed')) unready += 1;
      expect(visits.visitors.every(({ connected }) => connected)).toBe(true);
      await pause(1000);
    }
    // The grace of the store is shorter than this outage.
    expect(unready).toBeGreaterThan(0);
    await Promise.all([mongo.start(), redis.start()]);
    const back = performance.now();
    await until(
      'every server is ready',
      async () => (await probe('/readyz')).every(({ status }) => status === 'ok'),
      60_000,
    );
    const readyMs = performance.now() - back;
    console.log(
      `${SECONDS} s without database and Redis: ready ${(readyMs / 1000).toFixed(1)} s after their return; ` +
        `no way for media for ${visits.longestOutage(since).toFixed(0)} ms at most`,
    );
    expect(readyMs).toBeLessThan(READY_AGAIN_MS);
    expect(members.map(({ server }) => server.child.pid)).toEqual(processes);
    expect(members.map(({ server }) => server.child.exitCode)).toEqual(members.map(() => null));
    expect(visits.longestOutage(since)).toBe(0);
    await visits.expectNobodyLeft();
    // The servers know each other again, without a restart.
    await visits.cluster.complete();
    const { sessionId } = await backend.createVisit();
    await backend.api.cancelSession(sessionId, {});
  });
});
