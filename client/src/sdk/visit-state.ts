import type { VisitBootstrap } from '@televisit/shared/api';
import type { JoinResult, ParticipantView, Source } from '@televisit/shared/signaling';
import { NO_DEVICES, type DeviceChoice, type DeviceLists } from './devices.ts';
import type { MediaErrorCode, VisitError } from './errors.ts';
import type { FeedbackStanding } from './feedback.ts';
import { NO_SOURCES, type LocalSources } from './local-media.ts';

/**
 * Where the person is: `loading` the visit, `early` before it opens at `opensAt`, `ready` in front of the preview,
 * `joining`, `joined`, and the ways out: `left`, `ended` for everyone, `replaced` by another tab of the same person,
 * `failed` with `error`.
 */
export type VisitPhase =
  'loading' | 'early' | 'ready' | 'joining' | 'joined' | 'left' | 'ended' | 'replaced' | 'failed';

/** `reconnecting`: the server can't be reached now, and the client keeps trying. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting';

/** A stream of somebody else, ready to be played. */
export interface RemoteTrack {
  readonly consumerId: string;
  readonly userId: string;
  readonly source: Source;
  readonly track: MediaStreamTrack;
}

/** Everything that a user interface shows; every change makes a new object. */
export interface VisitState {
  readonly phase: VisitPhase;
  readonly error: VisitError | null;
  readonly connection: ConnectionState;
  readonly self: VisitBootstrap['self'] | null;
  /** The others, in the order in which they came. */
  readonly participants: readonly ParticipantView[];
  readonly tracks: readonly RemoteTrack[];
  /** When the visit went live, in milliseconds since 1970 by this device's clock; null before the join. */
  readonly startedAt: number | null;
  /** While `early`: when the visit opens, in milliseconds since 1970 by the server's clock. */
  readonly opensAt: number | null;
  /** When `ended`: since when, in milliseconds since 1970 by the server's clock; null where it is not known. */
  readonly closedAt: number | null;
  /** How far the server's clock is ahead of this device's, in milliseconds. */
  readonly clockOffset: number;
  readonly feedback: FeedbackStanding;
  readonly local: LocalSources;
  readonly devices: DeviceLists;
  readonly choice: DeviceChoice;
}

export const INITIAL_STATE: VisitState = {
  phase: 'loading',
  error: null,
  connection: 'connecting',
  self: null,
  participants: [],
  tracks: [],
  startedAt: null,
  opensAt: null,
  closedAt: null,
  clockOffset: 0,
  feedback: 'none',
  local: NO_SOURCES,
  devices: NO_DEVICES,
  choice: { microphone: null, camera: null, speaker: null },
};

/** The state after the ack of a join. */
export function joined(state: VisitState, result: JoinResult): VisitState {
  return {
    ...state,
    phase: 'joined',
    error: null,
    connection: 'connected',
    participants: result.participants.filter(({ userId }) => userId !== result.self.userId),
    startedAt: Date.parse(result.startedAt) - state.clockOffset,
  };
}

/** Adds a person, or takes their new state where they are known already. */
export function participantChanged(state: VisitState, participant: ParticipantView): VisitState {
  if (participant.userId === state.self?.userId) return state;
  const known = state.participants.some(({ userId }) => userId === participant.userId);
  const participants = known
    ? state.participants.map((other) => (other.userId === participant.userId ? participant : other))
    : [...state.participants, participant];
  return { ...state, participants };
}

/** Takes a person and all of their streams away. */
export function participantLeft(state: VisitState, userId: string): VisitState {
  return {
    ...state,
    participants: state.participants.filter((participant) => participant.userId !== userId),
    tracks: state.tracks.filter((track) => track.userId !== userId),
  };
}

/** What a person without a call is told about the reason. */
export type Why = Partial<Pick<VisitState, 'error' | 'opensAt' | 'closedAt' | 'clockOffset'>>;

/** The call is over for this person, in one way or another: nobody and nothing is there any more. */
export function stopped(state: VisitState, phase: VisitPhase, why: Why = {}): VisitState {
  return {
    ...state,
    phase,
    error: null,
    opensAt: null,
    closedAt: null,
    participants: [],
    tracks: [],
    startedAt: null,
    local: NO_SOURCES,
    ...why,
  };
}

/** A person's stream; the newest where a device was changed and the old one is still closing. */
export function trackOf(state: VisitState, userId: string, source: Source): MediaStreamTrack | null {
  return state.tracks.findLast((track) => track.userId === userId && track.source === source)?.track ?? null;
}

/** Why neither camera nor microphone works, or null while one of them does or the browser still asks. */
export function mediaBlocked(local: LocalSources): MediaErrorCode | null {
  const { camera, microphone } = local;
  if (camera.busy || microphone.busy || camera.problem === null || microphone.problem === null) return null;
  if (camera.state !== 'none' || microphone.state !== 'none') return null;
  const problems = [camera.problem, microphone.problem];
  const order: readonly MediaErrorCode[] = ['media_insecure', 'media_denied', 'media_in_use'];
  return order.find((code) => problems.includes(code)) ?? 'media_missing';
}
