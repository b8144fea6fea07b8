import { describe, expect, it } from 'vitest';
import { LargeVisit, namesOf, streamsOf } from '../support/fixtures/large-visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '../support/infra/manual-clock.ts';

/** Two people fill a router. */
const TWO = { consumersPerRouter: 4 };
const LOWER_AFTER_MS = 2000;
const SMALL_FOR_MS = 800;

const others = (userId: string, everybody: readonly string[]) =>
  everybody
    .filter((one) => one !== userId)
    .flatMap((one) => [`${one} camera`, `${one} microphone`])
    .sort();

const FOUR = ['doctor', 'patient', 'guest-1', 'guest-2'] as const;

/** Two people on each of two workers. */
async function four(options = {}) {
  const crowd = await LargeVisit.gather(2, 2, { ...TWO, ...options });
  const [doctor, patient, guest, other] = (await crowd.joinAll(FOUR)) as [
    ProtocolClient,
    ProtocolClient,
    ProtocolClient,
    ProtocolClient,
  ];
  await expect.poll(() => namesOf(doctor)).toEqual(others('doctor', FOUR));
  return { crowd, doctor, patient, guest, other, all: [doctor, patient, guest, other] };
}

function streamOf(viewer: ProtocolClient, userId: string, source: 'microphone' | 'camera') {
  return streamsOf(viewer).findLast((one) => one.userId === userId && one.source === source)!;
}

/** How many producers a router has, its own and those that are piped to it, and how many pipes lead away. */
async function held(crowd: LargeVisit, person: ProtocolClient) {
  const { mapProducerIdConsumerIds, transportIds } = await (await crowd.routerOf(person)).dump();
  return { producers: mapProducerIdConsumerIds.length, transports: transportIds.length };
}

describe('a visit that outgrows one router', () => {
  it('goes on on another worker, and everybody has everybody else', async () => {
    const { crowd, doctor, patient, guest, other, all } = await four();
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(FOUR[index]!, FOUR));
    }
    expect(await crowd.routerOf(patient)).toBe(await crowd.routerOf(doctor));
    expect(await crowd.routerOf(other)).toBe(await crowd.routerOf(guest));
    expect(crowd.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
    const dumps = await Promise.all(crowd.workers.map((worker) => worker.dump()));
    expect(dumps.map(({ routerIds }) => routerIds.length)).toEqual([1, 1]);
    const [node] = crowd.server.televisit.nodes.values();
    expect(node?.consumerCount).toBe(4 * (3 * 2 + 1));
  });

  it('has each stream once on each router, over one pair of transports', async () => {
    const { crowd, doctor, guest } = await four();
    // Two cameras and microphones of its own, two of the others', the silence; two people’s transports, its own, the pipe.
    for (const person of [doctor, guest]) {
      await expect.poll(() => held(crowd, person)).toEqual({ producers: 9, transports: 6 });
    }
  });

  it('hears every microphone for who speaks, even where nobody of the first router is left', async () => {
    const { crowd, doctor, patient, guest, other } = await four();
    const heard = async () => {
      const dumps = await Promise.all([...crowd.media.routers].map((router) => router.dump()));
      return dumps.flatMap(({ mapProducerIdObserverIds }) =>
        mapProducerIdObserverIds.filter(({ values }) => values.length > 0).map(({ key }) => key),
      );
    };
    await expect.poll(heard).toHaveLength(4);
    await doctor.request('leave', {});
    await patient.request('leave', {});
    const back = await guest.produce('microphone', false);
    await expect.poll(() => namesOf(other)).toContain('guest-1 microphone');
    await expect.poll(heard).toContain(back);
    expect(await heard()).toHaveLength(2);
  });

  it('with one worker stays on one router', async () => {
    const crowd = await LargeVisit.gather(2, 1, TWO);
    const all = await crowd.joinAll(FOUR);
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(FOUR[index]!, FOUR));
    }
    expect(crowd.media.routers.size).toBe(1);
  });

  it('takes a third worker, and then the emptiest router', async () => {
    const crowd = await LargeVisit.gather(3, 3, TWO);
    const everybody = [...FOUR, 'guest-3'];
    // The second and the third router are full with one person each, as all others are counted.
    const all = await crowd.joinAll(everybody);
    const routers = await Promise.all(all.map((person) => crowd.routerOf(person)));
    expect(new Set(routers).size).toBe(3);
    expect(routers[4]).not.toBe(routers[0]);
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(everybody[index]!, everybody));
    }
  });

  it('is spread evenly where all come at once', async () => {
    const crowd = await LargeVisit.gather(8, 2, TWO);
    const everybody = ['doctor', 'patient', ...Array.from({ length: 8 }, (_, index) => `guest-${index + 1}`)];
    const all = await Promise.all(everybody.map((userId) => crowd.join(userId)));
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(everybody[index]!, everybody));
    }
    const routers = await Promise.all(all.map((person) => crowd.routerOf(person)));
    const shares = [...new Set(routers)].map((router) => routers.filter((one) => one === router).length);
    expect(shares).toEqual([5, 5]);
    const [first, second] = await Promise.all([...new Set(routers)].map((router) => router.dump()));
    expect(first?.mapProducerIdConsumerIds).toHaveLength(21);
    expect(second?.mapProducerIdConsumerIds).toHaveLength(21);
  });

  it('whose next worker dies while it opens takes the person in where the others are', async () => {
    const crowd = await LargeVisit.gather(1, 2, TWO);
    const [doctor] = await crowd.joinAll(['doctor', 'patient']);
    const spare = crowd.workers.find(({ routerCount }) => routerCount === 0)!;
    process.kill(spare.pid, 'SIGSTOP');
    const guest = await crowd.open('guest-1');
    const entering = guest.enter();
    await expect.poll(() => spare.routerCount).toBe(1);
    process.kill(spare.pid, 'SIGKILL');
    await entering;
    expect(await crowd.routerOf(guest)).toBe(await crowd.routerOf(doctor!));
    await expect.poll(() => namesOf(guest)).toEqual(others('guest-1', ['doctor', 'patient', 'guest-1']));
    expect(doctor!.received('media:renew')).toEqual([]);
  });
});

