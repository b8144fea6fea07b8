import type { captions as contract } from '@televisit/shared/features/captions';
import type { JoinResult } from '@televisit/shared/signaling';
import type { StateStore } from '../../core/store.ts';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { defineClientFeature, type FeatureContext, type StateWith } from '../feature.ts';
import { withCaption } from './caption-lines.ts';
import type { CaptionsSlice, CaptionsState } from './captions-state.ts';
import type { OwnSpeech } from './own-speech.ts';

/** A participant's answer to the question whether what they say may be shown as text. */
export interface CaptionsAnswer {
  readonly given: boolean;
  /** The version of the wording that the participant read. */
  readonly wording: string;
  /** The language in which they read it (BCP 47). */
  readonly language: string;
}

/** Live captions. Every method throws a `VisitError`. */
export class Captions {
  readonly #store: StateStore<StateWith<CaptionsSlice>>;
  readonly #signaling: CurrentSignaling;

  constructor(store: StateStore<StateWith<CaptionsSlice>>, signaling: CurrentSignaling) {
    this.#store = store;
    this.#signaling = signaling;
  }

  /**
   * Turns captions on or off for this participant, in the call, until it ends.
   * @param translateTo the language into which to translate them (BCP 47)
   */
  async watch(on: boolean, translateTo: string | null = null): Promise<void> {
    const before = this.#store.state.captions;
    this.#change({ on, translateTo });
    try {
      await this.#signaling.request('captions:watch', { on, translateTo });
    } catch (error) {
      this.#change({ on: before.on, translateTo: before.translateTo });
      throw error;
    }
  }

  /** Answers the question for consent, in the preview, the waiting room or the call. A later answer replaces an earlier one. */
  async setConsent({ given, wording, language }: CaptionsAnswer): Promise<void> {
    await this.#signaling.request('consent:set', { purpose: 'captions', given, wording, language });
  }

  #change(change: Partial<CaptionsState>): void {
    this.#store.update((state) => ({ ...state, captions: { ...state.captions, ...change } }));
  }
}

/** Most visits need nothing of it. */
async function loadOwnSpeech(context: FeatureContext<CaptionsSlice>): Promise<OwnSpeech> {
  return (await import('./own-speech.ts')).followOwnSpeech(context);
}

export const captions = defineClientFeature<typeof contract, CaptionsSlice, Captions>({
  name: 'captions',
  initial: { captions: { view: null, on: false, translateTo: null, lines: [] } },
  reduce: {
    'captions:changed': (state, view) => ({ ...state, captions: { ...state.captions, view } }),
    'captions:text': (state, caption) => {
      if (!state.captions.on) return state;
      const lines = withCaption(state.captions.lines, caption, Date.now());
      return { ...state, captions: { ...state.captions, lines } };
    },
  },
  create: (context) => {
    const { store, signaling } = context;
    let own: Promise<OwnSpeech | null> | null = null;
    store.subscribe(({ captions: { view } }) => {
      // A failed download is tried again with the next change.
      if (view?.ownSpeech) own ??= loadOwnSpeech(context).catch(() => (own = null));
    });
    return {
      commands: new Captions(store, signaling),
      admitted: (state, admission) => {
        if (admission.kind !== 'joined') return state;
        // A server that does not know captions yet sends none.
        const result: Partial<JoinResult> = admission.result;
        return { ...state, captions: { ...state.captions, view: result.captions ?? null } };
      },
      // The server forgets with each connection who reads captions.
      entered: () => {
        const { on, translateTo, lines } = store.state.captions;
        // No connection but the previous one would have finished them.
        const kept = lines.filter(({ final }) => final);
        if (kept.length < lines.length) {
          store.update((state) => ({ ...state, captions: { ...state.captions, lines: kept } }));
        }
        // If it fails, the connection is lost, and the call will be entered again.
        if (on) signaling.request('captions:watch', { on, translateTo }).catch(() => undefined);
      },
      stopped: () => void own?.then((one) => one?.stop()),
    };
  },
});
