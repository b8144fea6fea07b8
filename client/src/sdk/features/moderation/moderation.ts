import type { DeviceSource } from '@televisit/shared/vocabulary';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';

/** What a host may do to others and to the visit. Every method throws a `VisitError`, `forbidden` to who is no host. */
export class Moderation {
  readonly #signaling: CurrentSignaling;

  constructor(signaling: CurrentSignaling) {
    this.#signaling = signaling;
  }

  /** Mutes somebody's microphone or switches their camera off; they may switch it on again. */
  async mute(userId: string, source: DeviceSource): Promise<void> {
    await this.#signaling.request('moderation:mute', { userId, source });
  }

  /** Asks somebody to switch the microphone on. */
  async askToUnmute(userId: string): Promise<void> {
    await this.#signaling.request('moderation:ask-unmute', { userId });
  }

  async stopShare(userId: string): Promise<void> {
    await this.#signaling.request('moderation:stop-share', { userId });
  }

  async lowerHand(userId: string): Promise<void> {
    await this.#signaling.request('moderation:lower-hand', { userId });
  }

  /** Takes somebody out for good. */
  async remove(userId: string): Promise<void> {
    await this.#signaling.request('moderation:remove', { userId });
  }

  /** While locked everybody who comes has to be admitted. */
  async lock(locked: boolean): Promise<void> {
    await this.#signaling.request('moderation:lock', { locked });
  }

  /** Whether people who are no hosts may share their screen; running shares of theirs stop when they may not. */
  async allowScreenShare(allowed: boolean): Promise<void> {
    await this.#signaling.request('moderation:screen-share', { allowed });
  }
}
