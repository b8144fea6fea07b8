import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { ClusterVisits, cutOffServer, drainServer, killServer } from '../support/scenarios/cluster.ts';

const VISITS = 3;
/** A lease, what is left of it when the loss is found, and a reconnect, on a machine that is busy. */
const LONGEST_MS = 20_000;

const possible = MongoServer.available() && redisAvailable('servers that are lost');

describe.skipIf(!possible)('of three servers, the one with the visits', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  async function open(severable = false): Promise<ClusterVisits> {
    const redis = await RedisServer.start();
    const visits = await ClusterVisits.open({ processes: 3, mongo, redisUrl: redis.url, severable }, VISITS);
    onTestFinished(() => visits.close());
    return visits;
  }

  it('is killed: everybody is in again at another one, and nobody has left', async () => {
    const visits = await open();
    const { outageMs } = await killServer(visits);
    console.log(`server killed: no way for media for ${outageMs.toFixed(0)} ms`);
    await visits.expectNobodyLeft();
    expect(outageMs).toBeLessThan(LONGEST_MS);
  });

  it('is cut off: everybody is in again at another one, and it gives its visits up when it is back', async () => {
    const visits = await open(true);
    const { outageMs } = await cutOffServer(visits);
    console.log(`server cut off: no way for media for ${outageMs.toFixed(0)} ms`);
    await visits.expectNobodyLeft();
    visits.member.heal();
    await expect.poll(async () => (await visits.member.inspect()).rooms, { timeout: 60_000 }).toBe(0);
    await visits.expectNobodyLeft();
    expect(outageMs).toBeLessThan(LONGEST_MS);
  });

  it('is drained: everybody goes over without a moment in which there is no way for media', async () => {
    const visits = await open();
    expect((await drainServer(visits)).outageMs).toBe(0);
    await visits.expectNobodyLeft();
  });
});
