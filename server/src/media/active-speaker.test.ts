import { createWorker } from 'mediasoup';
import type { DirectTransport, Worker } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActiveSpeaker } from './active-speaker.ts';
import { mediaCodecs } from './media-worker.ts';
import { FakeMicrophone } from './testing/fake-microphone.ts';

const LOUD = 5;
const SILENT = 127;

let worker: Worker;
let transport: DirectTransport;
let speaker: ActiveSpeaker;
let reported: (string | null)[];

/** The worker takes about a second to decide. */
const patience = { timeout: 15_000 };

async function microphone(userId: string, ssrc: number): Promise<FakeMicrophone> {
  const fake = await FakeMicrophone.create(transport, ssrc);
  await speaker.add(fake.producer, userId);
  return fake;
}

beforeEach(async () => {
  worker = await createWorker({ logLevel: 'warn' });
  const router = await worker.createRouter({ mediaCodecs: mediaCodecs(false) });
  transport = await router.createDirectTransport();
  speaker = await ActiveSpeaker.create(router);
  reported = [];
  speaker.onChange((userId) => reported.push(userId));
});

afterEach(() => worker.close());

describe('ActiveSpeaker', { timeout: 40_000 }, () => {
  it('reports each participant once when they speak in turn', async () => {
    const doctor = await microphone('doctor', 1111);
    const patient = await microphone('patient', 2222);
    doctor.level = LOUD;
    await expect.poll(() => reported.at(-1), patience).toBe('doctor');
    doctor.level = SILENT;
    patient.level = LOUD;
    await expect.poll(() => reported.at(-1), patience).toBe('patient');
    expect(reported.filter((userId) => userId === 'patient')).toHaveLength(1);
  });

  it('reports null when the speaker’s microphone closes, then the next speaker', async () => {
    const doctor = await microphone('doctor', 1111);
    doctor.level = LOUD;
    await expect.poll(() => reported.at(-1), patience).toBe('doctor');
    doctor.producer.close();
    expect(reported.at(-1)).toBeNull();
    const patient = await microphone('patient', 2222);
    patient.level = LOUD;
    await expect.poll(() => reported.at(-1), patience).toBe('patient');
  });

  it('keeps the speaker while a second microphone of the same user is open', async () => {
    const before = await microphone('doctor', 1111);
    before.level = LOUD;
    await expect.poll(() => reported.at(-1), patience).toBe('doctor');
    const after = await microphone('doctor', 2222);
    before.producer.close();
    expect(reported).not.toContain(null);
    after.producer.close();
    expect(reported.at(-1)).toBeNull();
  });

  it('add() ignores a microphone that was already added', async () => {
    const doctor = await microphone('doctor', 1111);
    await speaker.add(doctor.producer, 'doctor');
    doctor.level = LOUD;
    await expect.poll(() => reported, patience).toContain('doctor');
    doctor.producer.close();
    expect(reported.filter((userId) => userId === null)).toHaveLength(1);
  });
});
