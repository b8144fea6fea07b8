import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium } from '../support/clients/chromium.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { Meeting } from '../support/scenarios/meeting.ts';
import { killWorker } from '../support/scenarios/worker.ts';
import { median } from '../support/measure/statistics.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const KILLS = 10;

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([
    launchChromium(),
    startServer({ closedBy: 'caller', env: { WORKERS: '2' } }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

const workers = () => [...server.televisit.nodes.values()].flatMap((node) => [...node.workers]);

async function meet(sessionId: string): Promise<Meeting> {
  const meeting = await Meeting.open(
    { browser, link: await server.joinUrl(sessionId, 'doctor') },
    { browser, link: await server.joinUrl(sessionId, 'patient') },
  );
  onTestFinished(() => meeting.close());
  return meeting;
}

describe('a killed media worker', () => {
  it('participants of a killed worker get their video back without a leave, and visits of other workers are not affected', async () => {
    const { sessionId } = await server.createVisit();
    const meeting = await meet(sessionId);
    const freezes: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = workers().find(({ routerCount }) => routerCount > 0)!;
      // The next visit goes to the worker without visits.
      const { sessionId: elsewhere } = await server.createVisit();
      const bystander = await ProtocolClient.join(server, elsewhere, 'doctor');
      freezes.push((await killWorker(meeting, victim.pid)).freezeMs);
      expect(bystander.received('media:renew')).toEqual([]);
      bystander.socket.disconnect();
      await expect.poll(() => [workers().length, server.televisit.rooms.size]).toEqual([2, 1]);
    }
    console.log(
      `worker killed, ${KILLS} times: longest freeze of either video ` +
        `p50 ${median(freezes).toFixed(0)} ms, max ${Math.max(...freezes).toFixed(0)} ms`,
    );
    expect(await meeting.doctor.byTestId('participant').count()).toBe(1);
    const intervals = (await server.televisit.store.get(sessionId))?.intervals;
    expect(intervals).toMatchObject([{ leftAt: null }, { leftAt: null }]);
    // Nothing of the dead workers has an owner now.
    const dumps = await Promise.all(workers().map((worker) => worker.dump()));
    expect(dumps.flatMap(({ routerIds }) => routerIds)).toHaveLength(1);
  });
});
