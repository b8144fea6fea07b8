import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/clients/chromium.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable } from '../support/infra/redis-server.ts';
import { VideoVisit } from '../support/scenarios/video-visit.ts';
import { median } from '../support/measure/statistics.ts';

const MOVES = 3;
const possible = MongoServer.available() && redisAvailable('pictures of visits whose server is drained');

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

  it('video continues while the visit moves between drained nodes, and participants notice nothing', async () => {
    const visit = await VideoVisit.open(browser, mongo, 2);
    const { cluster } = visit;
    await visit.raiseHand();
    await visit.watchStates();
    const freezes: number[] = [];
    for (let move = 0; move < MOVES; move++) {
      const from = await visit.node();
      freezes.push(await visit.renewed(() => cluster.backend.api.drainNode(from, { deadlineSeconds: 600 })));
      expect(await visit.node()).not.toBe(from);
      // It has ended, since it was empty.
      expect(await cluster.member(from).server.ended).toMatchObject({ code: 0 });
      await cluster.member(from).restart();
      await cluster.complete();
    }
    console.log(
      `node drained, ${MOVES} times: longest freeze of either video ` +
        `p50 ${median(freezes).toFixed(0)} ms, max ${Math.max(...freezes).toFixed(0)} ms`,
    );
    // A server that ends may have proxied their signaling to the other one: that causes a reconnect and nothing else.
    for (const states of await visit.states()) {
      for (const state of states)
        expect(state).toMatch(/^joined, (connected|reconnecting), no notice, on(, away)?$/);
    }
    expect(await visit.handRaised()).toBe(true);
    await visit.expectNobodyLeft();
    // A longer freeze would mean that the video waited for something; the bench holds the bar.
    expect(median(freezes)).toBeLessThan(2000);
  }, 300_000);
});
