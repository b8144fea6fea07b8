import type { Feature } from '../features/index.ts';
import type { NetworkLevel, Source, Role } from '../vocabulary.ts';
import type { Fields } from './contract.ts';
import type { ConsumerParameters, WaitingState } from './views.ts';

/** `none`: the participant sends no such stream; `off`: muted. */
export type MediaState = 'on' | 'off' | 'none';

/** A participant as the others see them, with the fields of every feature. */
export interface ParticipantView extends Fields<Feature, 'participant'> {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  readonly media: Readonly<Record<Source, MediaState>>;
  /** False while the server waits for a dropped connection to come back. */
  readonly connected: boolean;
  /** Whether the page is in the background, as on a phone that shows something else. */
  readonly away: boolean;
  /** As measured by the participant's page; null before its first report. */
  readonly network: NetworkLevel | null;
  /** RFC 3339, UTC. */
  readonly joinedAt: string;
}

/** The state of the visit as a whole, with the fields of every feature. */
export interface RoomView extends Fields<Feature, 'room'> {
  /** The participant who speaks, or spoke last. */
  readonly activeSpeaker: string | null;
}

/** Everything that is in the visit when a participant enters, with the fields of every feature. */
export interface JoinResult extends Fields<Feature, 'snapshot'> {
  readonly self: ParticipantView;
  /** The others. */
  readonly participants: readonly ParticipantView[];
  /** All consumers of this participant, including those that "prepare" or an event returned already. */
  readonly consumers: readonly ConsumerParameters[];
  /** When the visit went live; RFC 3339, UTC. */
  readonly startedAt: string;
  readonly room: RoomView;
}

/** `gone`: there is nothing left to resume; the client sends "prepare" and "join" again. */
export type ResumeOutcome =
  { readonly status: 'resumed'; readonly result: JoinResult } | { readonly status: 'gone' };

/** `waiting`: the person is in the waiting room, and an `admitted` event brings the rest. */
export type JoinOutcome =
  | { readonly status: 'joined'; readonly result: JoinResult }
  | { readonly status: 'waiting'; readonly waiting: WaitingState };
