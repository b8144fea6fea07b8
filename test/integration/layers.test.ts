import type { Role } from '@televisit/shared/vocabulary';
import type { Payload, ServerToClientEvents } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { MediaView } from '@televisit/server/media/testing/media-view';
import { startServer } from '../support/infra/start-server.ts';

const LOWER_AFTER_MS = 2000;
const SMALL_FOR_MS = 800;

type Demand = Parameters<ServerToClientEvents['camera:demand']>[0]['spatialLayer'];
type Preference = Payload<'consumer:prefer'>['consumers'][number];

const SEATS = [
  { userId: 'doctor', role: 'doctor' as const },
  { userId: 'patient', role: 'patient' as const },
  { userId: 'guest', role: 'guest' as const },
];

/** Lets a doctor join a visit on a server whose clock stands still. */
async function visit() {
  const clock = new ManualClock();
  const media = new MediaView();
  const server = await startServer({ clock });
  const { sessionId } = await server.createVisit(undefined, { seats: SEATS });
  const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
  return { clock, media, server, sessionId, doctor };
}

function demands(participant: ProtocolClient): Demand[] {
  return participant.received('camera:demand').map(({ spatialLayer }) => spatialLayer);
}

/** Returns the consumer of a participant's camera that this client has. */
function cameraOf(viewer: ProtocolClient, userId: string) {
  const all = [...(viewer.prepared?.consumers ?? []), ...viewer.received('consumer:new')];
  return all.findLast((one) => one.userId === userId && one.source === 'camera')!;
}

async function prefer(viewer: ProtocolClient, userId: string, change: Partial<Preference>) {
  const { consumerId } = cameraOf(viewer, userId);
  const consumers = [{ consumerId, visible: true, spatialLayer: 2, ...change }];
  await viewer.request('consumer:prefer', { consumers });
}

/** Lets a participant join and receive the doctor's picture for long enough to get more than the smallest layer. */
async function joinAndWatch(
  { clock, server, sessionId }: Awaited<ReturnType<typeof visit>>,
  role: Role = 'patient',
) {
  const viewer = await ProtocolClient.join(server, sessionId, role);
  await viewer.request('consumer:ready', { consumerIds: [cameraOf(viewer, 'doctor').consumerId] });
  clock.advance(SMALL_FOR_MS);
  return viewer;
}

describe('the demand for a camera', () => {
  it('the demand for a camera is zero if no one else is in the visit, and is sent at once', async () => {
    const { doctor } = await visit();
    await expect.poll(() => demands(doctor)).toEqual([null]);
  });

  it('a client in the preview demands the smallest layer, so that the camera runs when it joins', async () => {
    const { clock, server, sessionId, doctor } = await visit();
    await expect.poll(() => demands(doctor)).toEqual([null]);
    const patient = await ProtocolClient.open(server, sessionId, 'patient');
    await patient.prepare();
    await expect.poll(() => demands(doctor)).toEqual([null, 0]);
    patient.socket.disconnect();
    await expect
      .poll(() => {
        clock.advance(LOWER_AFTER_MS);
        return demands(doctor);
      })
      .toEqual([null, 0, null]);
  });

  it('the first viewer demands the smallest layer, and more when the picture has run for a while', async () => {
    const { clock, server, sessionId, doctor } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await expect.poll(() => demands(patient)).toEqual([0]);
    const { consumerId } = cameraOf(patient, 'doctor');
    await patient.request('consumer:ready', { consumerIds: [consumerId] });
    const before = demands(doctor).length;
    clock.advance(SMALL_FOR_MS - 1);
    await doctor.request('consumer:ready', { consumerIds: [] });
    expect(demands(doctor)).toHaveLength(before);
    clock.advance(1);
    await expect.poll(() => demands(doctor).slice(before)).toEqual([2]);
  });

  it('the demand falls two seconds after a view became small, and not before', async () => {
    const there = await visit();
    const { clock, doctor } = there;
    const patient = await joinAndWatch(there);
    await expect.poll(() => demands(doctor).at(-1)).toBe(2);
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    clock.advance(LOWER_AFTER_MS - 1);
    // A response of the server means that it has handled everything before.
    await doctor.request('consumer:ready', { consumerIds: [] });
    expect(demands(doctor).at(-1)).toBe(2);
    clock.advance(1);
    await expect.poll(() => demands(doctor).at(-1)).toBe(0);
  });

  it('the demand rises at once, and a hidden picture that is shown again in time keeps its layer', async () => {
    const there = await visit();
    const { clock, doctor } = there;
    const patient = await joinAndWatch(there);
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    clock.advance(LOWER_AFTER_MS);
    await expect.poll(() => demands(doctor).at(-1)).toBe(0);
    const before = demands(doctor).length;
    await prefer(patient, 'doctor', { visible: false });
    clock.advance(LOWER_AFTER_MS - 1);
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    clock.advance(LOWER_AFTER_MS);
    await prefer(patient, 'doctor', { spatialLayer: 1 });
    await expect.poll(() => demands(doctor).slice(before)).toEqual([1]);
  });

  it('the demand is that of the most demanding viewer, and falls when that viewer leaves', async () => {
    const there = await visit();
    const { clock, doctor } = there;
    const patient = await joinAndWatch(there);
    const guest = await joinAndWatch(there, 'guest');
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    await prefer(guest, 'doctor', { spatialLayer: 1 });
    clock.advance(LOWER_AFTER_MS);
    await expect.poll(() => demands(doctor).at(-1)).toBe(1);
    await guest.request('leave', {});
    await expect.poll(() => doctor.received('participant:left')).toHaveLength(1);
    clock.advance(LOWER_AFTER_MS);
    await expect.poll(() => demands(doctor).at(-1)).toBe(0);
    await patient.request('leave', {});
    await expect.poll(() => doctor.received('participant:left')).toHaveLength(2);
    clock.advance(LOWER_AFTER_MS);
    await expect.poll(() => demands(doctor).at(-1)).toBeNull();
  });

  it('a camera that starts later gets the current demand with its ack', async () => {
    const { server, sessionId } = await visit();
    const patient = await ProtocolClient.open(server, sessionId, 'patient');
    await patient.prepare();
    await patient.joinLive([]);
    expect(demands(patient)).toEqual([]);
    await patient.produce('camera', false);
    await expect.poll(() => demands(patient)).toEqual([0]);
  });
});

