import type { FeatureFact } from '@televisit/shared/features/index';
import type { NotificationChannel, NotificationKind } from '@televisit/shared/notifications';
import type { EndReason, LeaveReason, ProviderId } from '@televisit/shared/vocabulary';

/** The actor of an event. A participant is identified by seat index, so that no user id remains after an erasure. */
export type Actor =
  /** `keyId` identifies the internal secret that was used without revealing it. */
  | { readonly type: 'backend'; readonly keyId: string }
  | { readonly type: 'participant'; readonly seat: number }
  /** A person in the operator console, as the identity provider or the login link identifies them. */
  | { readonly type: 'operator'; readonly subject: string }
  /** The server itself, for example when a time limit has passed. */
  | { readonly type: 'system' };

export const SYSTEM: Actor = { type: 'system' };

/** An event of a session without its metadata. Events contain no names, tokens or chat text. */
export type SessionFact =
  | FeatureFact<'event'>
  | { readonly type: 'session.created'; readonly nodeId: string }
  | { readonly type: 'session.updated'; readonly fields: readonly string[] }
  | { readonly type: 'session.placed'; readonly nodeId: string }
  /** Another provider carries the visit from now on; links stay the same. `reason` is a code. */
  | {
      readonly type: 'session.provider_changed';
      readonly from: ProviderId;
      readonly to: ProviderId;
      readonly reason: string;
    }
  /** The provider could not create the meeting. It is tried again. */
  | { readonly type: 'session.provider_failed'; readonly provider: ProviderId; readonly reason: string }
  /**
   * The visit begins at `startsAt` (milliseconds since the Unix epoch), in `minutesBefore` minutes or slightly less.
   */
  | { readonly type: 'session.reminder'; readonly minutesBefore: number; readonly startsAt: number }
  /** The join window of a live visit closes at `closesAt` (milliseconds since the Unix epoch). */
  | { readonly type: 'session.closing_soon'; readonly closesAt: number }
  | { readonly type: 'meeting.started' }
  | { readonly type: 'meeting.ended'; readonly reason: EndReason }
  | { readonly type: 'session.cancelled' }
  | { readonly type: 'session.reopened' }
  | { readonly type: 'session.no_show' }
  /** People came, but no host. */
  | { readonly type: 'session.host_absent' }
  | { readonly type: 'participant.joined'; readonly seat: number; readonly interval?: IntervalBegun }
  | {
      readonly type: 'participant.left';
      readonly seat: number;
      readonly reason: LeaveReason;
      readonly interval?: IntervalOver;
    }
  | { readonly type: 'participant.removed'; readonly seat: number }
  /** `replaces` is the seat of the person whose role this one takes over. */
  | { readonly type: 'participant.added'; readonly seat: number; readonly replaces?: number }
  | { readonly type: 'participant.restored'; readonly seat: number }
  | { readonly type: 'participant.updated'; readonly seat: number; readonly fields: readonly string[] }
  | { readonly type: 'participant.links_revoked'; readonly seat: number }
  | { readonly type: 'quality.degraded'; readonly seat: number }
  | { readonly type: 'report.ready' }
  /** The provider reported attendance after the report was complete. */
  | { readonly type: 'report.updated' }
  | { readonly type: 'user.erased'; readonly seat: number };

/** An attendance interval at the time of joining. Events written by versions without webhooks have none. */
export interface IntervalBegun {
  /** The number of the interval among those of the participant, from 1. */
  readonly number: number;
  readonly joinedAt: number;
  readonly reconnects: number;
}

/** An attendance interval at the time of leaving. */
export interface IntervalOver extends IntervalBegun {
  readonly leftAt: number;
}

/** A fact with its position in the session's history: `seq` is 1, 2, 3 … without gaps. */
export type SessionEvent = SessionFact & {
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly by: Actor;
  /** The span that caused it (W3C Trace Context), by which the delivery of its webhooks continues the trace. */
  readonly trace?: string;
};

/** An action that did not change the session, recorded for the audit log. */
export type AuditNote = { readonly seq: null; readonly at: number; readonly by: Actor } & (
  | FeatureFact<'note'>
  | { readonly type: 'link.issued'; readonly seat: number }
  | { readonly type: 'report.read' }
  /** An operator read this part of what is known about the session. */
  | { readonly type: 'console.read'; readonly part: string }
  /** An operator searched for the user in this seat. */
  | { readonly type: 'console.found'; readonly seat: number }
  | { readonly type: 'console.replayed'; readonly event: string }
  | { readonly type: 'data.exported'; readonly seat: number }
  | { readonly type: 'calendar.revoked'; readonly seat: number }
  | {
      readonly type: 'notification.sent' | 'notification.delivered' | 'notification.failed';
      readonly seat: number;
      readonly kind: NotificationKind;
      readonly channel: NotificationChannel;
    }
  | { readonly type: 'push.subscribed' | 'push.unsubscribed'; readonly seat: number }
);

/** An entry of a session's history: its events and notes in the order of writing. */
export type HistoryEntry = SessionEvent | AuditNote;
