import { z } from 'zod';
import { languageCode } from '../whisper/whisper-languages.ts';
import type { SpeechSegment, SpokenWord } from '../speech-to-text.ts';

/** What a service answers for `response_format=verbose_json`. Times are in seconds. */
const verboseJson = z.object({
  language: z.string().optional(),
  text: z.string().default(''),
  duration: z.coerce.number().optional(),
  segments: z
    .array(
      z.object({
        start: z.number(),
        end: z.number(),
        text: z.string(),
        avg_logprob: z.number().nullish(),
        no_speech_prob: z.number().nullish(),
      }),
    )
    .nullish(),
  words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).nullish(),
});

export interface VerboseTranscript {
  /** BCP 47. */
  readonly language: string | null;
  readonly segments: readonly SpeechSegment[];
}

/** What Whisper itself takes for silence. */
const NO_SPEECH = 0.6;
const UNSURE = -1;

/**
 * Reads the answer for a piece of sound.
 * @param piece its place in the whole, in milliseconds
 * @returns null if it is no such answer
 */
export function readVerboseJson(
  answer: unknown,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): VerboseTranscript | null {
  const parsed = verboseJson.safeParse(answer);
  if (!parsed.success) return null;
  const { language, text, segments, words } = parsed.data;
  const time = (seconds: number) => Math.round(Math.min(startMs + seconds * 1000, endMs));
  const spoken: SpokenWord[] = (words ?? []).map((word) => ({
    startMs: time(word.start),
    endMs: time(word.end),
    text: word.word.trim(),
  }));
  const found = (segments ?? []).filter(
    (one) => !((one.no_speech_prob ?? 0) > NO_SPEECH && (one.avg_logprob ?? 0) < UNSURE),
  );
  const list: Omit<SpeechSegment, 'words'>[] = segments
    ? found.map((one) => ({
        startMs: time(one.start),
        endMs: time(one.end),
        text: one.text.trim(),
        confidence: one.avg_logprob == null ? null : Math.min(1, Math.exp(one.avg_logprob)),
      }))
    : [{ startMs, endMs, text: text.trim(), confidence: null }];
  return {
    language: language === undefined ? null : languageCode(language),
    segments: list
      .filter((segment) => segment.text !== '')
      .map((segment) => ({ ...segment, words: spoken.filter((word) => isIn(word, segment)) })),
  };
}

/** A word belongs to the segment that has its middle. */
function isIn(word: SpokenWord, segment: { readonly startMs: number; readonly endMs: number }): boolean {
  const middle = (word.startMs + word.endMs) / 2;
  return middle >= segment.startMs && middle < segment.endMs;
}
