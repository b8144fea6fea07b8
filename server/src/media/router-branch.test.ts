import pino from 'pino';
import type { Consumer, DirectTransport, Producer } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import { mediaCodecs } from './codecs.ts';
import { RouterBranch } from './router-branch.ts';
import { Camera } from './testing/camera.ts';
import { Loudness } from './testing/loudness.ts';
import { WorkerPool } from './worker-pool.ts';

const patience = { timeout: 15_000 };

let pool: WorkerPool;
let here: RouterBranch;
let there: RouterBranch;
let sending: DirectTransport;
let receiving: DirectTransport;

async function openBranch(slot: number): Promise<RouterBranch> {
  const worker = pool.workers[slot]!;
  return (await RouterBranch.create(worker, mediaCodecs(false), () => Promise.resolve())).branch;
}

/** A consumer of a producer on the other router, with the packets that it has had. */
async function receive(producer: Producer): Promise<{ consumer: Consumer; packets: Buffer[] }> {
  const { rtpCapabilities } = there.router;
  const consumer = await receiving.consume({ producerId: producer.id, rtpCapabilities, paused: false });
  const packets: Buffer[] = [];
  consumer.on('rtp', (packet) => packets.push(packet));
  return { consumer, packets };
}

/** The producers that the worker itself has on a router. */
async function producersOn({ router }: RouterBranch): Promise<string[]> {
  return (await router.dump()).mapProducerIdConsumerIds.map(({ key }) => key);
}

beforeEach(async () => {
  pool = await WorkerPool.start({
    nodeId: 'test',
    addresses: [{ ip: '127.0.0.1' }],
    ports: [0, 0],
    clock: systemClock,
    logger: pino({ level: 'silent' }),
  });
  [here, there] = await Promise.all([openBranch(0), openBranch(1)]);
  sending = await here.router.createDirectTransport();
  receiving = await there.router.createDirectTransport();
});

afterEach(() => pool.close());

describe('RouterBranch.bring', { timeout: 40_000 }, () => {
  it('of a producer that is on its router already does nothing', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    expect(here.bring(producer, here)).toBeUndefined();
    expect(await producersOn(there)).toEqual([there.silence.id]);
  });

  it('lets packets through to another worker', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    await there.bring(producer, here);
    const { packets } = await receive(producer);
    await expect.poll(() => packets.length, patience).toBeGreaterThan(10);
  });

  it('many at once for the same producer make one pipe, under the same id', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    await Promise.all(Array.from({ length: 20 }, async () => there.bring(producer, here)));
    await there.bring(producer, here);
    expect((await producersOn(there)).sort()).toEqual([there.silence.id, producer.id].sort());
    const { mapProducerIdConsumerIds } = await here.router.dump();
    expect(mapProducerIdConsumerIds.find(({ key }) => key === producer.id)?.values).toHaveLength(1);
  });

  it('both ways at once uses one pair of transports', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    const { producer: back } = await Loudness.create(receiving, 2222);
    await Promise.all([there.bring(producer, here), here.bring(back, there)]);
    const [one, other] = await Promise.all([here.router.dump(), there.router.dump()]);
    // Those of the silence and of this test, and the pipe.
    expect([one.transportIds.length, other.transportIds.length]).toEqual([3, 3]);
  });

  it('stops and goes on with its producer, and starts out as it is', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    await producer.pause();
    await there.bring(producer, here);
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

  it('ends with its producer, and leaves nothing', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    await there.bring(producer, here);
    const { consumer } = await receive(producer);
    producer.close();
    await expect.poll(() => consumer.closed, patience).toBe(true);
    expect(await producersOn(there)).toEqual([there.silence.id]);
  });

  it('of a producer that closes meanwhile is no error', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    const bringing = there.bring(producer, here);
    producer.close();
    await bringing;
    await there.bring(producer, here);
    await expect.poll(() => producersOn(there), patience).toEqual([there.silence.id]);
  });

  it('to a router that has closed rejects, and what stays is whole', async () => {
    const { producer } = await Loudness.create(sending, 1111);
    there.close();
    await expect(there.bring(producer, here)).rejects.toThrow();
    expect(producer.closed).toBe(false);
    expect(
      (await here.router.dump()).mapProducerIdConsumerIds.find(({ key }) => key === producer.id),
    ).toEqual({
      key: producer.id,
      values: [],
    });
  });

  it('asks the camera itself for a key frame when somebody far needs one', async () => {
    const camera = await Camera.create(sending, 1111);
    await there.bring(camera.producer, here);
    const { consumer, packets } = await receive(camera.producer);
    await expect.poll(() => packets.length, patience).toBeGreaterThan(10);
    const before = camera.asked;
    await consumer.requestKeyFrame();
    await expect.poll(() => camera.asked, patience).toBeGreaterThan(before);
  });

  it('lets the other router hear who speaks', async () => {
    const speaker = await ActiveSpeaker.create(there.router);
    const heard: (string | null)[] = [];
    speaker.onChange((userId) => heard.push(userId));
    const doctor = await Loudness.create(sending, 1111);
    const patient = await Loudness.create(receiving, 2222);
    await there.bring(doctor.producer, here);
    await speaker.add(doctor.producer, 'doctor');
    await speaker.add(patient.producer, 'patient');
    doctor.level = 5;
    await expect.poll(() => heard.at(-1), patience).toBe('doctor');
  });

  it('whose worker dies while its producer stops and goes on is nobody’s unhandled error', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const { producer } = await Loudness.create(sending, 1111);
    await there.bring(producer, here);
    // A worker that is stopped answers nothing, so the request is under way when it dies.
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
