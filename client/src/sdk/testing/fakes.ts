import type { VisitBootstrap } from '@televisit/shared/api';
import type { Fields } from '@televisit/shared/core/contract';
import type { Feature } from '@televisit/shared/features/index';
import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import type {
  ChatMessage,
  ConsumerParameters,
  JoinResult,
  ParticipantView,
  WaitingView,
} from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import { Device, FakeHandler, testFakeParameters, type types } from 'mediasoup-client';
import type { KeyValueStore } from '../core/session-storage-value.ts';

/** A track without a device behind it. */
export class FakeTrack extends EventTarget {
  readonly id = crypto.randomUUID();
  readonly kind: 'audio' | 'video';
  enabled = true;
  muted = false;
  contentHint = '';
  readyState: MediaStreamTrackState = 'live';

  constructor(kind: 'audio' | 'video') {
    super();
    this.kind = kind;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** Unplugs the device; unlike `stop`, this fires `ended`. */
  unplug(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }

  getSettings(): MediaTrackSettings {
    return {};
  }
}

/** Returns the track as the browser's type. */
export function asTrack(track: FakeTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** A browser's devices, which tests plug, refuse and inspect. */
export class FakeMediaDevices extends EventTarget {
  plugged: readonly MediaDeviceKind[] = ['audioinput', 'videoinput', 'audiooutput'];
  /** Returns the name of the error that a request for these kinds ends with; null for success. */
  refuse: (wanted: { audio: boolean; video: boolean }) => string | null = () => null;
  /** Delays every request until it resolves. */
  gate: Promise<void> = Promise.resolve();
  readonly requests: MediaStreamConstraints[] = [];
  readonly screenRequests: unknown[] = [];
  /** Whether a shared screen has sound. */
  screenSound = true;
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

  async getDisplayMedia(options: unknown): Promise<MediaStream> {
    this.screenRequests.push(options);
    await this.gate;
    const name = this.refuse({ audio: true, video: true });
    if (name !== null) throw new DOMException(name, name);
    const video = [new FakeTrack('video')];
    const audio = this.screenSound ? [new FakeTrack('audio')] : [];
    this.tracks.push(...video, ...audio);
    return { getAudioTracks: () => audio, getVideoTracks: () => video } as unknown as MediaStream;
  }

  /** Returns the devices as the browser's type. */
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

/** A remote stream as the fake device sets it up. */
export interface FakeStream {
  readonly track: MediaStreamTrack & Record<'remoteMute' | 'remoteUnmute', () => void>;
}

/** A transport of the fake device, whose path tests can lose and find. */
export interface FakeTransport {
  setConnectionState(state: types.ConnectionState): void;
}

/**
 * A mediasoup device that negotiates without a browser; not loaded yet.
 * @param onStream called with every remote stream as soon as it is set up
 * @param onTransport called with every transport
 */
export function fakeDevice(
  onStream: (stream: FakeStream) => void = () => undefined,
  onTransport: (transport: FakeTransport) => void = () => undefined,
): Promise<types.Device> {
  const fakes = FakeHandler.createFactory(testFakeParameters);
  const factory: types.HandlerFactory['factory'] = (options) => {
    const handler = fakes.factory(options);
    onTransport(handler as unknown as FakeTransport);
    const receive = handler.receive.bind(handler);
    handler.receive = async (list) => {
      const streams = await receive(list);
      for (const stream of streams) onStream(stream as unknown as FakeStream);
      return streams;
    };
    return handler;
  };
  return Device.factory({ handlerFactory: { ...fakes, factory } });
}

/** Returns a device that is ready to create transports. */
export async function loadedDevice(): Promise<types.Device> {
  const device = await fakeDevice();
  await device.load({ routerRtpCapabilities: testFakeParameters.generateRouterRtpCapabilities() });
  return device;
}

/** Returns a consumer as the server announces it. */
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

/** Returns the fake server's bootstrap. */
export function visitBootstrap(): VisitBootstrap {
  return {
    session: {
      sessionId: 'sess_1',
      roomName: 'room_sess_1',
      sfuNodeId: 'sfu-1',
      provider: 'sfu',
      title: null,
      description: null,
      scheduledAt: '2026-01-01T10:00:00.000Z',
      durationMinutes: 30,
      closesAt: '2026-01-01T11:00:00.000Z',
      options: { ...DEFAULT_OPTIONS, waitingRoom: 'off', reactions: true },
      people: [],
      hostNotes: null,
      returnUrl: null,
    },
    self: {
      userId: 'me',
      role: 'doctor',
      displayName: null,
      permissions: ['publish', 'subscribe', 'moderate', 'end_session'],
    },
    iceServers: [],
    rtpCapabilities: testFakeParameters.generateRouterRtpCapabilities(),
    opusDtx: false,
  };
}

/** The fields of all other features are missing, as in the answer of a server that does not know them yet. */
const OTHER_FIELDS = {} as Omit<Fields<Feature, 'snapshot'>, 'chat' | 'waiting'>;

/** Returns the result of a join of `me`. */
export function joinResult(change: Partial<JoinResult> = {}): JoinResult {
  return {
    ...OTHER_FIELDS,
    self: person('me', { role: 'doctor' }),
    participants: [],
    consumers: [],
    startedAt: '2026-01-01T10:00:00.000Z',
    room: { locked: false, screenShareAllowed: true, activeSpeaker: null },
    chat: [],
    waiting: [],
    ...change,
  };
}

/** Returns a chat message with a text. */
export function chatMessage(seq: number, userId: string, change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    seq,
    clientId: `${userId}-${seq}`,
    userId,
    displayName: null,
    role: 'patient',
    text: `text ${seq}`,
    file: null,
    at: '2026-01-01T10:05:00.000Z',
    ...change,
  };
}

/** Returns a waiting person. */
export function waitingPerson(userId: string): WaitingView {
  return {
    userId,
    role: 'patient',
    displayName: null,
    since: '2026-01-01T09:55:00.000Z',
    connected: true,
    network: null,
  };
}

/** Returns a participant with camera and microphone on. */
export function person(userId: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    userId,
    role: 'patient',
    displayName: null,
    media: { camera: 'on', microphone: 'on', screen: 'none', screenAudio: 'none' },
    connected: true,
    away: false,
    handRaisedAt: null,
    network: null,
    joinedAt: '2026-01-01T10:00:00.000Z',
    ...change,
  };
}
