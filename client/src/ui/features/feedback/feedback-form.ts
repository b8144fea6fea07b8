import type { VisitErrorCode } from '../../../sdk/index.ts';

/** The most stars that a visit can get. */
export const STARS = [1, 2, 3, 4, 5] as const;

/** The longest comment, in UTF-16 units as both a textarea and the server count them. */
export const LONGEST_COMMENT = 2000;

/**
 * How far the form is: `failed` may be tried again, `refused` for good; `thanks` also where this person's feedback was
 * there before.
 */
export type FormState = 'open' | 'sending' | 'failed' | 'refused' | 'thanks';

/** What becomes of the form when sending ended with this code. */
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

/** The star that a key moves to from star `current` in a radio group (WAI-ARIA APG); null for any other key. */
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

/** A comment as the server takes it: without invisible control characters, null where nothing is left. */
export function commentOf(text: string): string | null {
  const clean = text
    .replaceAll(/(?![\n\r\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  return /^[\p{Cf}\s]*$/u.test(clean) ? null : clean;
}
