import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/clients/chromium.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable } from '../support/infra/redis-server.ts';
import { VideoVisit } from '../support/scenarios/video-visit.ts';
import { median } from '../support/measure/statistics.ts';

const KILLS = Number(process.env.CHAOS_KILLS ?? 10);
const possible = MongoServer.available() && redisAvailable('pictures of visits whose server is killed');

describe.skipIf(!possible)('the video of a visit', () => {
  let mongo: MongoServer;
  let browser: Browser;

  beforeAll(async () => {
    [mongo, browser] = await Promise.all([MongoServer.start(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await mongo.dispose();
  });

  it('video is back soon after its server was killed, and no one has left', async () => {
    const visit = await VideoVisit.open(browser, mongo, 3);
    const { cluster } = visit;
    await visit.watchStates();
    const freezes: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = cluster.member(await visit.node());
      freezes.push(await visit.renewed(() => victim.kill()));
      await victim.restart();
      await cluster.complete();
    }
    console.log(
      `server killed, ${KILLS} times: longest freeze of either video ` +
        `p50 ${median(freezes).toFixed(0)} ms, max ${Math.max(...freezes).toFixed(0)} ms`,
    );
    // Each saw the other all the time.
    for (const states of await visit.states()) {
      for (const state of states)
        expect(state).toMatch(/^joined, (connected|reconnecting), no notice, (on|off|none)(, away)?$/);
    }
    await visit.expectNobodyLeft();
    expect(median(freezes)).toBeLessThan(15_000);
  }, 900_000);
});