describe('a stream from another worker', () => {
  it('stops and goes on with its owner, and with a host’s mute', async () => {
    const { crowd, doctor, guest } = await four();
    const consumer = () => crowd.media.consumers.get(streamOf(doctor, 'guest-1', 'microphone').consumerId)!;
    expect(consumer().producerPaused).toBe(false);
    const { producerId } = streamOf(doctor, 'guest-1', 'microphone');
    await guest.request('producer:pause', { producerId });
    await expect.poll(() => consumer().producerPaused).toBe(true);
    await guest.request('producer:resume', { producerId });
    await expect.poll(() => consumer().producerPaused).toBe(false);
    await doctor.request('moderation:mute', { userId: 'guest-1', source: 'microphone' });
    await expect.poll(() => consumer().producerPaused).toBe(true);
    expect((await consumer().dump()).producerPaused).toBe(true);
    await expect.poll(() => guest.received('muted')).toMatchObject([{ source: 'microphone' }]);
  });

  it('closes for everyone with its owner’s producer', async () => {
    const { doctor, other, guest } = await four();
    await guest.request('producer:close', {
      producerId: streamOf(doctor, 'guest-1', 'camera').producerId,
    });
    for (const person of [doctor, other]) {
      await expect.poll(() => namesOf(person)).not.toContain('guest-1 camera');
      expect(namesOf(person)).toContain('guest-1 microphone');
    }
  });

  it('has the layer that its receiver wants, and its sender hears of the highest anywhere', async () => {
    const clock = new ManualClock();
    const { crowd, doctor, patient, guest } = await four({ clock });
    const demands = () => patient.received('camera:demand').map(({ spatialLayer }) => spatialLayer);
    const far = streamOf(guest, 'patient', 'camera').consumerId;
    const near = streamOf(doctor, 'patient', 'camera').consumerId;
    const prefer = (viewer: ProtocolClient, consumerId: string, spatialLayer: 0 | 1 | 2) =>
      viewer.request('consumer:prefer', { consumers: [{ consumerId, visible: true, spatialLayer }] });
    await guest.request('consumer:ready', { consumerIds: [far] });
    await doctor.request('consumer:ready', { consumerIds: [near] });
    clock.advance(SMALL_FOR_MS);
    await prefer(doctor, near, 0);
    await prefer(guest, far, 1);
    clock.advance(LOWER_AFTER_MS);
    await expect.poll(() => demands().at(-1)).toBe(1);
    expect(await crowd.media.consumer(far)).toMatchObject({ paused: false, layer: 1 });
    expect(await crowd.media.consumer(near)).toMatchObject({ paused: false, layer: 0 });
    await prefer(guest, far, 2);
    await expect.poll(() => demands().at(-1)).toBe(2);
    expect(await crowd.media.consumer(far)).toMatchObject({ layer: 2 });
  });

  it('that starts later, such as a shared screen, reaches everyone', async () => {
    const { doctor, patient, guest, other } = await four();
    await guest.produce('screen', false);
    for (const person of [doctor, patient, other]) {
      await expect.poll(() => namesOf(person)).toContain('guest-1 screen');
    }
  });

  it('goes on through a drop of its owner’s connection', async () => {
    const { crowd, doctor, guest } = await four();
    const { consumerId } = streamOf(doctor, 'guest-1', 'camera');
    guest.drop();
    await expect
      .poll(() => doctor.received('participant:updated').at(-1))
      .toMatchObject({ userId: 'guest-1', connected: false });
    const back = await crowd.open('guest-1');
    const { device } = guest;
    await expect(back.request('resume', { device, live: ['microphone', 'camera'] })).resolves.toMatchObject({
      status: 'resumed',
    });
    expect(crowd.media.consumers.get(consumerId)?.producerPaused).toBe(false);
    expect(namesOf(doctor)).toContain('guest-1 camera');
  });
});

