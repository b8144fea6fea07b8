import { describe, expect, it } from 'vitest';
import { LargeVisit, namesOf, streamsOf } from '../support/fixtures/large-visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';

/** Two participants fill a router. */
const TWO = { consumersPerRouter: 4 };
const LOWER_AFTER_MS = 2000;
const SMALL_FOR_MS = 800;

const others = (userId: string, everyone: readonly string[]) =>
  everyone
    .filter((one) => one !== userId)
    .flatMap((one) => [`${one} camera`, `${one} microphone`])
    .sort();

const FOUR = ['doctor', 'patient', 'guest-1', 'guest-2'] as const;

/** Lets two participants join on each of two workers. */
async function four(options = {}) {
  const visit = await LargeVisit.open(2, 2, { ...TWO, ...options });
  const [doctor, patient, guest, other] = (await visit.joinAll(FOUR)) as [
    ProtocolClient,
    ProtocolClient,
    ProtocolClient,
    ProtocolClient,
  ];
  await expect.poll(() => namesOf(doctor)).toEqual(others('doctor', FOUR));
  return { visit, doctor, patient, guest, other, all: [doctor, patient, guest, other] };
}

function streamOf(viewer: ProtocolClient, userId: string, source: 'microphone' | 'camera') {
  return streamsOf(viewer).findLast((one) => one.userId === userId && one.source === source)!;
}

/** Returns how many producers the participant's router has, including piped ones, and how many transports. */
async function held(visit: LargeVisit, person: ProtocolClient) {
  const { mapProducerIdConsumerIds, transportIds } = await (await visit.routerOf(person)).dump();
  return { producers: mapProducerIdConsumerIds.length, transports: transportIds.length };
}

describe('a visit with more consumers than one router takes', () => {
  it('the visit continues on another worker, and everyone receives everyone', async () => {
    const { visit, doctor, patient, guest, other, all } = await four();
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(FOUR[index]!, FOUR));
    }
    expect(await visit.routerOf(patient)).toBe(await visit.routerOf(doctor));
    expect(await visit.routerOf(other)).toBe(await visit.routerOf(guest));
    expect(visit.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
    const dumps = await Promise.all(visit.workers.map((worker) => worker.dump()));
    expect(dumps.map(({ routerIds }) => routerIds.length)).toEqual([1, 1]);
    const [node] = visit.server.televisit.nodes.values();
    expect(node?.consumerCount).toBe(4 * (3 * 2 + 1));
  });

  it('each stream exists once on each router, over one pair of pipe transports', async () => {
    const { visit, doctor, guest } = await four();
    // Two cameras and microphones of its own, two of the other router and the silent stream; the transports of two
    // participants, its own and the pipe.
    for (const person of [doctor, guest]) {
      await expect.poll(() => held(visit, person)).toEqual({ producers: 9, transports: 6 });
    }
  });

  it('every microphone is observed for the active speaker, even if no participant of the first router is left', async () => {
    const { visit, doctor, patient, guest, other } = await four();
    const heard = async () => {
      const dumps = await Promise.all([...visit.media.routers].map((router) => router.dump()));
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

  it('a visit on a node with one worker stays on one router', async () => {
    const visit = await LargeVisit.open(2, 1, TWO);
    const all = await visit.joinAll(FOUR);
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(FOUR[index]!, FOUR));
    }
    expect(visit.media.routers.size).toBe(1);
  });

  it('the visit uses a third worker, and then the emptiest router', async () => {
    const visit = await LargeVisit.open(3, 3, TWO);
    const everyone = [...FOUR, 'guest-3'];
    // The second and third router are full with one participant each, since all others count.
    const all = await visit.joinAll(everyone);
    const routers = await Promise.all(all.map((person) => visit.routerOf(person)));
    expect(new Set(routers).size).toBe(3);
    expect(routers[4]).not.toBe(routers[0]);
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(everyone[index]!, everyone));
    }
  });

  it('participants who join at once are spread evenly', async () => {
    const visit = await LargeVisit.open(8, 2, TWO);
    const everyone = ['doctor', 'patient', ...Array.from({ length: 8 }, (_, index) => `guest-${index + 1}`)];
    const all = await Promise.all(everyone.map((userId) => visit.join(userId)));
    for (const [index, person] of all.entries()) {
      await expect.poll(() => namesOf(person)).toEqual(others(everyone[index]!, everyone));
    }
    const routers = await Promise.all(all.map((person) => visit.routerOf(person)));
    const shares = [...new Set(routers)].map((router) => routers.filter((one) => one === router).length);
    expect(shares).toEqual([5, 5]);
    const [first, second] = await Promise.all([...new Set(routers)].map((router) => router.dump()));
    expect(first?.mapProducerIdConsumerIds).toHaveLength(21);
    expect(second?.mapProducerIdConsumerIds).toHaveLength(21);
  });

  it('a participant joins the router of the others if the next worker dies while it opens', async () => {
    const visit = await LargeVisit.open(1, 2, TWO);
    const [doctor] = await visit.joinAll(['doctor', 'patient']);
    const spare = visit.workers.find(({ routerCount }) => routerCount === 0)!;
    process.kill(spare.pid, 'SIGSTOP');
    const guest = await visit.connect('guest-1');
    const entering = guest.enter();
    await expect.poll(() => spare.routerCount).toBe(1);
    process.kill(spare.pid, 'SIGKILL');
    await entering;
    expect(await visit.routerOf(guest)).toBe(await visit.routerOf(doctor!));
    await expect.poll(() => namesOf(guest)).toEqual(others('guest-1', ['doctor', 'patient', 'guest-1']));
    expect(doctor!.received('media:renew')).toEqual([]);
  });
});

