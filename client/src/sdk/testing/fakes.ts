import { Device, FakeHandler, testFakeParameters, type types } from 'mediasoup-client';
import type { ConsumerParameters, ParticipantView, Source } from '@televisit/shared/signaling';
import type { KeyValueStore } from '../kept-value.ts';

/** A track without a device behind it. */
export class FakeTrack extends EventTarget {
  readonly id = crypto.randomUUID();
  readonly kind: 'audio' | 'video';
  enabled = true;
  muted = false;
  readyState: MediaStreamTrackState = 'live';

  constructor(kind: 'audio' | 'video') {
    super();
    this.kind = kind;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** As when the device is unplugged: unlike `stop`, this fires `ended`. */
  unplug(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }

  getSettings(): MediaTrackSettings {
    return {};
  }
}

/** The same track as the browser's type. */
export function asTrack(track: FakeTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** A browser's devices, to be plugged, refused and asked for at will. */
export class FakeMediaDevices extends EventTarget {
  plugged: readonly MediaDeviceKind[] = ['audioinput', 'videoinput', 'audiooutput'];
  /** The error that a request for these kinds ends with. */
  refuse: (wanted: { audio: boolean; video: boolean }) => string | null = () => null;
  /** Holds every request until it is resolved. */
  gate: Promise<void> = Promise.resolve();
  readonly requests: MediaStreamConstraints[] = [];
  readonly tracks: FakeTrack[] = [];

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    const devices = this.plugged.map((kind) => ({ kind, deviceId: `${kind}-1`, label: `the ${kind}` }));
    return Promise.resolve(devices as MediaDeviceInfo[]);
  }

  async getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    this.requests.push(constraints);
    await this.gate;
    const wanted = { audio: constraints.audio !== undefined, video: constraints.video !== undefined };
    const name = this.refuse(wanted);
    if (name !== null) throw new DOMException(name, name);
    const audio = wanted.audio ? [new FakeTrack('audio')] : [];
    const video = wanted.video ? [new FakeTrack('video')] : [];
    this.tracks.push(...audio, ...video);
    return { getAudioTracks: () => audio, getVideoTracks: () => video } as unknown as MediaStream;
  }

  /** The same devices as the browser's type. */
  asMediaDevices(): MediaDevices {
    return this as unknown as MediaDevices;
  }
}

/** A `Storage` in memory. */
export class FakeStorage implements KeyValueStore {
  readonly entries = new Map<string, string>();
  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.entries.set(key, value);
  }
  removeItem(key: string): void {
    this.entries.delete(key);
  }
}

/** A browser that forbids storage. */
export const FORBIDDEN_STORAGE: KeyValueStore = {
  getItem: () => {
    throw new DOMException('forbidden', 'SecurityError');
  },
  setItem: () => {
    throw new DOMException('forbidden', 'SecurityError');
  },
  removeItem: () => {
    throw new DOMException('forbidden', 'SecurityError');
  },
};

/** A mediasoup device that negotiates without a browser; not loaded yet. */
export function fakeDevice(): Promise<types.Device> {
  return Device.factory({ handlerFactory: FakeHandler.createFactory(testFakeParameters) });
}

/** A device that is ready to make transports. */
export async function loadedDevice(): Promise<types.Device> {
  const device = await fakeDevice();
  await device.load({ routerRtpCapabilities: testFakeParameters.generateRouterRtpCapabilities() });
  return device;
}

/** A consumer as the server announces it. */
export function consumerParameters(
  consumerId: string,
  userId: string | null,
  source: Source | null,
): ConsumerParameters {
  const codecMimeType = source === 'camera' ? 'video/VP8' : 'audio/opus';
  const made = testFakeParameters.generateConsumerRemoteParameters({ id: consumerId, codecMimeType });
  const { producerId, kind, rtpParameters } = made;
  return { consumerId, producerId, kind, rtpParameters, userId, source };
}

/** A person with camera and microphone on. */
export function person(userId: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    userId,
    role: 'patient',
    displayName: null,
    media: { camera: 'on', microphone: 'on' },
    connected: true,
    joinedAt: '2026-01-01T10:00:00.000Z',
    ...change,
  };
}