describe('consumer:prefer', () => {
  it('a consumer is paused while hidden, and resumes with its layer', async () => {
    const there = await visit();
    const { media } = there;
    const patient = await joinAndWatch(there);
    const { consumerId } = cameraOf(patient, 'doctor');
    expect(await media.consumer(consumerId)).toMatchObject({ paused: false, layer: 2 });
    await prefer(patient, 'doctor', { visible: false, spatialLayer: 0 });
    expect(await media.consumer(consumerId)).toMatchObject({ paused: true, layer: 0 });
    await prefer(patient, 'doctor', { spatialLayer: 1 });
    expect(await media.consumer(consumerId)).toMatchObject({ paused: false, layer: 1 });
  });

  it('consumer:prefer does not call the worker if nothing changed', async () => {
    const { media, server, sessionId } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await patient.request('consumer:ready', { consumerIds: [cameraOf(patient, 'doctor').consumerId] });
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    const before = media.asked.length;
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    await patient.request('consumer:ready', { consumerIds: [cameraOf(patient, 'doctor').consumerId] });
    expect(media.asked.slice(before)).toEqual([]);
    await prefer(patient, 'doctor', { visible: false, spatialLayer: 0 });
    await prefer(patient, 'doctor', { visible: false, spatialLayer: 0 });
    expect(media.asked.slice(before)).toEqual(['pause']);
  });

  it('consumers run only when the browser has set them up and the participant has joined', async () => {
    const { media, server, sessionId } = await visit();
    const patient = await ProtocolClient.open(server, sessionId, 'patient');
    const { consumers } = await patient.prepare();
    const { consumerId } = consumers.find(({ source }) => source === 'camera')!;
    await prefer(patient, 'doctor', { spatialLayer: 0 });
    await patient.request('consumer:ready', { consumerIds: [consumerId] });
    expect(await media.consumer(consumerId)).toMatchObject({ paused: true });
    await patient.joinLive([]);
    expect(await media.consumer(consumerId)).toMatchObject({ paused: false });
  });

  it('consumer:prefer never pauses audio', async () => {
    const { media, server, sessionId } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const { consumerId } = patient.prepared!.consumers.find(({ source }) => source === 'microphone')!;
    await patient.request('consumer:ready', { consumerIds: [consumerId] });
    const consumers = [{ consumerId, visible: false, spatialLayer: 0 }];
    await patient.request('consumer:prefer', { consumers });
    expect(await media.consumer(consumerId)).toMatchObject({ paused: false });
  });

  it('consumer:prefer ignores consumers of others and closed ones', async () => {
    const there = await visit();
    const { media, doctor } = there;
    const patient = await joinAndWatch(there);
    const { consumerId } = cameraOf(patient, 'doctor');
    const consumers = [consumerId, 'nobody'].map((id) => ({
      consumerId: id,
      visible: false,
      spatialLayer: 0,
    }));
    await doctor.request('consumer:prefer', { consumers });
    expect(await media.consumer(consumerId)).toMatchObject({ paused: false, layer: 2 });
  });
});

describe('a shared screen', () => {
  it('a shared screen is not sent before the join, and reaches everyone after it, before cameras', async () => {
    const { media, server, sessionId, doctor } = await visit();
    const patient = await ProtocolClient.open(server, sessionId, 'patient');
    await patient.prepare();
    await expect(patient.produce('screen', false)).rejects.toMatchObject({ code: 'not_joined' });
    await patient.joinLive([]);
    for (const source of ['screen', 'screenAudio', 'camera'] as const) await patient.produce(source, false);
    await expect.poll(() => doctor.received('consumer:new')).toHaveLength(3);
    const given = new Map(doctor.received('consumer:new').map((one) => [one.source, one]));
    expect([...given.values()].map(({ source, kind }) => `${source} ${kind}`).sort()).toEqual([
      'camera video',
      'screen video',
      'screenAudio audio',
    ]);
    const screen = await media.consumer(given.get('screen')!.consumerId);
    const camera = await media.consumer(given.get('camera')!.consumerId);
    expect(screen.priority).toBeGreaterThan(camera.priority);
  });

  it('a shared screen closes for everyone with producer:close, and can be shared again', async () => {
    const { media, server, sessionId, doctor } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const screens = () => doctor.received('consumer:new').filter(({ source }) => source === 'screen');
    const producerId = await patient.produce('screen', false);
    await expect.poll(screens).toHaveLength(1);
    await patient.request('producer:close', { producerId });
    const { consumerId } = screens()[0]!;
    await expect.poll(() => doctor.received('consumer:closed')).toContainEqual({ consumerId });
    expect(media.producers.has(producerId)).toBe(false);
    await patient.produce('screen', false);
    await expect.poll(screens).toHaveLength(2);
  });

  it('a participant who joins gets the screen that is being shared', async () => {
    const { doctor, server, sessionId } = await visit();
    await doctor.produce('screen', false);
    const patient = await ProtocolClient.open(server, sessionId, 'patient');
    const { consumers } = await patient.prepare();
    expect(consumers.map(({ source }) => source).sort()).toEqual(['camera', 'microphone', null, 'screen']);
  });
});
