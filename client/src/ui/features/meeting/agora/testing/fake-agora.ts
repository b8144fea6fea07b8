import type {
  AgoraClient,
  AgoraEvents,
  AgoraLocalTrack,
  AgoraMedia,
  AgoraSdk,
  AgoraSource,
  AgoraUser,
} from '../agora-sdk.ts';

/** An error as the SDK throws it. */
export function agoraError(code: string): Error {
  return Object.assign(new Error(`AgoraRTCError ${code}`), { code });
}

/** Returns the media of a track; by default an object that is only compared. */
export type NewTrack = (source: AgoraSource | AgoraMedia) => MediaStreamTrack;

export class FakeLocalTrack implements AgoraLocalTrack {
  readonly source: AgoraSource;
  readonly calls: string[] = [];
  /** The code with which the next switch fails. */
  failing: string | null = null;
  closed = false;
  disabled = false;
  readonly #newTrack: NewTrack;
  readonly #ended: (() => void)[] = [];
  #media: MediaStreamTrack;

  constructor(source: AgoraSource, newTrack: NewTrack) {
    this.source = source;
    this.#newTrack = newTrack;
    this.#media = newTrack(source);
  }

  getMediaStreamTrack(): MediaStreamTrack {
    return this.#media;
  }

  async setMuted(muted: boolean): Promise<void> {
    await this.#call(`muted:${String(muted)}`);
  }

  async setEnabled(enabled: boolean): Promise<void> {
    await this.#call(`enabled:${String(enabled)}`);
    this.disabled = !enabled;
    if (enabled) this.#media = this.#newTrack(this.source);
  }

  on(_event: 'track-ended', listener: () => void): void {
    this.#ended.push(listener);
  }

  close(): void {
    this.closed = true;
  }

  /** The device is unplugged. */
  end(): void {
    for (const listener of this.#ended) listener();
  }

  async #call(call: string): Promise<void> {
    await Promise.resolve();
    const code = this.failing;
    this.failing = null;
    if (code !== null) throw agoraError(code);
    this.calls.push(call);
  }
}

type FakeUser = { -readonly [K in keyof AgoraUser]: AgoraUser[K] };

export class FakeAgoraClient implements AgoraClient {
  joinedWith: readonly string[] | null = null;
  readonly published: AgoraLocalTrack[] = [];
  readonly subscribed: string[] = [];
  left = false;
  /** The codes with which the next publications and subscriptions fail. */
  readonly publishErrors: string[] = [];
  readonly subscribeErrors: string[] = [];
  readonly #listeners: { [E in keyof AgoraEvents]?: AgoraEvents[E][] } = {};
  readonly #users = new Map<string, FakeUser>();
  readonly #newTrack: NewTrack;
  readonly #answer: Promise<void>;
  #abort: (error: Error) => void = () => undefined;

  constructor(answer: Promise<void>, newTrack: NewTrack) {
    this.#answer = answer;
    this.#newTrack = newTrack;
  }