describe('a stream from another worker', () => {
  it('a piped stream pauses and resumes with its owner and with a host’s mute', async () => {
    const { visit, doctor, guest } = await four();
    const consumer = () => visit.media.consumers.get(streamOf(doctor, 'guest-1', 'microphone').consumerId)!;
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

  it('a piped stream closes for everyone with its producer', async () => {
    const { doctor, other, guest } = await four();
    await guest.request('producer:close', {
      producerId: streamOf(doctor, 'guest-1', 'camera').producerId,
    });
    for (const person of [doctor, other]) {
      await expect.poll(() => namesOf(person)).not.toContain('guest-1 camera');
      expect(namesOf(person)).toContain('guest-1 microphone');
    }
  });

  it('a piped stream has the layer of its receiver, and its sender gets the highest layer of all receivers', async () => {
    const clock = new ManualClock();
    const { visit, doctor, patient, guest } = await four({ clock });
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
    expect(await visit.media.consumer(far)).toMatchObject({ paused: false, layer: 1 });
    expect(await visit.media.consumer(near)).toMatchObject({ paused: false, layer: 0 });
    await prefer(guest, far, 2);
    await expect.poll(() => demands().at(-1)).toBe(2);
    expect(await visit.media.consumer(far)).toMatchObject({ layer: 2 });
  });

  it('a stream that starts later, such as a shared screen, reaches every router', async () => {
    const { doctor, patient, guest, other } = await four();
    await guest.produce('screen', false);
    for (const person of [doctor, patient, other]) {
      await expect.poll(() => namesOf(person)).toContain('guest-1 screen');
    }
  });

  it('a piped stream survives a drop of its owner’s connection', async () => {
    const { visit, doctor, guest } = await four();
    const { consumerId } = streamOf(doctor, 'guest-1', 'camera');
    guest.drop();
    await expect
      .poll(() => doctor.received('participant:updated').at(-1))
      .toMatchObject({ userId: 'guest-1', connected: false });
    const back = await visit.connect('guest-1');
    const { device } = guest;
    await expect(back.request('resume', { device, live: ['microphone', 'camera'] })).resolves.toMatchObject({
      status: 'resumed',
    });
    expect(visit.media.consumers.get(consumerId)?.producerPaused).toBe(false);
    expect(namesOf(doctor)).toContain('guest-1 camera');
  });
});

describe('participants of a visit on several workers who leave', () => {
  it('a leaving participant’s pipes close, and the router with its last participant', async () => {
    const { visit, doctor, guest, other } = await four();
    await guest.request('leave', {});
    await expect.poll(() => held(visit, doctor)).toEqual({ producers: 7, transports: 6 });
    await expect.poll(() => held(visit, other)).toEqual({ producers: 7, transports: 4 });
    await other.request('leave', {});
    await expect.poll(() => visit.media.routers.size).toBe(1);
    await expect.poll(() => held(visit, doctor)).toEqual({ producers: 5, transports: 5 });
    expect(visit.workers.map(({ routerCount }) => routerCount).sort()).toEqual([0, 1]);
    await expect.poll(() => namesOf(doctor)).toEqual(others('doctor', ['doctor', 'patient']));
    expect(doctor.received('media:renew')).toEqual([]);
    const back = await visit.join('guest-1');
    expect(await visit.routerOf(back)).not.toBe(await visit.routerOf(doctor));
    await expect.poll(() => namesOf(doctor)).toContain('guest-1 camera');
  });

  it('the remaining participants stay connected, also without participants on the first router', async () => {
    const { visit, doctor, patient, guest, other } = await four();
    await doctor.request('leave', {});
    await patient.request('leave', {});
    await expect.poll(() => namesOf(guest)).toEqual(['guest-2 camera', 'guest-2 microphone']);
    await expect.poll(() => namesOf(other)).toEqual(['guest-1 camera', 'guest-1 microphone']);
    const back = await visit.join('doctor');
    await expect.poll(() => namesOf(guest)).toContain('doctor camera');
    expect(namesOf(back)).toEqual(others('doctor', ['doctor', 'guest-1', 'guest-2']));
  });

  it('nothing remains when everyone has left', async () => {
    const { visit, all } = await four();
    for (const person of all) await person.request('leave', {});
    await expect.poll(() => visit.server.televisit.rooms.size).toBe(0);
    expect([visit.media.routers.size, visit.media.transports.size]).toEqual([0, 0]);
    const dumps = await Promise.all(visit.workers.map((worker) => worker.dump()));
    expect(dumps.flatMap(({ routerIds }) => routerIds)).toEqual([]);
    expect(visit.workers.map(({ routerCount }) => routerCount)).toEqual([0, 0]);
  });
});

describe('a worker that dies under a visit on several workers', () => {
  it.each(['first', 'second'] as const)(
    'the death of the %s makes everyone renew, and all streams come back',
    async (which) => {
      const { visit, doctor, guest, all } = await four();
      const { id } = await visit.routerOf(which === 'first' ? doctor : guest);
      for (const worker of visit.workers) {
        if ((await worker.dump()).routerIds.includes(id)) process.kill(worker.pid, 'SIGKILL');
      }
      for (const person of all) await expect.poll(() => person.received('media:renew')).toHaveLength(1);
      await expect.poll(() => visit.workers.length).toBe(2);
      for (const person of all) {
        person.prepared = undefined;
        person.events.length = 0;
      }
      await Promise.all(all.map((person) => person.enter()));
      for (const [index, person] of all.entries()) {
        await expect.poll(() => namesOf(person)).toEqual(others(FOUR[index]!, FOUR));
      }
      expect(visit.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
      expect(all.flatMap((person) => person.received('participant:left'))).toEqual([]);
    },
  );
});

describe('a visit of forty participants', () => {
  const COUNT = 40;
  const TOGETHER = 5;
  const everyone = ['doctor', 'patient', ...Array.from({ length: COUNT - 2 }, (_, at) => `guest-${at + 1}`)];

  it('forty participants on two workers join soon and receive each other', async () => {
    const visit = await LargeVisit.open(COUNT - 2, 2);
    const people = await Promise.all(everyone.map((userId) => visit.connect(userId)));
    const start = performance.now();
    const outside = [...people];
    const enter = async () => {
      for (let person = outside.shift(); person; person = outside.shift()) await person.enter();
    };
    await Promise.all(Array.from({ length: TOGETHER }, enter));
    const joined = performance.now() - start;
    for (const [index, person] of people.entries()) {
      await expect.poll(() => namesOf(person).length).toBe((COUNT - 1) * 2);
      expect(namesOf(person)).toEqual(others(everyone[index]!, everyone));
    }
    const complete = performance.now() - start;
    const [node] = visit.server.televisit.nodes.values();
    expect(node?.consumerCount).toBe(COUNT * ((COUNT - 1) * 2 + 1));
    console.log(
      `${COUNT} people on 2 workers: all joined after ${joined.toFixed(0)} ms, ` +
        `all of ${node?.consumerCount} consumers after ${complete.toFixed(0)} ms`,
    );
    expect(visit.workers.map(({ routerCount }) => routerCount)).toEqual([1, 1]);
  });
});
