import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { ClusterVisits, restartServers } from '../support/scenarios/cluster.ts';

const VISITS = 30;

const possible = MongoServer.available() && redisAvailable('a rolling restart');

describe.skipIf(!possible)('a rolling restart of three servers', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  it(`a rolling restart loses none of ${VISITS} live visits`, async () => {
    const redis = await RedisServer.start();
    const env = { DRAIN_SECONDS: '120' };
    const options = { processes: 3, mongo, redisUrl: redis.url, env };
    const visits = await ClusterVisits.open(options, VISITS, 'anywhere');
    onTestFinished(() => visits.close());
    const { outageMs, tookMs } = await restartServers(visits);
    console.log(
      `three servers restarted under ${VISITS} visits in ${(tookMs / 1000).toFixed(1)} s: ` +
        `no way for media for ${outageMs.toFixed(0)} ms at most`,
    );
    await visits.expectNobodyLeft();
    expect(outageMs).toBe(0);
  });
});
