import type { VisitErrorCode } from '../sdk/index.ts';

/** The full-page screens that explain why there is no visit here. */
export type MessageScreen =
  | 'link_bad'
  | 'link_expired'
  | 'link_early'
  | 'visit_early'
  | 'visit_over'
  | 'removed'
  | 'visit_full'
  | 'no_capacity'
  | 'unreachable'
  | 'server'
  | 'browser'
  | 'replaced'
  | 'media_denied'
  | 'media_missing'
  | 'media_in_use'
  | 'media_insecure';

/** Which screen explains an error code; a code that is not known is the server's fault, not the reader's. */
export function screenOf(code: VisitErrorCode): MessageScreen {
  switch (code) {
    case 'token_expired':
      return 'link_expired';
    case 'token_not_yet_valid':
      return 'link_early';
    case 'not_open_yet':
      return 'visit_early';
    case 'session_over':
      return 'visit_over';
    case 'unreachable':
    case 'shutting_down':
    case 'wrong_node':
    case 'node_unreachable':
      return 'unreachable';
    case 'unsupported_browser':
      return 'browser';
    case 'removed':
    case 'visit_full':
    case 'no_capacity':
    case 'replaced':
    case 'media_denied':
    case 'media_missing':
    case 'media_in_use':
    case 'media_insecure':
      return code;
    case 'session_not_found':
    case 'seat_mismatch':
    case 'forbidden':
      return 'link_bad';
    default:
      return code.startsWith('token_') ? 'link_bad' : 'server';
  }
}
