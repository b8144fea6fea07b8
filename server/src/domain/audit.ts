import type { FactContract } from '@televisit/shared/core/contract';
import { FACTS } from '@televisit/shared/features/index';
import type { ActorView, AuditEntry } from '@televisit/shared/reports';
import { iso } from '../core/clock.ts';
import type { Actor, HistoryEntry } from './events.ts';
import type { Session } from './session.ts';

/** Converts a history to the audit log of the API, with user ids, or pseudonyms of erased users, instead of seats. */
export function auditOf(session: Session, history: readonly HistoryEntry[]): AuditEntry[] {
  return history.map((entry) => ({
    at: iso(entry.at),
    actor: actorView(session, entry.by),
    action: entry.type,
    userId: 'seat' in entry ? userIdOf(session, entry.seat) : null,
    details: detailsOf(entry),
  }));
}

/** Returns an actor as the API shows it. */
export function actorView(session: Session, actor: Actor): ActorView {
  switch (actor.type) {
    case 'backend':
      return { type: 'backend', keyId: actor.keyId };
    case 'participant':
      return { type: 'participant', userId: userIdOf(session, actor.seat) ?? '' };
    case 'operator':
      return { type: 'operator', subject: actor.subject };
    case 'system':
      return { type: 'system' };
  }
}

function userIdOf(session: Session, seat: number): string | null {
  return session.seats[seat]?.userId ?? null;
}

function detailsOf(entry: HistoryEntry): AuditEntry['details'] {
  switch (entry.type) {
    case 'session.created':
    case 'session.placed':
      return { node: entry.nodeId };
    case 'session.provider_changed':
      return { from: entry.from, to: entry.to, reason: entry.reason };
    case 'session.provider_failed':
      return { provider: entry.provider, reason: entry.reason };
    case 'session.updated':
    case 'participant.updated':
      return { fields: [...entry.fields] };
    case 'session.reminder':
      return { minutesBefore: entry.minutesBefore };
    case 'notification.sent':
    case 'notification.delivered':
    case 'notification.failed':
      return { kind: entry.kind, channel: entry.channel };
    case 'console.read':
      return { part: entry.part };
    case 'console.replayed':
      return { event: entry.event };
    case 'meeting.ended':
    case 'participant.left':
      return { reason: entry.reason };
    default:
      return entry.type in FACTS ? featureDetails(entry) : {};
  }
}

/** Returns the fields that the contract of the feature includes in the audit log. */
function featureDetails(entry: HistoryEntry): AuditEntry['details'] {
  const { details }: FactContract = FACTS[entry.type as keyof typeof FACTS];
  const shown = Object.entries(entry).filter(([name]) => details.includes(name));
  return Object.fromEntries(shown);
}
