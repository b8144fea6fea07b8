import type { VisitErrorCode } from '../../../sdk/index.ts';

/** The possible ratings. */
export const STARS = [1, 2, 3, 4, 5] as const;

/** The server's limit for a comment, in UTF-16 code units. */
export const LONGEST_COMMENT = 2000;

/**
 * The state of the form: after `failed` the person can try again, `refused` is final; `thanks` also if their feedback was
 * sent before.
 */
export type FormState = 'open' | 'sending' | 'failed' | 'refused' | 'thanks';

/** Returns the state of the form after sending failed with an error code. */
export function stateAfter(code: VisitErrorCode): FormState {
  switch (code) {
    case 'feedback_given':
      return 'thanks';
    case 'validation_failed':
    case 'removed':
    case 'session_not_found':
    case 'participant_not_found':
      return 'refused';
    default:
      return code.startsWith('token_') ? 'refused' : 'failed';
  }
}

/** Returns the star that a key selects from star `current` in a radio group (WAI-ARIA APG); null for other keys. */
export function starAfterKey(key: string, current: number, rightToLeft: boolean): number | null {
  const [onward, back] = rightToLeft ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft'];
  switch (key) {
    case onward:
    case 'ArrowDown':
      return (current % STARS.length) + 1;
    case back:
    case 'ArrowUp':
      return current <= 1 ? STARS.length : current - 1;
    case 'Home':
      return 1;
    case 'End':
      return STARS.length;
    default:
      return null;
  }
}

/** Returns a comment as the server accepts it, without invisible control characters; null if nothing is left. */
export function commentOf(text: string): string | null {
  const clean = text
    .replaceAll(/(?![\n\r\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  return /^[\p{Cf}\s]*$/u.test(clean) ? null : clean;
}
