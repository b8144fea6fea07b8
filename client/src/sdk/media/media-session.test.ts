import type { VisitBootstrap } from '@televisit/shared/api';
import type { JoinResult, ParticipantView } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import { testFakeParameters } from 'mediasoup-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../core/emitter.ts';
import { NO_SOURCES, type LocalSources } from '../devices/local-media.ts';
import type { ServerEvents, SignalingClient } from '../signaling/signaling-client.ts';
import {
  asTrack,
  consumerParameters,
  FakeTrack,
  joinResult,
  loadedDevice,
  person,
} from '../testing/fakes.ts';
import { FIRST_PATH_MS, MediaSession } from './media-session.ts';

/** A signaling connection to a server that accepts everything. */
class Signaling extends Emitter<ServerEvents> {
  readonly sent: [string, Record<string, unknown>][] = [];
  joinResult: JoinResult = joinResult({ self: person('me') });
  waits = false;
  #ids = 0;

  request(message: string, payload: Record<string, unknown>): Promise<unknown> {
    this.sent.push([message, payload]);
    if (message === 'prepare') {
      const transport = () => ({
        ...testFakeParameters.generateTransportRemoteParameters(),
        id: `t${++this.#ids}`,
      });
      return Promise.resolve({ sendTransport: transport(), receiveTransport: transport(), consumers: [] });
    }
    if (message === 'producer:create') return Promise.resolve({ producerId: `p${++this.#ids}` });
    if (message !== 'join') return Promise.resolve(null);
    const waiting = { since: '2026-01-01T10:00:00.000Z', hostPresent: false, needsAdmission: true };
    return Promise.resolve(
      this.waits ? { status: 'waiting', waiting } : { status: 'joined', result: this.joinResult },
    );
  }

  send(message: string, payload: Record<string, unknown>): void {
    this.sent.push([message, payload]);
  }

  tell<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void {
    this.emit(event, payload);
  }

  /** Returns the payloads of a message so far. */
  of(message: string): Record<string, unknown>[] {
    return this.sent.filter(([name]) => name === message).map(([, payload]) => payload);
  }
}

let signaling: Signaling;
let session: MediaSession;
let local: LocalSources;

const source = (kind: 'audio' | 'video') => ({
  ...NO_SOURCES.camera,
  state: 'on' as const,
  track: asTrack(new FakeTrack(kind)),
});
const off = (media: Partial<ParticipantView['media']>) =>
  person('me', { media: { ...person('me').media, ...media } });
const producerOf = (which: Source) =>
  session.producers().find(({ appData }) => (appData as { source: Source }).source === which);

async function prepare(): Promise<MediaSession> {
  return MediaSession.prepare({
    device: await loadedDevice(),
    signaling: signaling as unknown as SignalingClient,
    bootstrap: {
      self: { userId: 'me', role: 'patient', displayName: null, permissions: ['publish'] },
      iceServers: [],
      opusDtx: false,
    } as unknown as VisitBootstrap,
  });
}

beforeEach(async () => {
  signaling = new Signaling();
  session = await prepare();
  local = { ...NO_SOURCES, microphone: source('audio'), camera: source('video') };
});

afterEach(() => session.close());

describe('join()', () => {
  it('names the sources that are on, and sends them after the answer', async () => {
    await session.publish(local);
    expect((await session.join(local)).status).toBe('joined');
    await session.publish(local);
    expect(signaling.of('join')).toEqual([{ live: ['microphone', 'camera'] }]);
    expect(producerOf('camera')?.track).toBe(local.camera.track);
    expect(signaling.of('producer:resume')).toEqual([]);
  });

  it('sends nothing from the waiting room, and everything after admitted(), without a message', async () => {
    signaling.waits = true;
    await session.publish(local);
    expect((await session.join(local)).status).toBe('waiting');
    await session.publish(local);
    expect(producerOf('camera')?.track).toBeNull();
    session.admitted(signaling.joinResult);
    await session.publish(local);
    expect(producerOf('camera')?.track).toBe(local.camera.track);
    expect(signaling.of('producer:resume')).toEqual([]);
  });

  it('resumes a source after admitted() that was switched on since the join', async () => {
    signaling.waits = true;
    const silent = { ...local, microphone: { ...local.microphone, state: 'off' as const } };
    await session.publish(silent);
    await session.join(silent);
    await session.publish(local);
    session.admitted({ ...signaling.joinResult, self: off({ microphone: 'off' }) });
    await session.publish(local);
    expect(signaling.of('producer:resume')).toEqual([{ producerId: producerOf('microphone')?.id }]);
  });

  it('does not switch a source on that a host switched off before the connection was lost', async () => {
    signaling.joinResult = { ...signaling.joinResult, self: off({ microphone: 'off' }) };
    await session.publish(local);
    await session.join(local);
    await session.publish(local);
    expect(signaling.of('producer:resume')).toEqual([]);
  });

  it('sends a shared screen at once, also after a reconnect', async () => {
    const sharing = { ...local, screen: source('video'), screenAudio: source('audio') };
    await session.publish(sharing);
    expect(session.producers()).toHaveLength(2);
    await session.join(sharing);
    await session.publish(sharing);
    expect(signaling.of('producer:create').map((payload) => [payload.source, payload.paused])).toEqual(
      expect.arrayContaining([
        ['screen', false],
        ['screenAudio', false],
      ]),
    );
    expect(producerOf('screen')?.track).toBe(sharing.screen.track);
  });

  it('sends nothing without the permission to publish', async () => {
    const observer = await MediaSession.prepare({
      device: await loadedDevice(),
      signaling: signaling as unknown as SignalingClient,
      bootstrap: { self: { permissions: ['subscribe'] }, iceServers: [] } as unknown as VisitBootstrap,
    });
    await observer.publish(local);
    await observer.join(local);
    expect(signaling.of('join')).toEqual([{ live: [] }]);
    expect(observer.producers()).toEqual([]);
    observer.close();
  });
});

