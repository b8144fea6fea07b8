import { z } from 'zod';

/** Text of a stretch of the stream; times are seconds from its start. Other messages are ignored. */
const results = z.object({
  type: z.literal('Results'),
  start: z.number(),
  duration: z.number(),
  /** Whether the text of this stretch does not change any more. */
  is_final: z.boolean(),
  channel: z.object({ alternatives: z.array(z.object({ transcript: z.string() })) }),
});

export interface DeepgramText {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isFinal: boolean;
}

/** Returns the text in a message of the service; null if it has none. */
export function readDeepgramText(message: string): DeepgramText | null {
  const parsed = results.safeParse(parseJson(message));
  if (!parsed.success) return null;
  const { start, duration, is_final: isFinal, channel } = parsed.data;
  const text = channel.alternatives[0]?.transcript.trim() ?? '';
  return { text, startMs: start * 1000, endMs: (start + duration) * 1000, isFinal };
}

export interface DeepgramStreamOptions {
  readonly language: string;
  readonly vocabulary: readonly string[];
}

/** The address would become too long with more. */
const MOST_TERMS = 100;

/** Returns the address of a stream. What the operator has set in it stays. */
export function deepgramAddress(base: string, { language, vocabulary }: DeepgramStreamOptions): string {
  const url = new URL(base);
  const parameters = {
    encoding: 'linear16',
    sample_rate: '16000',
    channels: '1',
    interim_results: 'true',
    endpointing: '300',
    language,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  // Models before Nova 3 know the one name, those since then the other.
  const isNew = /^(nova-3|flux)/.test(url.searchParams.get('model') ?? '');
  for (const term of vocabulary.slice(0, MOST_TERMS)) {
    url.searchParams.append(isNew ? 'keyterm' : 'keywords', term);
  }
  return url.href;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
