/** Enumerations and limits of transcripts that the page needs at run time. */

/** When a recording gets a transcript: never; when the backend asks for it; or always, once it is ready. */
export const TRANSCRIPT_MODES = ['off', 'on-request', 'required'] as const;
export type TranscriptMode = (typeof TRANSCRIPT_MODES)[number];

/** JSON with the times of words; WebVTT for players; or plain text for people. */
export const TRANSCRIPT_FORMATS = ['json', 'vtt', 'txt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** The greatest number of corrections in one request, and the longest text of one, in UTF-16 code units. */
export const MAX_CORRECTIONS = 500;
export const MAX_CORRECTED_TEXT = 2000;
/** How many requests may correct a transcript. */
export const MAX_REVISIONS = 1000;
