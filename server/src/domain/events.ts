import type { FeatureFact } from '@televisit/shared/facts';
import type { EndReason, LeaveReason } from '@televisit/shared/vocabulary';

/** Who did something. A person is named by the place of their seat, so that an erased one leaves no id behind. */
export type Actor =
  /** `keyId` says which internal secret was used, without giving it away. */
  | { readonly type: 'backend'; readonly keyId: string }
  | { readonly type: 'participant'; readonly seat: number }
  /** The server itself: time ran out, a process came back. */
  | { readonly type: 'system' };

export const SYSTEM: Actor = { type: 'system' };

/** What happened to a session. Names, tokens and what was said never stand in an event. */
export type SessionFact =
  | FeatureFact<'event'>
  | { readonly type: 'session.created'; readonly nodeId: string }
  | { readonly type: 'session.updated'; readonly fields: readonly string[] }
  | { readonly type: 'session.placed'; readonly nodeId: string }
  /** The visit is to begin at `startsAt` (milliseconds since the Unix epoch), in `minutesBefore` minutes or somewhat less. */
  | { readonly type: 'session.reminder'; readonly minutesBefore: number; readonly startsAt: number }
  | { readonly type: 'meeting.started' }
  | { readonly type: 'meeting.ended'; readonly reason: EndReason }
  | { readonly type: 'session.cancelled' }
  | { readonly type: 'session.no_show' }
  | { readonly type: 'participant.joined'; readonly seat: number; readonly interval?: IntervalBegun }
  | {
      readonly type: 'participant.left';
      readonly seat: number;
      readonly reason: LeaveReason;
      readonly interval?: IntervalOver;
    }
  | { readonly type: 'participant.removed'; readonly seat: number }
  | { readonly type: 'quality.degraded'; readonly seat: number }
  | { readonly type: 'report.ready' }
  | { readonly type: 'user.erased'; readonly seat: number };

/** An interval of attendance as it was when somebody joined; what versions before webhooks have written has none. */
export interface IntervalBegun {
  /** Which one of the person's it is, from 1. */
  readonly number: number;
  readonly joinedAt: number;
  readonly reconnects: number;
}

/** An interval of attendance as it was when somebody left. */
export interface IntervalOver extends IntervalBegun {
  readonly leftAt: number;
}

/** A fact with its place in the session's history: `seq` is 1, 2, 3 … without a gap. */
export type SessionEvent = SessionFact & {
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly by: Actor;
};

/** Something that was done with a session without changing it, kept for the audit log. */
export type AuditNote = { readonly seq: null; readonly at: number; readonly by: Actor } & (
  | FeatureFact<'note'>
  | { readonly type: 'link.issued'; readonly seat: number }
  | { readonly type: 'report.read' }
  | { readonly type: 'data.exported'; readonly seat: number }
);

/** The session's history is its events and notes in the order in which they were written. */
export type HistoryEntry = SessionEvent | AuditNote;
