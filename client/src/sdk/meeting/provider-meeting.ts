import type { VisitBootstrap } from '@televisit/shared/api';
import type { MeetingEntryView, MeetingView } from '@televisit/shared/provider-operations';
import type { MeetingState, ProviderId } from '@televisit/shared/vocabulary';
import type { VisitErrorCode } from '../core/errors.ts';

/** A person of a visit at another provider; `present` is what the provider reports. */
export type MeetingPerson = MeetingView['people'][number];

/** How a participant enters: at an address, by credentials for the provider's SDK, or, if it is `own`, by joining here. */
export type MeetingEntry =
  /** `expiresAt` in milliseconds since 1970 by the server's clock; null if the provider does not say. */
  | { readonly kind: 'address'; readonly url: string; readonly expiresAt: number | null }
  | { readonly kind: 'credentials'; readonly credentials: Readonly<Record<string, string>> }
  | { readonly kind: 'own' };

/**
 * - `closed`: the participant has not asked for the way in.
 * - `asking`: the server is being asked; `problem` is the code of the last failure, after which the client asks again by itself.
 * - `open`: the way in is known.
 */
export type MeetingOpening =
  | { readonly kind: 'closed' }
  | { readonly kind: 'asking'; readonly problem: VisitErrorCode | null }
  | { readonly kind: 'open'; readonly entry: Exclude<MeetingEntry, { kind: 'own' }> };

/** A visit that another provider carries. */
export interface ProviderMeeting {
  readonly provider: ProviderId;
  /** Whether the meeting exists at the provider; null before the first answer. */
  readonly readiness: MeetingState | null;
  readonly people: readonly MeetingPerson[];
  /** The number of people in the meeting that match no seat. */
  readonly strangers: number;
  /** The time until which people may enter, in milliseconds since 1970 by the server's clock. */
  readonly closesAt: number;
  /** Whether this participant has not been in yet, is in, or has left, as the provider reports it. */
  readonly stay: 'before' | 'in' | 'out';
  readonly opening: MeetingOpening;
}

/** The part of the client's state that a meeting changes. */
export interface MeetingSlice {
  readonly meeting: ProviderMeeting | null;
  readonly connection: 'connecting' | 'connected' | 'reconnecting';
  /** When the visit went live, in milliseconds since 1970 by this device's clock. */
  readonly startedAt: number | null;
  readonly clockOffset: number;
}

/** Returns the meeting before anything but the visit is known. */
export function newMeeting({ session }: VisitBootstrap): ProviderMeeting {
  return {
    provider: session.provider,
    readiness: null,
    people: session.people.map((person) => ({ ...person, present: false, hasLeft: false })),
    strangers: 0,
    closesAt: Date.parse(session.closesAt),
    stay: 'before',
    opening: { kind: 'closed' },
  };
}

/** Returns the state after an answer about the meeting; `ownId` is this participant's. */
export function updated<S extends MeetingSlice>(state: S, view: MeetingView, ownId: string): S {
  const before = state.meeting;
  if (!before) return state;
  const { provider, people, strangers } = view;
  const own = people.find(({ userId }) => userId === ownId);
  const meeting: ProviderMeeting = {
    provider,
    readiness: view.state,
    people,
    strangers,
    closesAt: Date.parse(view.closesAt),
    stay: own?.present ? 'in' : own?.hasLeft ? 'out' : 'before',
    // An address at the previous provider leads nowhere.
    opening:
      provider !== before.provider && before.opening.kind === 'open' ? { kind: 'closed' } : before.opening,
  };
  const startedAt = view.startedAt === null ? null : Date.parse(view.startedAt) - state.clockOffset;
  return { ...state, meeting, startedAt, connection: 'connected' };
}

/** Returns the way in of an answer. */
export function entryOf({ provider, url, credentials, expiresAt }: MeetingEntryView): MeetingEntry {
  if (url !== null) {
    return { kind: 'address', url, expiresAt: expiresAt === null ? null : Date.parse(expiresAt) };
  }
  if (provider !== 'sfu' && credentials !== null) return { kind: 'credentials', credentials };
  return { kind: 'own' };
}
