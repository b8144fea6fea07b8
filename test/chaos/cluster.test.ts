import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { ClusterVisits, cutOffServer, drainServer, killServer } from '../support/scenarios/cluster.ts';

const VISITS = 3;
/** A lease, the rest of it when the loss is found, and a reconnect, on a busy machine. */
const LONGEST_MS = 20_000;

const possible = MongoServer.available() && redisAvailable('servers that are lost');

describe.skipIf(!possible)('a cluster of three servers', () => {
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

  it('participants of a killed server are in again on another one, and no one has left', async () => {
    const visits = await open();
    const { outageMs } = await killServer(visits);
    console.log(`server killed: no media path for ${outageMs.toFixed(0)} ms`);
    await visits.expectNobodyLeft();
    expect(outageMs).toBeLessThan(LONGEST_MS);
  });

  it('participants of a server that is cut off are in again on another one, and it gives up its visits when it is back', async () => {
    const visits = await open(true);
    const { outageMs } = await cutOffServer(visits);
    console.log(`server cut off: no media path for ${outageMs.toFixed(0)} ms`);
    await visits.expectNobodyLeft();
    visits.member.heal();
    await expect.poll(async () => (await visits.member.inspect()).rooms, { timeout: 60_000 }).toBe(0);
    await visits.expectNobodyLeft();
    expect(outageMs).toBeLessThan(LONGEST_MS);
  });

  it('participants of a drained server move without any time without a media path', async () => {
    const visits = await open();
    expect((await drainServer(visits)).outageMs).toBe(0);
    await visits.expectNobodyLeft();
  });
});