describe('people of a visit on several workers who leave', () => {
  it('take their pipes with them, and the last one of a router takes that', async () => {
    const { crowd, doctor, guest, other } = await four();
    await guest.request('leave', {});
    await expect.poll(() => held(crowd, doctor)).toEqual({ producers: 7, transports: 6 });
    await expect.poll(() => held(crowd, other)).toEqual({ producers: 7, transports: 4 });
    await other.request('leave', {});
    await expect.poll(() => crowd.media.routers.size).toBe(1);
    await expect.poll(() => held(crowd, doctor)).toEqual({ producers: 5, transports: 5 });
    expect(crowd.workers.map(({ routerCount }) => routerCount).sort()).toEqual([0, 1]);
    await expect.poll(() => namesOf(doctor)).toEqual(others('doctor', ['doctor', 'patient']));
    expect(doctor.received('media:renew')).toEqual([]);
    const back = await crowd.join('guest-1');
    expect(await crowd.routerOf(back)).not.toBe(await crowd.routerOf(doctor));
    await expect.poll(() => namesOf(doctor)).toContain('guest-1 camera');
  });

  it('leave the others together, even those of the first router', async () => {
    const { crowd, doctor, patient, guest, other } = await four();
    await doctor.request('leave', {});
    await patient.request('leave', {});
    await expect.poll(() => namesOf(guest)).toEqual(['guest-2 camera', 'guest-2 microphone']);
    await expect.poll(() => namesOf(other)).toEqual(['guest-1 camera', 'guest-1 microphone']);
    const back = await crowd.join('doctor');
    await expect.poll(() => namesOf(guest)).toContain('doctor camera');
    expect(namesOf(back)).toEqual(others('doctor', ['doctor', 'guest-1', 'guest-2']));
  });

  it('leave nothing when all are gone', async () => {
    const { crowd, all } = await four();
    for (const person of all) await person.request('leave', {});
    await expect.poll(() => crowd.server.televisit.rooms.size).toBe(0);
    expect([crowd.media.routers.size, crowd.media.transports.size]).toEqual([0, 0]);
    const dumps = await Promise.all(crowd.workers.map((worker) => worker.dump()));
    expect(dumps.flatMap(({ routerIds }) => routerIds)).toEqual([]);
    expect(crowd.workers.map(({ routerCount }) => routerCount)).toEqual([0, 0]);
  });
});

describe('a worker that dies under a visit on several', () => {
  it.each(['first', 'second'] as const)(
    'be it the %s, has everybody renew, and all is back',
    async (which) => {
      const { crowd, doctor, guest, all } = await four();
      const { id } = await crowd.routerOf(which === 'first' ? doctor : guest);
      for (const worker of crowd.workers) {
        if ((await worker.dump()).routerIds.includes(id)) process.kill(worker.pid, 'SIGKILL');
      }
      for (const person of all) await expect.poll(() => person.received('media:renew')).toHaveLength(1);
      await expect.poll(() => crowd.workers.length).toBe(2);
      for (const person of all) {
        person.prepared = undefined;
        person.events.length = 0;
      }
      await Promise.all(all.map((person) => person.enter()));
      for (const [index, person] of all.entries()) {
        await expect.poll(() => namesOf(person)).toEqual(others(FOUR[index]!, FOUR));
      }
      expect(crowd.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
      expect(all.flatMap((person) => person.received('participant:left'))).toEqual([]);
    },
  );
});

describe('a visit of forty', () => {
  const COUNT = 40;
  const TOGETHER = 5;
  const everybody = ['doctor', 'patient', ...Array.from({ length: COUNT - 2 }, (_, at) => `guest-${at + 1}`)];

  it('on two workers has all of them in soon, each with everybody else', async () => {
    const crowd = await LargeVisit.gather(COUNT - 2, 2);
    const people = await Promise.all(everybody.map((userId) => crowd.open(userId)));
    const start = performance.now();
    const outside = [...people];
    const enter = async () => {
      for (let person = outside.shift(); person; person = outside.shift()) await person.enter();
    };
    await Promise.all(Array.from({ length: TOGETHER }, enter));
    const joined = performance.now() - start;
    for (const [index, person] of people.entries()) {
      await expect.poll(() => namesOf(person).length).toBe((COUNT - 1) * 2);
      expect(namesOf(person)).toEqual(others(everybody[index]!, everybody));
    }
    const complete = performance.now() - start;
    const [node] = crowd.server.televisit.nodes.values();
    expect(node?.consumerCount).toBe(COUNT * ((COUNT - 1) * 2 + 1));
    console.log(
      `${COUNT} people on 2 workers: all joined after ${joined.toFixed(0)} ms, ` +
        `all of ${node?.consumerCount} consumers after ${complete.toFixed(0)} ms`,
    );
    expect(crowd.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
  });
});
