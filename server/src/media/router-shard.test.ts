import pino from 'pino';
import type { Consumer, DirectTransport, Producer } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import { mediaCodecs } from './media-worker.ts';
import { RouterShard } from './router-shard.ts';
import { FakeCamera } from './testing/fake-camera.ts';
import { FakeMicrophone } from './testing/fake-microphone.ts';
import { WorkerPool } from './worker-pool.ts';

const patience = { timeout: 15_000 };

let pool: WorkerPool;
let here: RouterShard;
let there: RouterShard;
let sending: DirectTransport;
let receiving: DirectTransport;

async function openShard(slot: number): Promise<RouterShard> {
  const worker = pool.workers[slot]!;
  return RouterShard.create(worker, mediaCodecs(false));
}

/** Consumes a producer on the other router and collects its packets. */
async function receive(producer: Producer): Promise<{ consumer: Consumer; packets: Buffer[] }> {
  const { rtpCapabilities } = there.router;
  const consumer = await receiving.consume({ producerId: producer.id, rtpCapabilities, paused: false });
  const packets: Buffer[] = [];
  consumer.on('rtp', (packet) => packets.push(packet));
  return { consumer, packets };
}

/** Returns the ids of the producers that the worker reports for a router. */
async function producersOn({ router }: RouterShard): Promise<string[]> {
  return (await router.dump()).mapProducerIdConsumerIds.map(({ key }) => key);
}

beforeEach(async () => {
  pool = await WorkerPool.start({
    nodeId: 'test',
    listenIps: ['127.0.0.1'],
    ports: [0, 0],
    clock: systemClock,
    logger: pino({ level: 'silent' }),
  });
  [here, there] = await Promise.all([openShard(0), openShard(1)]);
  sending = await here.router.createDirectTransport();
  receiving = await there.router.createDirectTransport();
});

afterEach(() => pool.close());

describe('RouterShard.pipeTo', { timeout: 40_000 }, () => {
  it('does nothing if the target is the producer’s own shard', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    expect(here.pipeTo(here, producer)).toBeUndefined();
    expect(await producersOn(there)).toEqual([there.warmUpProducer.id]);
  });

  it('forwards packets to another worker', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    await here.pipeTo(there, producer);
    const { packets } = await receive(producer);
    await expect.poll(() => packets.length, patience).toBeGreaterThan(10);
  });

  it('creates one pipe with the producer’s id when called concurrently', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    await Promise.all(Array.from({ length: 20 }, async () => here.pipeTo(there, producer)));
    await here.pipeTo(there, producer);
    expect((await producersOn(there)).sort()).toEqual([there.warmUpProducer.id, producer.id].sort());
    const { mapProducerIdConsumerIds } = await here.router.dump();
    expect(mapProducerIdConsumerIds.find(({ key }) => key === producer.id)?.values).toHaveLength(1);
  });

  it('uses one pair of transports for both directions', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    const { producer: back } = await FakeMicrophone.create(receiving, 2222);
    await Promise.all([here.pipeTo(there, producer), there.pipeTo(here, back)]);
    const [one, other] = await Promise.all([here.router.dump(), there.router.dump()]);
    // The transports of the warm-up producer, of this test and of the pipe.
    expect([one.transportIds.length, other.transportIds.length]).toEqual([3, 3]);
  });

  it('copies the paused state of the producer, initially and on changes', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    await producer.pause();
    await here.pipeTo(there, producer);
    const { consumer, packets } = await receive(producer);
    expect(consumer.producerPaused).toBe(true);
    await producer.resume();
    await expect.poll(() => consumer.producerPaused, patience).toBe(false);
    await expect.poll(() => packets.length, patience).toBeGreaterThan(5);
    await producer.pause();
    await expect.poll(() => consumer.producerPaused, patience).toBe(true);
    for (let time = 0; time < 10; time++) await Promise.all([producer.resume(), producer.pause()]);
    await producer.resume();
    await expect.poll(() => consumer.producerPaused, patience).toBe(false);
    const before = packets.length;
    await expect.poll(() => packets.length, patience).toBeGreaterThan(before + 5);
  });

  it('closes the pipe with its producer', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    await here.pipeTo(there, producer);
    const { consumer } = await receive(producer);
    producer.close();
    await expect.poll(() => consumer.closed, patience).toBe(true);
    expect(await producersOn(there)).toEqual([there.warmUpProducer.id]);
  });

  it('resolves if the producer closes meanwhile', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    const piping = here.pipeTo(there, producer);
    producer.close();
    await piping;
    await here.pipeTo(there, producer);
    await expect.poll(() => producersOn(there), patience).toEqual([there.warmUpProducer.id]);
  });

  it('rejects if the target router is closed, and leaves the source intact', async () => {
    const { producer } = await FakeMicrophone.create(sending, 1111);
    there.close();
    await expect(here.pipeTo(there, producer)).rejects.toThrow();
    expect(producer.closed).toBe(false);
    expect(
      (await here.router.dump()).mapProducerIdConsumerIds.find(({ key }) => key === producer.id),
    ).toEqual({
      key: producer.id,
      values: [],
    });
  });

  it('forwards key-frame requests to the original producer', async () => {
    const camera = await FakeCamera.create(sending, 1111);
    await here.pipeTo(there, camera.producer);
    const { consumer, packets } = await receive(camera.producer);
    await expect.poll(() => packets.length, patience).toBeGreaterThan(10);
    const before = camera.keyFrameRequests;
    await consumer.requestKeyFrame();
    await expect.poll(() => camera.keyFrameRequests, patience).toBeGreaterThan(before);
  });

  it('lets a speaker observer on the other router detect the speaker', async () => {
    const speaker = await ActiveSpeaker.create(there.router);
    const reported: (string | null)[] = [];
    speaker.onChange((userId) => reported.push(userId));
    const doctor = await FakeMicrophone.create(sending, 1111);
    const patient = await FakeMicrophone.create(receiving, 2222);
    await here.pipeTo(there, doctor.producer);
    await speaker.add(doctor.producer, 'doctor');
    await speaker.add(patient.producer, 'patient');
    doctor.level = 5;
    await expect.poll(() => reported.at(-1), patience).toBe('doctor');
  });

  it('causes no unhandled rejection if the worker dies while the producer pauses and resumes', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const { producer } = await FakeMicrophone.create(sending, 1111);
    await here.pipeTo(there, producer);
    // A stopped worker does not respond, so the request is pending when it dies.
    process.kill(there.worker.pid, 'SIGSTOP');
    await producer.pause();
    await producer.resume();
    await here.router.dump();
    process.kill(there.worker.pid, 'SIGKILL');
    await expect.poll(() => there.router.closed, patience).toBe(true);
    await producer.pause();
    expect(unhandled).toEqual([]);
  });
});
