import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { identifier, languageTag, line, sessionParams, shortId } from '../core/fields.ts';
import {
  CAPTIONS_MODES,
  CAPTIONS_PLACES,
  MAX_CAPTION_TEXT,
  MAX_VOCABULARY,
  MAX_VOCABULARY_TERM,
  OWN_CAPTIONS_PROBLEMS,
  type CaptionSource,
  type CaptionsMode,
  type CaptionsProblem,
  type CaptionsState,
} from './captions.vocabulary.ts';

/** The captions of a visit as one person sees them. */
export interface CaptionsView {
  readonly mode: CaptionsMode;
  readonly state: CaptionsState;
  /** Why the state is `failed`; null otherwise. */
  readonly problem: CaptionsProblem | null;
  /** Whether speech is transcribed, on the server or on the devices; otherwise captions come from people only. */
  readonly automatic: boolean;
  /**
   * The language (BCP 47) of the speech that this person's page is to transcribe now and send with `captions:say`; null if it is
   * to transcribe nothing.
   */
  readonly ownSpeech: string | null;
  /** Whether the server translates captions. */
  readonly translation: boolean;
  /** Whether this person agreed to be captioned; null before their answer. */
  readonly consent: boolean | null;
  /** How many of the others in the visit can be heard and are not captioned. Nobody is told who. */
  readonly uncaptioned: number;
}

/** What a person said. A text replaces an earlier one of the same utterance, until it is final. */
export interface CaptionText {
  /** Who said it. */
  readonly userId: string;
  /** The name of the utterance, unique for its person and source. */
  readonly utterance: string;
  /** Empty if the utterance is to be forgotten. */
  readonly text: string;
  /** Whether the text will not change. */
  readonly final: boolean;
  /** When the person began to say it (RFC 3339, UTC). */
  readonly startedAt: string;
  /** The language of the text (BCP 47). */
  readonly language: string;
  readonly source: CaptionSource;
  /** The language that the person spoke, if the text is a translation. */
  readonly translatedFrom: string | null;
  /** Whether the text should have been translated, and could not be. */
  readonly untranslated: boolean;
}

/** `POST /sessions/{sessionId}/captions`. */
export const captionRequest = z
  .strictObject({
    userId: identifier.meta({ description: 'Your own id of the person who speaks.' }),
    utterance: shortId.meta({
      description:
        'Your own name of the utterance. A text replaces an earlier one of the same utterance on the screen, until it is final.',
    }),
    text: line(MAX_CAPTION_TEXT).meta({ description: 'What the person says, on one line.' }),
    final: z.boolean().default(true).meta({ description: 'Whether the text will not change.' }),
  })
  .meta({ id: 'CaptionRequest' });
export type CaptionRequest = z.input<typeof captionRequest>;

export const captionResponse = z
  .strictObject({
    delivered: z.int().min(0).meta({ description: 'How many pages with captions turned on received it.' }),
  })
  .meta({ id: 'CaptionResponse' });

