import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/chromium.ts';
import { MongoServer } from '../support/mongo-server.ts';
import { Standstill } from '../support/standstill.ts';
import { TestServer } from '../support/test-server.ts';

declare global {
  interface Window {
    /** What a person could have noticed of a move, as the page's states were. */
    __noticed?: Record<'phases' | 'connections' | 'people' | 'streams' | 'notices', unknown[]>;
  }
}

/** The longest that a picture may stand still while the visit moves, in milliseconds. */
const STANDSTILL_MS = 1_000;

let browser: Browser;
let mongo: MongoServer;

/** Notes every state of a page from now on, each value once. */
async function note(one: Visitor): Promise<void> {
  await one.page.evaluate(() => {
    const noticed: NonNullable<typeof window.__noticed> = {
      phases: [],
      connections: [],
      people: [],
      streams: [],
      notices: [],
    };
    window.__noticed = noticed;
    const add = (list: unknown[], value: unknown) => {
      if (!list.includes(value)) list.push(value);
    };
    window.__televisit?.client.subscribe((state) => {
      add(noticed.phases, state.phase);
      add(noticed.connections, state.connection);
      add(
        noticed.people,
        state.participants.map(({ userId, connected, media }) => [userId, connected, media.camera]).join(),
      );
      add(
        noticed.streams,
        state.tracks
          .map(({ source }) => source)
          .sort()
          .join(),
      );
      add(noticed.notices, state.notice?.kind ?? null);
    });
  });
}

const noticed = (one: Visitor) => one.page.evaluate(() => window.__noticed);
const consumersOf = (one: Visitor) =>
  one.page.evaluate(
    () => window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId) ?? [],
  );

describe.skipIf(!MongoServer.available())('a visit in two browsers whose node is drained', () => {
  beforeAll(async () => {
    [browser, mongo] = await Promise.all([launchChromium(), MongoServer.start()]);
  });
  afterAll(async () => {
    await browser.close();
    await mongo.dispose();
  });

  async function cluster(...names: string[]): Promise<TestServer[]> {
    const uri = mongo.uriFor();
    const start = (name: string) =>
      TestServer.start({ env: { MONGO_URI: uri, SFU_NODES: name, REGION: name } });
    const servers = await Promise.all(names.map(start));
    for (const { api } of servers) {
      await expect
        .poll(async () => (await api.listNodes()).nodes.filter(({ url }) => url !== '').length)
        .toBe(names.length);
    }
    return servers;
  }

  it('moves, time and again, and nobody notices', async () => {
    const [one, other] = (await cluster('one', 'other')) as [TestServer, TestServer];
    const { sessionId, sfuNodeId } = await one.createVisit(undefined, { region: 'one' });
    expect(sfuNodeId).toBe('one');
    const join = async (role: 'doctor' | 'patient') => {
      const visitor = await Visitor.join(browser, await other.joinUrl(sessionId, role));
      onTestFinished(() => visitor.close());
      return visitor;
    };
    const doctor = await join('doctor');
    const patient = await join('patient');
    const frames = async (visitor: Visitor, userId: string) => (await visitor.receivedFrom(userId)).frames;
    await expect.poll(() => frames(doctor, 'patient')).toBeGreaterThan(40);
    await expect.poll(() => frames(patient, 'doctor')).toBeGreaterThan(40);
    await doctor.page.evaluate(() => window.__televisit?.client.raiseHand(true));
    const pictures = [await Standstill.watch(doctor, 'patient'), await Standstill.watch(patient, 'doctor')];
    const standstills: number[] = [];
    for (const [from, to] of [
      ['one', 'other'],
      ['other', 'one'],
      ['one', 'other'],
    ] as const) {
      await other.api.undrainNode(to);
      await Promise.all([note(doctor), note(patient), ...pictures.map((picture) => picture.reset())]);
      const before = await Promise.all([doctor, patient].map(consumersOf));
      await other.api.drainNode(from, { deadlineSeconds: 60 });
      for (const [index, visitor] of [doctor, patient].entries()) {
        await expect
          .poll(
            async () => (await consumersOf(visitor)).filter((id) => !before[index]?.includes(id)).length,
            {
              timeout: 15_000,
            },
          )
          .toBe(2);
      }
      const [left] = [one, other].filter(({ televisit }) => televisit.nodes.has(from));
      await expect.poll(() => left?.televisit.rooms.size, { timeout: 15_000 }).toBe(0);
      await expect.poll(() => frames(doctor, 'patient')).toBeGreaterThan(10);
      await expect.poll(() => frames(patient, 'doctor')).toBeGreaterThan(10);
      standstills.push(Math.max(...(await Promise.all(pictures.map((picture) => picture.longest())))));
      expect((await one.api.getSession(sessionId)).sfuNodeId).toBe(to);
      for (const [visitor, other] of [
        [doctor, 'patient'],
        [patient, 'doctor'],
      ] as const) {
        expect(await noticed(visitor)).toEqual({
          phases: ['joined'],
          connections: ['connected'],
          people: [`${other},true,on`],
          streams: ['camera,microphone'],
          notices: [null],
        });
      }
    }
    console.log(`moved: longest standstill of either picture ${standstills.map(Math.round).join(', ')} ms`);
    expect(Math.max(...standstills)).toBeLessThan(STANDSTILL_MS);
    const hand = await patient.page.evaluate(
      () => window.__televisit?.client.getState().participants[0]?.handRaisedAt,
    );
    expect(hand).toEqual(expect.any(String));
    const { participants } = await one.api.listParticipants(sessionId);
    expect(participants.map(({ connected, intervals }) => [connected, intervals.length])).toEqual([
      [true, 1],
      [true, 1],
    ]);
    expect([...doctor.errors, ...patient.errors]).toEqual([]);
  });
});
