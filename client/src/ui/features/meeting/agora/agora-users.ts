import type { AgoraClient, AgoraMedia, AgoraUser } from './agora-sdk.ts';

/** Another participant in the channel. */
export interface RemotePerson {
  /** By which Agora knows the person: their user id, or an alias. */
  readonly account: string;
  /** Null while the microphone is off. */
  readonly audio: MediaStreamTrack | null;
  /** Null while the camera is off. */
  readonly video: MediaStreamTrack | null;
}

const MEDIA: readonly AgoraMedia[] = ['audio', 'video'];
/** Delay before a failed subscription is repeated, in milliseconds, and how often. */
const RETRY_MS = 2_000;
const MAX_RETRIES = 10;

/** The other users of a channel, with everything that they publish. */
export class AgoraUsers {
  readonly #client: AgoraClient;
  readonly #onChange: (others: readonly RemotePerson[]) => void;
  readonly #users = new Map<AgoraUser['uid'], AgoraUser>();
  #closed = false;

  constructor(client: AgoraClient, onChange: (others: readonly RemotePerson[]) => void) {
    this.#client = client;
    this.#onChange = onChange;
    client.on('user-joined', (user) => this.#add(user));
    client.on('user-left', (user) => {
      this.#users.delete(user.uid);
      this.#report();
    });
    client.on('user-published', (user, media) => {
      this.#add(user);
      if (isMedia(media)) void this.#subscribe(user, media, 0);
    });
    client.on('user-unpublished', () => this.#report());
  }

  /** Reports nothing from now on. */
  close(): void {
    this.#closed = true;
    this.#users.clear();
  }

  #add(user: AgoraUser): void {
    this.#users.set(user.uid, user);
    this.#report();
  }

  async #subscribe(user: AgoraUser, media: AgoraMedia, retries: number): Promise<void> {
    if (this.#closed || this.#users.get(user.uid) !== user || !publishes(user, media)) return;
    try {
      await this.#client.subscribe(user, media);
      this.#report();
    } catch {
      if (retries < MAX_RETRIES) setTimeout(() => void this.#subscribe(user, media, retries + 1), RETRY_MS);
    }
  }

  #report(): void {
    if (this.#closed) return;
    this.#onChange(
      [...this.#users.values()].map((user) => {
        const [audio, video] = MEDIA.map((media) => trackOf(user, media));
        return { account: String(user.uid), audio: audio ?? null, video: video ?? null };
      }),
    );
  }
}

function isMedia(media: string): media is AgoraMedia {
  return media === 'audio' || media === 'video';
}

function publishes(user: AgoraUser, media: AgoraMedia): boolean {
  return media === 'audio' ? user.hasAudio : user.hasVideo;
}

function trackOf(user: AgoraUser, media: AgoraMedia): MediaStreamTrack | undefined {
  if (!publishes(user, media)) return undefined;
  return (media === 'audio' ? user.audioTrack : user.videoTrack)?.getMediaStreamTrack();
}