export const captions = feature({
  name: 'captions',
  messages: {
    'captions:watch': {
      payload: z.strictObject({
        on: z.boolean(),
        /** The language into which to translate captions (BCP 47); null for the language that was spoken. */
        translateTo: languageTag.nullable(),
      }),
      ack: nothing,
      phase: 'joined',
      permission: null,
      rate: 'broadcast',
      summary:
        'Turns captions on or off for this page. It holds until the connection ends, so that a page sends it again after every join.',
    },
    'captions:say': {
      payload: z.strictObject({
        /** Counts the utterances of the page, from 1. */
        utterance: z
          .int()
          .min(1)
          .max(2 ** 31),
        /** Empty if the utterance is to be forgotten. */
        text: z.union([z.literal(''), line(MAX_CAPTION_TEXT)]),
        /** Whether the text will not change. */
        final: z.boolean(),
      }),
      ack: nothing,
      phase: 'joined',
      permission: 'publish',
      rate: 'broadcast',
      summary:
        'What this person says, as their page transcribed it while `ownSpeech` of `captions:changed` is not null. A text replaces the previous ' +
        'one of the same utterance until it is final; a later utterance takes back one that is not.',
    },
    'captions:problem': {
      payload: z.strictObject({ problem: z.enum(OWN_CAPTIONS_PROBLEMS).nullable() }),
      ack: nothing,
      phase: 'joined',
      permission: 'publish',
      rate: 'broadcast',
      summary:
        'Why this page can’t transcribe what its person says, although `ownSpeech` of `captions:changed` is not null; null once it can.',
    },
  },
  events: {
    'captions:text': {
      payload: typed<CaptionText>(),
      summary: 'What a person said, to pages that have turned captions on. It is not stored.',
    },
    'captions:changed': {
      payload: typed<CaptionsView>(),
      summary:
        'The state of captions or an answer changed. Also sent to a page that connects, before it enters the visit; everyone gets their own view.',
    },
  },
  snapshot: typed<{
    readonly captions: CaptionsView;
  }>(),
  options: {
    captions: {
      schema: z.enum(CAPTIONS_MODES).meta({
        description:
          'Whether there are live captions: `off`; `on-request`, while any person in the visit has turned them on; `required`, all the time. Only the ' +
          'speech of people who agreed is transcribed, and refusing has no other consequence.',
      }),
      default: 'off',
    },
    captionsMadeOn: {
      schema: z.enum(CAPTIONS_PLACES).meta({
        description:
          'Where speech becomes text: `server`, by the engine of CAPTIONS_ENGINE; `device`, in the page of each person who speaks, so that the ' +
          'server transcribes nobody. `device` knows English only, and needs computers rather than phones.',
      }),
      default: 'server',
    },
    captionLanguage: {
      schema: languageTag.nullable().meta({
        description:
          'The language that people speak (BCP 47); null for the language of each person, or else that of the visit.',
      }),
      default: null,
    },
    vocabulary: {
      schema: z.array(line(MAX_VOCABULARY_TERM)).max(MAX_VOCABULARY).meta({
        description:
          'Names and terms that are likely to be spoken, such as those of drugs; they make automatic texts more accurate.',
      }),
      default: [] as string[],
    },
  },
  operations: {
    addCaption: {
      method: 'post',
      path: '/sessions/{sessionId}/captions',
      tag: 'Captions',
      summary: 'Show what a person says, as a human captioner writes it',
      description:
        'For the backend of a captioner (stenographer, speech-to-text reporter). Automatic captions of the same person pause for 30 seconds. It is not ' +
        'stored: people who turn captions on later do not see it. The person must have agreed to be captioned.',
      access: 'internal',
      params: sessionParams,
      body: captionRequest,
      repeatable: true,
      answers: { 200: { description: 'The number of pages that received it', schema: captionResponse } },
      errors: [
        'session_not_found',
        'session_closed',
        'participant_not_found',
        'captions_off',
        'captions_not_agreed',
        'node_unreachable',
      ],
    },
  },
  facts: {
    'captions.started': { kind: 'note', data: typed<object>(), details: [], example: {} },
    'captions.stopped': { kind: 'note', data: typed<object>(), details: [], example: {} },
  },
  errors: {
    captions_off: {
      status: 403,
      title: 'This visit has no captions',
      remedy: 'Create the visit with options.captions "on-request" or "required".',
    },
    captions_not_agreed: {
      status: 409,
      title: 'The person has not agreed to be captioned',
      remedy: 'Ask the person, and record the answer with the purpose "captions".',
    },
    captions_not_wanted: {
      status: 409,
      title: 'The text of this person’s speech is not wanted from their page now',
      remedy: 'Send it only while ownSpeech of captions:changed is not null.',
    },
    speech_not_installed: {
      status: 404,
      title: 'This server has no speech engine for browsers',
      remedy: 'Run "node scripts/setup.mjs --speech" and set SPEECH_DIR to the folder that it prints.',
    },
  },
});
