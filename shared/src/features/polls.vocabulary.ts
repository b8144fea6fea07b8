/** The limits of polls, without zod: the page imports them at run time. */

/** Longest question, in UTF-16 code units. */
export const MAX_POLL_QUESTION = 300;
/** Longest answer, in UTF-16 code units. */
export const MAX_POLL_ANSWER = 120;
export const MIN_POLL_ANSWERS = 2;
export const MAX_POLL_ANSWERS = 8;
/** Most polls in a session. */
export const MAX_POLLS = 20;
