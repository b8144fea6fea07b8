import { permissionsOf } from '@televisit/shared/permissions';
import type { VisitState } from '../../sdk/index.ts';
import { nameOf } from '../format/names.ts';

/** What a person may be told after a visit; times in milliseconds since 1970 by this device's clock. */
export interface VisitRecord {
  /** How long this person was in it, the times before a return included; null for somebody who wasn't. */
  readonly stay: number | null;
  /** When the running stay began; null outside of the call. */
  readonly joinedAt: number | null;
  /** The hosts who were there at last, this person among them. */
  readonly hosts: readonly { readonly userId: string; readonly name: string }[];
}

export const NO_RECORD: VisitRecord = { stay: null, joinedAt: null, hosts: [] };

/** Who ended a visit, as far as can be told: `you`, a host by name, or `host` for one of several. */
export type EndedBy =
  { readonly who: 'you' | 'host' | 'time' | 'unknown' } | { readonly who: 'named'; readonly name: string };

/** The record after the state has changed to `state` at `now`; the same one where there is nothing new. */
export function recorded(record: VisitRecord, state: VisitState, now: number): VisitRecord {
  if (state.phase === 'joined') {
    return { ...record, joinedAt: record.joinedAt ?? now, hosts: hostsOf(state) };
  }
  // A visit that starts over on another server goes through other phases for a moment, and the stay goes on after it.
  if (record.joinedAt === null) return record;
  return { ...record, joinedAt: null, stay: (record.stay ?? 0) + Math.max(0, now - record.joinedAt) };
}

/** Who ended the visit. `reason` is the server's, null where it is not known. */
export function endedBy(record: VisitRecord, ownId: string | null, reason: string | null): EndedBy {
  if (reason === 'window_closed') return { who: 'time' };
  if (reason !== 'host_ended') return { who: 'unknown' };
  const [only, ...others] = record.hosts;
  if (!only || others.length > 0) return { who: 'host' };
  return only.userId === ownId ? { who: 'you' } : { who: 'named', name: only.name };
}

function hostsOf({ self, participants }: VisitState): VisitRecord['hosts'] {
  return [...(self ? [self] : []), ...participants]
    .filter(({ role }) => permissionsOf(role).includes('end_session'))
    .map((person) => ({ userId: person.userId, name: nameOf(person) }));
}
