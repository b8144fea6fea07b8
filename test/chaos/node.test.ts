import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { MongoServer } from '../support/mongo-server.ts';
import { redisAvailable } from '../support/redis-server.ts';
import { PicturedVisit } from '../support/scenarios/pictured-visit.ts';
import { median } from '../support/statistics.ts';

const MOVES = 4;
const possible = MongoServer.available() && redisAvailable('pictures of visits whose server is drained');

describe.skipIf(!possible)('the pictures of a visit', () => {
  let mongo: MongoServer;
  let browser: Browser;

  beforeAll(async () => {
    [mongo, browser] = await Promise.all([MongoServer.start(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await mongo.dispose();
  });

  it('go on while it goes from one drained node to another, and the pages have nothing to say', async () => {
    const visit = await PicturedVisit.open(browser, mongo, 2);
    const { cluster } = visit;
    await visit.raiseHand();
    await visit.watchStates();
    const standstills: number[] = [];
    for (let move = 0; move < MOVES; move++) {
      const from = await visit.node();
      standstills.push(
        await visit.renewed(() => cluster.backend.api.drainNode(from, { deadlineSeconds: 600 })),
      );
      expect(await visit.node()).not.toBe(from);
      await expect
        .poll(async () => (await cluster.member(from).inspect()).rooms, { timeout: 60_000 })
        .toBe(0);
      await cluster.backend.api.undrainNode(from);
      await cluster.complete();
    }
    console.log(
      `node drained, ${MOVES} times: longest standstill of either picture ` +
        `p50 ${median(standstills).toFixed(0)} ms, max ${Math.max(...standstills).toFixed(0)} ms`,
    );
    const calm = ['joined, connected, no notice, on'];
    expect(await visit.states()).toEqual([calm, calm]);
    expect(await visit.handRaised()).toBe(true);
    await visit.expectNobodyLeft();
    // A picture that stands still for longer would have waited for something; the bar is held by the bench.
    expect(median(standstills)).toBeLessThan(2000);
  });
});
