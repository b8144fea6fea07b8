import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

/** Full with one participant, so that each of the two is on a worker of their own. */
const ONE = 3;

const site = new TestSite({ env: { WORKERS: '2' }, consumersPerRouter: ONE });

const workers = () => [...site.server.televisit.nodes.values()].flatMap((node) => [...node.workers]);

function visitor(sessionId: string, role: 'doctor' | 'patient'): Promise<Visitor> {
  return site.joinAs(sessionId, role);
}

const framesOf = async (one: Visitor, userId: string) => (await one.receivedFrom(userId)).frames;

/** Returns the width of a participant's video as it arrives, in pixels. */
const widthOf = (one: Visitor, userId: string) =>
  one.page.evaluate(async (owner) => {
    const stats = await window.__televisit?.client.stats();
    const own = stats?.inbound.filter((stream) => stream.userId === owner) ?? [];
    return Math.max(0, ...own.map(({ frameWidth }) => frameWidth));
  }, userId);

describe('two people of one visit on two workers', () => {
  it('two participants on two workers see and hear each other in full size, also after one of the workers has died', async () => {
    const { sessionId } = await site.server.createVisit();
    const doctor = await visitor(sessionId, 'doctor');
    const patient = await visitor(sessionId, 'patient');
    expect(workers().map(({ routerCount }) => routerCount)).toEqual([1, 1]);
    const both = [
      [doctor, 'patient'],
      [patient, 'doctor'],
    ] as const;
    const see = async () => {
      for (const [one, other] of both) {
        const before = await framesOf(one, other);
        await expect.poll(() => framesOf(one, other)).toBeGreaterThan(before + 10);
      }
    };
    await see();
    for (const [one, other] of both) {
      // Half and a quarter of that are the smaller layers.
      await expect.poll(() => widthOf(one, other)).toBeGreaterThanOrEqual(640);
      await expect.poll(async () => (await one.receivedFrom(other)).energy).toBeGreaterThan(0);
    }

    const [node] = site.server.televisit.nodes.values();
    await expect.poll(() => node?.load().bitrate).toBeGreaterThan(200_000);
    expect(node?.load()).toMatchObject({ participants: 2, consumers: 6 });
    expect(node?.load().cpu).toBeGreaterThan(0);

    await doctor.byTestId('camera-toggle').click();
    await expect
      .poll(() =>
        patient.page.evaluate(() => window.__televisit?.client.getState().participants[0]?.media.camera),
      )
      .toBe('off');
    await doctor.byTestId('camera-toggle').click();
    await see();

    const [, victim] = workers();
    const streams = (one: Visitor) =>
      one.page.evaluate(() =>
        window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId),
      );
    const old = new Set((await Promise.all([streams(doctor), streams(patient)])).flat());
    process.kill(victim!.pid, 'SIGKILL');
    for (const one of [doctor, patient]) {
      await expect.poll(async () => (await streams(one))?.filter((id) => !old.has(id)).length).toBe(2);
    }
    await see();
    const intervals = (await site.server.televisit.store.get(sessionId))?.intervals;
    expect(intervals).toMatchObject([{ leftAt: null }, { leftAt: null }]);
  });
});
