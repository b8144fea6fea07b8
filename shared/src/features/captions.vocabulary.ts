/** Enumerations and limits of captions that the page needs at run time. */

/** When speech becomes text: never; while somebody has turned captions on; or all the time. */
export const CAPTIONS_MODES = ['off', 'on-request', 'required'] as const;
export type CaptionsMode = (typeof CAPTIONS_MODES)[number];

/**
 * Where speech becomes text: on the server, by its engine; or on the device of each person, whose page sends the text, so that the
 * server transcribes nobody.
 */
export const CAPTIONS_PLACES = ['server', 'device'] as const;
export type CaptionsPlace = (typeof CAPTIONS_PLACES)[number];

/**
 * What people see of the captions of their visit: nobody has turned them on (`off`); nobody who is present has agreed to be
 * captioned (`waiting`); there are captions (`on`); or speech can't be transcribed at the moment (`failed`).
 */
export const CAPTIONS_STATES = ['off', 'waiting', 'on', 'failed'] as const;
export type CaptionsState = (typeof CAPTIONS_STATES)[number];

/**
 * Why speech can't be transcribed: too many people are; the engine does not work; it does not know the language; or a person's
 * device can't do it.
 */
export const CAPTIONS_PROBLEMS = ['busy', 'unavailable', 'language', 'device'] as const;
export type CaptionsProblem = (typeof CAPTIONS_PROBLEMS)[number];
/** The problems that a page reports of the speech of its person. */
export const OWN_CAPTIONS_PROBLEMS = ['unavailable', 'language', 'device'] as const;
export type OwnCaptionsProblem = (typeof OWN_CAPTIONS_PROBLEMS)[number];

/** Who wrote a caption: an engine, or a person. */
export const CAPTION_SOURCES = ['automatic', 'human'] as const;
export type CaptionSource = (typeof CAPTION_SOURCES)[number];

/** The version of the page's question for consent to captions, in all languages; it changes with the meaning of the question. */
export const CAPTIONS_WORDING = '2026-11-30';

/** Longest caption, in UTF-16 code units. */
export const MAX_CAPTION_TEXT = 500;
/** The greatest number of terms of a visit's vocabulary, and the longest one. */
export const MAX_VOCABULARY = 100;
export const MAX_VOCABULARY_TERM = 64;