  async join(...args: [string, string, string, string]): Promise<void> {
    this.joinedWith = args;
    await Promise.race([this.#answer, new Promise<void>((_, reject) => (this.#abort = reject))]);
  }

  leave(): Promise<void> {
    this.left = true;
    this.#abort(agoraError('OPERATION_ABORTED'));
    return Promise.resolve();
  }

  async publish(track: AgoraLocalTrack): Promise<void> {
    await Promise.resolve();
    const code = this.publishErrors.shift();
    if (code !== undefined) throw agoraError(code);
    if (track instanceof FakeLocalTrack && track.disabled) throw agoraError('TRACK_IS_DISABLED');
    this.published.push(track);
  }

  unpublish(track: AgoraLocalTrack): Promise<void> {
    this.published.splice(this.published.indexOf(track), 1);
    return Promise.resolve();
  }

  async subscribe(user: AgoraUser, media: AgoraMedia): Promise<void> {
    await Promise.resolve();
    const code = this.subscribeErrors.shift();
    if (code !== undefined) throw agoraError(code);
    this.subscribed.push(`${user.uid}:${media}`);
    const track = this.#newTrack(media);
    (user as FakeUser)[media === 'audio' ? 'audioTrack' : 'videoTrack'] = {
      getMediaStreamTrack: () => track,
    };
  }

  on<E extends keyof AgoraEvents>(event: E, listener: AgoraEvents[E]): void {
    const listeners = this.#listeners[event];
    this.#listeners[event] = [...(listeners ?? []), listener] as never;
  }

  /** Another user joins. */
  come(uid: string): void {
    const user: FakeUser = { uid, hasAudio: false, hasVideo: false };
    this.#users.set(uid, user);
    this.#emit('user-joined', user);
  }

  go(uid: string): void {
    this.#emit('user-left', this.#user(uid));
    this.#users.delete(uid);
  }

  /** Another user switches sound or picture on or off. */
  send(uid: string, media: AgoraMedia, on = true): void {
    const user = this.#user(uid);
    user[media === 'audio' ? 'hasAudio' : 'hasVideo'] = on;
    this.#emit(on ? 'user-published' : 'user-unpublished', user, media);
  }

  connection(now: string, reason?: string): void {
    this.#emit('connection-state-change', now, 'CONNECTED', reason);
  }

  #user(uid: string): FakeUser {
    const user = this.#users.get(uid);
    if (!user) throw new Error(`${uid} is not in the channel.`);
    return user;
  }

  #emit<E extends keyof AgoraEvents>(event: E, ...args: Parameters<AgoraEvents[E]>): void {
    for (const listener of (this.#listeners[event] ?? []) as ((...all: typeof args) => void)[])
      listener(...args);
  }
}

/** Stands in for Agora's SDK at its interface: the service behind it cannot be reached by tests. */
export class FakeAgora implements AgoraSdk {
  readonly clients: FakeAgoraClient[] = [];
  readonly tracks: FakeLocalTrack[] = [];
  /** How devices fail to open, by code; null if they work. */
  readonly broken: Record<AgoraSource, string | null> = { microphone: null, camera: null };
  /** How often a person was asked for devices. */
  prompts = 0;
  /** The answers to the next joins; the default is to let the person in. */
  readonly answers: Promise<void>[] = [];
  readonly #newTrack: NewTrack;

  constructor(newTrack: NewTrack = (source) => ({ source }) as unknown as MediaStreamTrack) {
    this.#newTrack = newTrack;
  }

  readonly load = (): Promise<AgoraSdk> => Promise.resolve(this);

  get client(): FakeAgoraClient {
    const client = this.clients.at(-1);
    if (!client) throw new Error('Nobody has joined.');
    return client;
  }

  track(source: AgoraSource): FakeLocalTrack {
    const track = this.tracks.filter((one) => one.source === source).at(-1);
    if (!track) throw new Error(`The ${source} was never open.`);
    return track;
  }

  createClient(): FakeAgoraClient {
    const client = new FakeAgoraClient(this.answers.shift() ?? Promise.resolve(), this.#newTrack);
    this.clients.push(client);
    return client;
  }

  openMicrophone(): Promise<FakeLocalTrack> {
    return this.#open('microphone');
  }

  openCamera(): Promise<FakeLocalTrack> {
    return this.#open('camera');
  }

  async openBoth(): Promise<readonly [FakeLocalTrack, FakeLocalTrack]> {
    this.prompts += 1;
    const code = this.broken.microphone ?? this.broken.camera;
    await Promise.resolve();
    if (code !== null) throw agoraError(code);
    return [this.#created('microphone'), this.#created('camera')];
  }

  async #open(source: AgoraSource): Promise<FakeLocalTrack> {
    this.prompts += 1;
    await Promise.resolve();
    const code = this.broken[source];
    if (code !== null) throw agoraError(code);
    return this.#created(source);
  }

  #created(source: AgoraSource): FakeLocalTrack {
    const track = new FakeLocalTrack(source, this.#newTrack);
    this.tracks.push(track);
    return track;
  }
}
