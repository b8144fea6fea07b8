import type { Browser } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { Visitor } from '../clients/chromium.ts';
import { Cluster } from '../infra/cluster.ts';
import type { MongoServer } from '../infra/mongo-server.ts';
import { RedisServer } from '../infra/redis-server.ts';
import { FreezeMeter } from '../measure/freeze-meter.ts';

declare global {
  interface Window {
    __seen?: Set<string>;
  }
}

const PATIENCE = { timeout: 60_000 };

/** A doctor and a patient who see each other in real browsers, on one of several servers. */
export class VideoVisit {
  readonly cluster: Cluster;
  readonly sessionId: string;
  readonly #people: readonly [Visitor, Visitor];
  readonly #pictures: readonly FreezeMeter[];

  private constructor(
    cluster: Cluster,
    sessionId: string,
    people: readonly [Visitor, Visitor],
    pictures: FreezeMeter[],
  ) {
    this.cluster = cluster;
    this.sessionId = sessionId;
    this.#people = people;
    this.#pictures = pictures;
  }

  /** Closed after the test, which fails if a page had an error. */
  static async open(browser: Browser, mongo: MongoServer, processes: number): Promise<VideoVisit> {
    const redis = await RedisServer.start();
    const cluster = await Cluster.start({ processes, mongo, redisUrl: redis.url });
    onTestFinished(() => cluster.close());
    const { sessionId } = await cluster.backend.createVisit();
    const join = async (role: 'doctor' | 'patient') => {
      const one = await Visitor.join(browser, await cluster.backend.joinUrl(sessionId, role));
      onTestFinished(async () => {
        await one.close();
        expect(one.errors).toEqual([]);
      });
      return one;
    };
    const doctor = await join('doctor');
    const patient = await join('patient');
    const pictures = [await FreezeMeter.watch(doctor, 'patient'), await FreezeMeter.watch(patient, 'doctor')];
    const visit = new VideoVisit(cluster, sessionId, [doctor, patient], pictures);
    await visit.#moving(20);
    return visit;
  }

  /** Returns the node of the visit. */
  async node(): Promise<string> {
    return (await this.cluster.backend.api.getSession(this.sessionId)).sfuNodeId;
  }

  /**
   * Runs an action and waits until both have video over other streams. @returns the longest freeze of either, in
   * milliseconds
   */
  async renewed(happens: () => Promise<unknown>): Promise<number> {
    await Promise.all(this.#pictures.map((one) => one.reset()));
    const before = await Promise.all(this.#people.map(streamsOf));
    await happens();
    for (const [index, one] of this.#people.entries()) {
      const old = new Set(before[index]);
      const fresh = async () => (await streamsOf(one)).filter((id) => !old.has(id)).length;
      await expect.poll(fresh, PATIENCE).toBeGreaterThanOrEqual(2);
    }
    await this.#moving(5);
    return Math.max(...(await Promise.all(this.#pictures.map((one) => one.longest()))));
  }

  /** The doctor raises a hand, and the patient sees it. */
  async raiseHand(): Promise<void> {
    const [doctor] = this.#people;
    await doctor.page.evaluate(() => window.__televisit?.client.raiseHand(true));
    await expect.poll(() => this.handRaised()).toBe(true);
  }

  /** Returns whether the patient sees the doctor's hand. */
  handRaised(): Promise<boolean> {
    const [, patient] = this.#people;
    return patient.page.evaluate(
      () => typeof window.__televisit?.client.getState().participants[0]?.handRaisedAt === 'string',
    );
  }

  /** Makes the pages record what a participant could notice of a migration. */
  async watchStates(): Promise<void> {
    for (const { page } of this.#people) {
      await page.evaluate(() => {
        const seen = new Set<string>();
        window.__seen = seen;
        window.__televisit?.client.subscribe(({ connection, participants, phase, notice }) => {
          const others = participants.map(
            ({ connected, media }) => `${media.camera}${connected ? '' : ', away'}`,
          );
          seen.add([phase, connection, notice?.kind ?? 'no notice', ...others].join(', '));
        });
      });
    }
  }

  /** Returns the recorded states, each once. */
  states(): Promise<string[][]> {
    return Promise.all(this.#people.map(({ page }) => page.evaluate(() => [...(window.__seen ?? [])])));
  }

  /** Checks that both have one open interval of attendance. */
  async expectNobodyLeft(): Promise<void> {
    const { participants } = await this.cluster.backend.api.listParticipants(this.sessionId);
    expect(participants).toMatchObject([
      { connected: true, intervals: [{ leftAt: null }] },
      { connected: true, intervals: [{ leftAt: null }] },
    ]);
    for (const { intervals } of participants) expect(intervals).toHaveLength(1);
  }

  /** Waits until each has seen this many more frames of the other. */
  async #moving(frames: number): Promise<void> {
    const [doctor, patient] = this.#people;
    for (const [one, other] of [
      [doctor, 'patient'],
      [patient, 'doctor'],
    ] as const) {
      const before = (await one.receivedFrom(other)).frames;
      await expect
        .poll(async () => (await one.receivedFrom(other)).frames, PATIENCE)
        .toBeGreaterThan(before + frames);
    }
  }
}

async function streamsOf({ page }: Visitor): Promise<string[]> {
  const streams = await page.evaluate(() =>
    window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId),
  );
  return streams ?? [];
}
