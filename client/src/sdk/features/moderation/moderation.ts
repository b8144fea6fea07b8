import type { moderation as contract } from '@televisit/shared/features/moderation';
import type { DeviceSource } from '@televisit/shared/vocabulary';
import { noticed } from '../../core/base-state.ts';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { defineClientFeature } from '../feature.ts';

/** The actions of hosts on other participants and the visit. Every method throws a `VisitError`, `forbidden` for other participants. */
export class Moderation {
  readonly #signaling: CurrentSignaling;

  constructor(signaling: CurrentSignaling) {
    this.#signaling = signaling;
  }

  /** Switches a participant's microphone or camera off; the participant may switch it on again. */
  async mute(userId: string, source: DeviceSource): Promise<void> {
    await this.#signaling.request('moderation:mute', { userId, source });
  }

  /** Asks a participant to switch the microphone on. */
  async askToUnmute(userId: string): Promise<void> {
    await this.#signaling.request('moderation:ask-unmute', { userId });
  }

  async stopShare(userId: string): Promise<void> {
    await this.#signaling.request('moderation:stop-share', { userId });
  }

  async lowerHand(userId: string): Promise<void> {
    await this.#signaling.request('moderation:lower-hand', { userId });
  }

  /** Removes a participant for good. */
  async remove(userId: string): Promise<void> {
    await this.#signaling.request('moderation:remove', { userId });
  }

  /** Locks or unlocks the visit; while it is locked, a host must admit everyone else. */
  async lock(locked: boolean): Promise<void> {
    await this.#signaling.request('moderation:lock', { locked });
  }

  /** Allows or forbids participants other than hosts to share their screen; forbidding stops their shared screens. */
  async allowScreenShare(allowed: boolean): Promise<void> {
    await this.#signaling.request('moderation:screen-share', { allowed });
  }
}

export interface ModerationSlice {
  readonly hostNotes: string | null;
}

export interface ModerationCommands {
  readonly host: Moderation;
  /** Replaces the host notes. @throws {VisitError} if the server refuses or is unreachable */
  setNotes(text: string): Promise<void>;
}

export const moderation = defineClientFeature<typeof contract, ModerationSlice, ModerationCommands>({
  name: 'moderation',
  initial: { hostNotes: null },
  survivesEnd: true,
  create: ({ store, signaling, local }) => ({
    commands: {
      host: new Moderation(signaling),
      setNotes: async (text) => {
        await signaling.request('notes:set', { text });
        store.update({ hostNotes: text === '' ? null : text });
      },
    },
    loaded: ({ session }) => ({ hostNotes: session.hostNotes }),
    handlers: {
      muted: ({ source, by }, node) => {
        const media = local();
        const isKnown = media?.sources[source].state !== 'on';
        // The server has stopped the stream; this turns the camera light off.
        void media?.setOn(source, false);
        if (isKnown && !node.isCurrent) return;
        store.update((state) => noticed(state, source === 'camera' ? 'camera_off' : 'muted', by));
      },
      'unmute:asked': ({ by }) => store.update((state) => noticed(state, 'unmute_asked', by)),
    },
  }),
});
