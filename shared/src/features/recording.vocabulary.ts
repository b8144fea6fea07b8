/** Enumerations and limits of recordings that the page needs at run time. */

/**
 * When a visit is recorded: never; when a host or the backend starts it; or from the moment at which everyone has agreed.
 */
export const RECORDING_MODES = ['off', 'on-request', 'required'] as const;
export type RecordingMode = (typeof RECORDING_MODES)[number];

/** What people are asked to agree to, each on its own. */
export const CONSENT_PURPOSES = ['recording', 'transcript', 'captions'] as const;
export type ConsentPurpose = (typeof CONSENT_PURPOSES)[number];

/**
 * The version of the page's question for consent, in all languages. It is stored with every answer, so it changes with the
 * meaning of the question.
 */
export const CONSENT_WORDING = '2026-11-30';

/**
 * What people in a visit see of its recording: there is none (`off`); nothing is recorded because somebody present has not
 * agreed (`waiting`); it runs (`on`); a host or the backend has paused it (`paused`); or the server cannot write it (`failed`).
 */
export const RECORDING_STATES = ['off', 'waiting', 'on', 'paused', 'failed'] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

/**
 * The status of a recording: people are recorded as far as they agree (`active`), or it is paused; it has stopped, and files are
 * still being written or stored (`finishing`); or it is complete (`ready`).
 */
export const RECORDING_STATUSES = ['active', 'paused', 'finishing', 'ready'] as const;
export type RecordingStatus = (typeof RECORDING_STATUSES)[number];

/**
 * How the pictures of people are put beside each other in a composition: in one row; the person who speaks large, the others
 * beside them; or in equal tiles. A shared screen takes the main area of each.
 */
export const COMPOSITION_LAYOUTS = ['side-by-side', 'speaker', 'grid'] as const;
export type CompositionLayout = (typeof COMPOSITION_LAYOUTS)[number];

/** The composition that is made of each recording by itself. */
export const COMPOSITION_MODES = ['none', ...COMPOSITION_LAYOUTS] as const;
export type CompositionMode = (typeof COMPOSITION_MODES)[number];

/**
 * What a file of a recording holds: a stream of one person as it was sent; the timeline of what happened; the picture and sound
 * of everyone in one file, its playlist and its preview; or the text of what one person said, and its
 * corrections.
 */
export const RECORDED_FILE_KINDS = [
  'stream',
  'timeline',
  'composition',
  'playlist',
  'thumbnail',
  'transcript',
  'correction',
] as const;
export type RecordedFileKind = (typeof RECORDED_FILE_KINDS)[number];

/** What is made of a recording once it is ready. */
export const JOB_KINDS = ['composition', 'transcript'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATUSES = ['queued', 'running', 'done', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The greatest number of recordings of one visit. */
export const MAX_RECORDINGS = 20;
