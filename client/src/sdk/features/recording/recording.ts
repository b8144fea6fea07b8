import type { recording as contract, RecordingView } from '@televisit/shared/features/recording';
import type { JoinResult, Payload } from '@televisit/shared/signaling';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { defineClientFeature } from '../feature.ts';

export type RecordingAction = Payload<'recording:control'>['action'];

/** A participant's answer to the question whether they may be recorded, or what they say transcribed. */
export interface ConsentAnswer {
  /** What the question is about. Default: the recording. */
  readonly purpose?: 'recording' | 'transcript';
  readonly given: boolean;
  /** The version of the wording that the participant read. */
  readonly wording: string;
  /** The language in which they read it (BCP 47). */
  readonly language: string;
  /** With a refusal: whether to delete what was recorded of this participant, or what was transcribed. */
  readonly erase?: boolean;
}

/** Consent to being recorded, and for hosts the recording itself. Every method throws a `VisitError`. */
export class Recording {
  readonly #signaling: CurrentSignaling;

  constructor(signaling: CurrentSignaling) {
    this.#signaling = signaling;
  }

  /**
   * Answers the question for consent, in the preview, the waiting room or the call. A later answer replaces an earlier one;
   * a refusal stops the recording at once.
   */
  async setConsent({ purpose = 'recording', given, wording, language, erase }: ConsentAnswer): Promise<void> {
    await this.#signaling.request('consent:set', {
      purpose,
      given,
      wording,
      language,
      ...(erase === true && { erase }),
    });
  }

  /** For hosts in the call: starts, pauses, resumes or stops the recording. */
  async control(action: RecordingAction): Promise<void> {
    await this.#signaling.request('recording:control', { action });
  }
}

export interface RecordingSlice {
  readonly recording: RecordingView | null;
}

export const recording = defineClientFeature<typeof contract, RecordingSlice, Recording>({
  name: 'recording',
  initial: { recording: null },
  reduce: {
    'recording:changed': (state, view) => ({ ...state, recording: view }),
  },
  create: ({ signaling }) => ({
    commands: new Recording(signaling),
    admitted: (state, admission) => {
      if (admission.kind !== 'joined') return state;
      // A server that does not know recordings yet sends none, and records nothing.
      const result: Partial<JoinResult> = admission.result;
      return { ...state, recording: result.recording ?? null };
    },
  }),
});
