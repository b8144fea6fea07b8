import { z } from 'zod';

const time = z.number();

/** What one person said in one stream, as the file of the kind `transcript` holds it. Times are milliseconds since the Unix epoch. */
export const storedTranscript = z.object({
  language: z.string(),
  engine: z.string(),
  segments: z.array(
    z.object({
      startedAt: time,
      endedAt: time,
      text: z.string(),
      confidence: z.number().nullable(),
      words: z.array(z.object({ startedAt: time, endedAt: time, text: z.string() })),
    }),
  ),
});
export type StoredTranscript = z.infer<typeof storedTranscript>;

/** Corrections of one transcript, as a file of the kind `correction` holds them. */
export const storedCorrections = z.object({
  at: time,
  /** Later ones replace earlier ones. */
  revision: z.number(),
  /** The texts by the index of their segment. */
  texts: z.record(z.string(), z.string()),
});
export type StoredCorrections = z.infer<typeof storedCorrections>;
