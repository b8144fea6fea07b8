import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/clients/chromium.ts';
import { CaptionsService } from '../support/infra/captions-service.ts';
import { Cluster } from '../support/infra/cluster.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { RedisServer, redisAvailable } from '../support/infra/redis-server.ts';

const patience = { timeout: 60_000 };
const possible = MongoServer.available() && redisAvailable('captions of a visit whose server is killed');

describe.skipIf(!possible)('the captions of a visit', () => {
  let mongo: MongoServer;
  let browser: Browser;

  beforeAll(async () => {
    [mongo, browser] = await Promise.all([MongoServer.start(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await mongo.dispose();
  });

  async function join(cluster: Cluster, sessionId: string, role: 'doctor' | 'patient'): Promise<Visitor> {
    const one = await Visitor.join(browser, await cluster.backend.joinUrl(sessionId, role));
    onTestFinished(async () => {
      await one.close();
      expect(one.errors).toEqual([]);
    });
    return one;
  }

  it('continue on another server after theirs was killed, and only of the person who agreed', async () => {
    const service = await CaptionsService.start();
    const redis = await RedisServer.start();
    const cluster = await Cluster.start({
      processes: 2,
      mongo,
      redisUrl: redis.url,
      env: { CAPTIONS_ENGINE: 'deepgram', CAPTIONS_URL: service.url, CAPTIONS_API_KEY: 'a-key' },
    });
    onTestFinished(() => cluster.close());
    const { sessionId, sfuNodeId } = await cluster.backend.createVisit(undefined, {
      options: { captions: 'on-request', waitingRoom: 'off' },
    });
    for (const [userId, given] of [
      ['doctor', false],
      ['patient', true],
    ] as const) {
      await cluster.backend.api.setConsent(sessionId, userId, 'captions', { given, wording: 'clinic-1' });
    }
    const doctor = await join(cluster, sessionId, 'doctor');
    await join(cluster, sessionId, 'patient');
    await doctor.page.evaluate(() => Object.assign(window, { isSamePage: true }));
    await doctor.byTestId('captions-toggle').click();

    const finals = () =>
      doctor.page.evaluate(() =>
        window.__televisit?.client
          .getState()
          .captions.lines.map(({ userId, text, final }) => `${userId}: ${text}${final ? '' : '…'}`),
      );
    /** Returns the stream with this number, once it has got half a second of sound. */
    const heard = async (index: number) => {
      await expect.poll(() => service.streams[index]?.bytes ?? 0, patience).toBeGreaterThan(16_000);
      return service.streams[index]!;
    };
    const first = await heard(0);
    first.say('It began on Monday.', { start: 0, duration: 0.4, isFinal: true });
    first.say('And then', { start: 0.4, duration: 0.1, isFinal: false });
    await expect.poll(finals, patience).toEqual(['patient: It began on Monday.', 'patient: And then…']);

    await cluster.member(sfuNodeId).kill();
    const second = await heard(1);
    second.say('It still hurts.', { start: 0, duration: 0.4, isFinal: true });
    await expect.poll(finals, patience).toEqual(['patient: It began on Monday.', 'patient: It still hurts.']);
    expect(await doctor.page.locator('.captions-lines').innerText()).toContain('It still hurts.');
    expect(await doctor.page.evaluate(() => 'isSamePage' in window)).toBe(true);
    // The doctor speaks as well.
    expect(service.streams).toHaveLength(2);
  }, 180_000);
});
