/** A source of this participant. */
export type AgoraSource = 'microphone' | 'camera';

/** A media track as Agora's SDK wraps it. */
export interface AgoraTrack {
  getMediaStreamTrack(): MediaStreamTrack;
}

/** A track of this participant's device. */
export interface AgoraLocalTrack extends AgoraTrack {
  /** Stops sending, and keeps the device open. */
  setMuted(muted: boolean): Promise<void>;
  /** Stops sending, and closes the device. */
  setEnabled(enabled: boolean): Promise<void>;
  on(event: 'track-ended', listener: () => void): void;
  /** Closes the device. */
  close(): void;
}

/** Another user of the channel. The tracks are there once they are subscribed to. */
export interface AgoraUser {
  readonly uid: string | number;
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  readonly audioTrack?: AgoraTrack | undefined;
  readonly videoTrack?: AgoraTrack | undefined;
}

export type AgoraMedia = 'audio' | 'video';

/** The events of a client, as the SDK passes their arguments. */
export interface AgoraEvents {
  'user-joined': (user: AgoraUser) => void;
  'user-left': (user: AgoraUser) => void;
  'user-published': (user: AgoraUser, media: AgoraMedia | 'datachannel') => void;
  'user-unpublished': (user: AgoraUser, media: AgoraMedia | 'datachannel') => void;
  /** `now` is DISCONNECTED, CONNECTING, CONNECTED, RECONNECTING or DISCONNECTING; a disconnection has a `reason`. */
  'connection-state-change': (now: string, before: string, reason?: string) => void;
}

export interface AgoraClient {
  /** Retries for as long as the service is unreachable, unless `leave` is called. */
  join(appId: string, channel: string, token: string, account: string): Promise<unknown>;
  leave(): Promise<void>;
  publish(track: AgoraLocalTrack): Promise<void>;
  unpublish(track: AgoraLocalTrack): Promise<void>;
  subscribe(user: AgoraUser, media: AgoraMedia): Promise<unknown>;
  on<E extends keyof AgoraEvents>(event: E, listener: AgoraEvents[E]): void;
}

/** The part of Agora's SDK that a visit needs. Its errors have a `code`, and some have `data`. */
export interface AgoraSdk {
  createClient(): AgoraClient;
  openMicrophone(): Promise<AgoraLocalTrack>;
  openCamera(): Promise<AgoraLocalTrack>;
  /** Opens both with one permission prompt. */
  openBoth(): Promise<readonly [microphone: AgoraLocalTrack, camera: AgoraLocalTrack]>;
}

/** Returns the code of an error of the SDK; null for other errors. */
export function codeOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}
