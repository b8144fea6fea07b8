import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/chromium.ts';
import { HeadlessParticipant } from '../support/headless-participant.ts';
import { Standstill } from '../support/standstill.ts';
import { median } from '../support/statistics.ts';
import { TestServer } from '../support/test-server.ts';

const KILLS = 10;

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchChromium(), TestServer.open({ env: { WORKERS: '2' } })]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

const workers = () => [...server.televisit.nodes.values()].flatMap((node) => [...node.workers]);

async function visitor(sessionId: string, role: 'doctor' | 'patient'): Promise<Visitor> {
  const one = await Visitor.join(browser, await server.joinUrl(sessionId, role));
  onTestFinished(() => one.close());
  return one;
}

const consumersOf = (one: Visitor) =>
  one.page.evaluate(() => window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId));

describe('a media worker that is killed', () => {
  it('gives its people their pictures back, without a leave, and the visits of other workers never notice', async () => {
    const { sessionId } = await server.createVisit();
    const doctor = await visitor(sessionId, 'doctor');
    const patient = await visitor(sessionId, 'patient');
    const pictures = [await Standstill.watch(doctor, 'patient'), await Standstill.watch(patient, 'doctor')];
    const frames = async (one: Visitor, userId: string) => (await one.receivedFrom(userId)).frames;
    await expect.poll(() => frames(doctor, 'patient')).toBeGreaterThan(20);
    await expect.poll(() => frames(patient, 'doctor')).toBeGreaterThan(20);

    const standstills: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = workers().find(({ routerCount }) => routerCount > 0)!;
      // The next visit goes to the worker that has none.
      const { sessionId: elsewhere } = await server.createVisit();
      const bystander = await HeadlessParticipant.join(server, elsewhere, 'doctor');
      const before = await Promise.all([consumersOf(doctor), consumersOf(patient)]);
      await Promise.all(pictures.map((one) => one.reset()));
      process.kill(victim.pid, 'SIGKILL');
      for (const [index, one] of [doctor, patient].entries()) {
        const old = new Set(before[index]);
        await expect
          .poll(async () => (await consumersOf(one))?.filter((id) => !old.has(id)).length)
          .toBeGreaterThanOrEqual(2);
      }
      await expect.poll(() => frames(doctor, 'patient')).toBeGreaterThan(10);
      await expect.poll(() => frames(patient, 'doctor')).toBeGreaterThan(10);
      expect(bystander.received('media:renew')).toEqual([]);
      bystander.socket.disconnect();
      await expect.poll(() => [workers().length, server.televisit.rooms.size]).toEqual([2, 1]);
      standstills.push(Math.max(...(await Promise.all(pictures.map((one) => one.longest())))));
    }
    console.log(
      `worker killed, ${KILLS} times: longest standstill of either picture ` +
        `p50 ${median(standstills).toFixed(0)} ms, max ${Math.max(...standstills).toFixed(0)} ms`,
    );
    expect(await doctor.byTestId('participant').count()).toBe(1);
    const intervals = (await server.televisit.store.get(sessionId))?.intervals;
    expect(intervals).toMatchObject([{ leftAt: null }, { leftAt: null }]);
    // What was on the dead workers is owned by nobody any more.
    const dumps = await Promise.all(workers().map((worker) => worker.dump()));
    expect(dumps.flatMap(({ routerIds }) => routerIds)).toHaveLength(1);
  });
});
