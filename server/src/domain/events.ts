import type { EndReason } from '@televisit/shared/session';

/** What happened to a session. Names and tokens never stand in an event. */
export type SessionFact =
  | { readonly type: 'session.created'; readonly nodeId: string }
  | { readonly type: 'session.placed'; readonly nodeId: string }
  | { readonly type: 'meeting.started' }
  | { readonly type: 'meeting.ended'; readonly reason: EndReason };

/** A fact with its place in the session's history: `seq` is 1, 2, 3 … without a gap. */
export type SessionEvent = SessionFact & {
  readonly sessionId: string;
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
};
