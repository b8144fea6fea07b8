import { permissionsOf } from '@televisit/shared/vocabulary';
import type { VisitState } from '../../sdk/index.ts';
import { nameOf } from '../format/names.ts';

/** Facts to show after a visit; times in milliseconds since 1970 by this device's clock. */
export interface VisitRecord {
  /** How long this person was in the call, including earlier stays; null if they did not join. */
  readonly stay: number | null;
  /** When the current stay began; null outside of the call. */
  readonly joinedAt: number | null;
  /** The hosts who were present last, this person included. */
  readonly hosts: readonly { readonly userId: string; readonly name: string }[];
}

export const NO_RECORD: VisitRecord = { stay: null, joinedAt: null, hosts: [] };

/** How a visit ended, as far as known: by `you`, by a `named` host, by a `host` of several, or by `time`. */
export type EndedBy =
  { readonly who: 'you' | 'host' | 'time' | 'unknown' } | { readonly who: 'named'; readonly name: string };

/** Returns the record after a change to `state` at `now`. */
export function recorded(record: VisitRecord, state: VisitState, now: number): VisitRecord {
  if (state.phase === 'joined' || state.meeting?.stay === 'in') {
    return { ...record, joinedAt: record.joinedAt ?? now, hosts: hostsOf(state) };
  }
  // The page of a meeting elsewhere shows who is there to people outside, too.
  const hosts = state.meeting ? hostsOf(state) : record.hosts;
  // While a call restarts on another server it passes other phases, and the stay continues afterwards.
  const stay =
    record.joinedAt === null ? record.stay : (record.stay ?? 0) + Math.max(0, now - record.joinedAt);
  return { stay, joinedAt: null, hosts };
}

/** Returns how the visit ended. `reason` is the server's, null if unknown. */
export function endedBy(record: VisitRecord, ownId: string | null, reason: string | null): EndedBy {
  if (reason === 'window_closed') return { who: 'time' };
  if (reason !== 'host_ended') return { who: 'unknown' };
  const [only, ...others] = record.hosts;
  if (!only || others.length > 0) return { who: 'host' };
  return only.userId === ownId ? { who: 'you' } : { who: 'named', name: only.name };
}

function hostsOf({ self, meeting, participants }: VisitState): VisitRecord['hosts'] {
  const present = meeting?.people.filter(({ present }) => present) ?? [
    ...(self ? [self] : []),
    ...participants,
  ];
  return present
    .filter(({ role }) => permissionsOf(role).includes('end_session'))
    .map((person) => ({ userId: person.userId, name: nameOf(person) }));
}
