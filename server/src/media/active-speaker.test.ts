import { createWorker } from 'mediasoup';
import type { DirectTransport, Worker } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActiveSpeaker } from './active-speaker.ts';
import { mediaCodecs } from './codecs.ts';
import { Loudness } from './testing/loudness.ts';

const LOUD = 5;
const SILENT = 127;

let worker: Worker;
let transport: DirectTransport;
let speaker: ActiveSpeaker;
let heard: (string | null)[];

/** The worker takes about a second to be sure. */
const patience = { timeout: 15_000 };

async function microphone(userId: string, ssrc: number): Promise<Loudness> {
  const loudness = await Loudness.create(transport, ssrc);
  await speaker.add(loudness.producer, userId);
  return loudness;
}

beforeEach(async () => {
  worker = await createWorker({ logLevel: 'warn' });
  const router = await worker.createRouter({ mediaCodecs: mediaCodecs(false) });
  transport = await router.createDirectTransport();
  speaker = await ActiveSpeaker.create(router);
  heard = [];
  speaker.onChange((userId) => heard.push(userId));
});

afterEach(() => worker.close());

describe('ActiveSpeaker', { timeout: 40_000 }, () => {
  it('names the one who speaks, then the other, each once', async () => {
    const doctor = await microphone('doctor', 1111);
    const patient = await microphone('patient', 2222);
    doctor.level = LOUD;
    await expect.poll(() => heard.at(-1), patience).toBe('doctor');
    doctor.level = SILENT;
    patient.level = LOUD;
    await expect.poll(() => heard.at(-1), patience).toBe('patient');
    expect(heard.filter((userId) => userId === 'patient')).toHaveLength(1);
  });

  it('names nobody when the one who spoke has gone, and the next one afterwards', async () => {
    const doctor = await microphone('doctor', 1111);
    doctor.level = LOUD;
    await expect.poll(() => heard.at(-1), patience).toBe('doctor');
    doctor.producer.close();
    expect(heard.at(-1)).toBeNull();
    const patient = await microphone('patient', 2222);
    patient.level = LOUD;
    await expect.poll(() => heard.at(-1), patience).toBe('patient');
  });

  it('keeps the one who spoke while they come back over a new connection', async () => {
    const before = await microphone('doctor', 1111);
    before.level = LOUD;
    await expect.poll(() => heard.at(-1), patience).toBe('doctor');
    const after = await microphone('doctor', 2222);
    before.producer.close();
    expect(heard).not.toContain(null);
    after.producer.close();
    expect(heard.at(-1)).toBeNull();
  });

  it('add() of the same microphone twice is one', async () => {
    const doctor = await microphone('doctor', 1111);
    await speaker.add(doctor.producer, 'doctor');
    doctor.level = LOUD;
    await expect.poll(() => heard, patience).toContain('doctor');
    doctor.producer.close();
    expect(heard.filter((userId) => userId === null)).toHaveLength(1);
  });
});
