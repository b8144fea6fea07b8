import type { FactContract } from '@televisit/shared/core/contract';
import { FACTS } from '@televisit/shared/facts';
import type { ActorView, AuditEntry } from '@televisit/shared/reports';
import { iso } from './clock.ts';
import type { Actor, HistoryEntry } from './events.ts';
import type { Session } from './session.ts';

/** The history as the audit log shows it: seats become user ids, or the pseudonyms of those who were erased. */
export function auditOf(session: Session, history: readonly HistoryEntry[]): AuditEntry[] {
  return history.map((entry) => ({
    at: iso(entry.at),
    actor: actorView(session, entry.by),
    action: entry.type,
    userId: 'seat' in entry ? userIdOf(session, entry.seat) : null,
    details: detailsOf(entry),
  }));
}

/** An actor as the outside sees it. */
export function actorView(session: Session, actor: Actor): ActorView {
  switch (actor.type) {
    case 'backend':
      return { type: 'backend', keyId: actor.keyId };
    case 'participant':
      return { type: 'participant', userId: userIdOf(session, actor.seat) ?? '' };
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
    case 'session.updated':
      return { fields: [...entry.fields] };
    case 'session.reminder':
      return { minutesBefore: entry.minutesBefore };
    case 'meeting.ended':
    case 'participant.left':
      return { reason: entry.reason };
    default:
      return entry.type in FACTS ? featureDetails(entry) : {};
  }
}

/** The fields that the feature's contract shows in the audit log. */
function featureDetails(entry: HistoryEntry): AuditEntry['details'] {
  const { details }: FactContract = FACTS[entry.type as keyof typeof FACTS];
  const shown = Object.entries(entry).filter(([name]) => details.includes(name));
  return Object.fromEntries(shown);
}