describe('camera:demand', () => {
  it('stops sending the camera when no participant watches it, while it counts as on', async () => {
    await session.publish(local);
    await session.join(local);
    await session.publish(local);
    signaling.tell('camera:demand', { spatialLayer: null });
    await vi.waitFor(() => expect(producerOf('camera')?.track).toBeNull());
    expect(producerOf('microphone')?.track).toBe(local.microphone.track);
    expect(signaling.of('producer:pause')).toEqual([]);
    signaling.tell('camera:demand', { spatialLayer: 1 });
    await vi.waitFor(() => expect(producerOf('camera')?.track).toBe(local.camera.track));
    expect(producerOf('camera')?.maxSpatialLayer).toBe(1);
  });

  it('is not handled after close()', () => {
    session.close();
    expect(signaling.listenerCount('camera:demand')).toBe(0);
  });
});

describe('setViews() and setMode()', () => {
  const streams = [consumerParameters('c1', 'ana', 'camera'), consumerParameters('c2', 'ana', 'microphone')];

  it('send the preference for a small picture before its consumer is reported as ready', async () => {
    session.setViews([{ userId: 'ana', source: 'camera', width: 200 }]);
    session.incoming.add(streams);
    await session.incoming.whenIdle();
    await vi.waitFor(() => expect(signaling.of('consumer:ready')).toHaveLength(1));
    const names = signaling.sent.map(([name]) => name).filter((name) => name.startsWith('consumer:'));
    expect(names).toEqual(['consumer:prefer', 'consumer:ready']);
    expect(signaling.of('consumer:prefer')).toEqual([
      { consumers: [{ consumerId: 'c1', visible: true, spatialLayer: 0 }] },
    ]);
  });

  it('send nothing for a page that shows everything in full', async () => {
    session.incoming.add(streams);
    await session.incoming.whenIdle();
    await vi.waitFor(() => expect(signaling.of('consumer:ready')).toHaveLength(1));
    session.setMode('full');
    expect(signaling.of('consumer:prefer')).toEqual([]);
  });

  it('setMode(audio_only) hides pictures and pauses the camera, and full restores both', async () => {
    await session.publish(local);
    await session.join(local);
    session.incoming.add(streams);
    await session.incoming.whenIdle();
    session.setMode('audio_only');
    await session.publish(local);
    expect(signaling.of('consumer:prefer')).toEqual([
      { consumers: [{ consumerId: 'c1', visible: false, spatialLayer: 2 }] },
    ]);
    expect(producerOf('camera')?.track).toBeNull();
    expect(producerOf('microphone')?.track).toBe(local.microphone.track);
    expect(signaling.of('producer:pause')).toEqual([{ producerId: producerOf('camera')?.id }]);
    session.setMode('full');
    await session.publish(local);
    expect(producerOf('camera')?.track).toBe(local.camera.track);
    expect(signaling.of('producer:resume')).toEqual([{ producerId: producerOf('camera')?.id }]);
  });

  it('a join in audio_only does not name the camera', async () => {
    session.setMode('audio_only');
    await session.publish(local);
    await session.join(local);
    expect(signaling.of('join')).toEqual([{ live: ['microphone'] }]);
  });

  it('send nothing for a removed stream', async () => {
    session.incoming.add(streams);
    await session.incoming.whenIdle();
    session.incoming.remove('c1');
    session.setMode('audio_only');
    expect(signaling.of('consumer:prefer')).toEqual([]);
  });
});

describe('networkSample()', () => {
  it('returns unknown values without statistics, and null after close()', async () => {
    await expect(session.networkSample()).resolves.toEqual({
      rttMs: null,
      lossIn: null,
      lossOut: null,
      frozen: null,
      concealed: null,
      requested: null,
      busy: false,
      relayed: false,
    });
    session.close();
    await expect(session.networkSample()).resolves.toBeNull();
  });
});

describe('a transport without a path', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Records the `blocked` events of a prepared session. */
  async function watch() {
    session = await prepare();
    const events: boolean[] = [];
    session.on('blocked', (blocked) => events.push(blocked));
    return { ...session.transports, events };
  }

  it('a transport is blocked while it has found no first path in time', async () => {
    const { receive, send, events } = await watch();
    send.emit('connectionstatechange', 'connecting');
    send.emit('connectionstatechange', 'connected');
    receive.emit('connectionstatechange', 'connecting');
    await vi.advanceTimersByTimeAsync(FIRST_PATH_MS - 1);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([events, session.blocked]).toEqual([[true], true]);
    receive.emit('connectionstatechange', 'connected');
    expect([events, session.blocked]).toEqual([[true, false], false]);
  });

  it('a transport that loses its path is interrupted, not blocked', async () => {
    const { receive, events } = await watch();
    receive.emit('connectionstatechange', 'connecting');
    receive.emit('connectionstatechange', 'connected');
    receive.emit('connectionstatechange', 'disconnected');
    receive.emit('connectionstatechange', 'connecting');
    await vi.advanceTimersByTimeAsync(FIRST_PATH_MS);
    expect([events, session.interrupted]).toEqual([[], true]);
  });

  it('reports nothing after close()', async () => {
    const { receive, events } = await watch();
    receive.emit('connectionstatechange', 'connecting');
    session.close();
    await vi.advanceTimersByTimeAsync(FIRST_PATH_MS);
    expect(events).toEqual([]);
  });
});
