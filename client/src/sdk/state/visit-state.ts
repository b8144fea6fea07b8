import type { VisitBootstrap } from '@televisit/shared/api';
import type { PollView } from '@televisit/shared/features/polls';
import type { RecordingView } from '@televisit/shared/features/recording';
import type { JoinResult, ParticipantView, RoomView, WaitingView } from '@televisit/shared/signaling';
import type { EndReason, Source } from '@televisit/shared/vocabulary';
import type { BaseState, Notice, VisitPhase } from '../core/base-state.ts';
import type { MediaErrorCode, VisitError } from '../core/errors.ts';
import type { Store } from '../core/store.ts';
import { NO_DEVICES, type DeviceChoice, type DeviceLists } from '../devices/devices.ts';
import { NO_SOURCES, type LocalSources } from '../devices/local-media.ts';
import type { Announcement } from '../features/announcements/announcements.ts';
import type { CaptionsState } from '../features/captions/captions-state.ts';
import type { ChatState } from '../features/chat/chat-state.ts';
import type { Admission } from '../features/feature.ts';
import type { FeedbackStanding } from '../features/feedback/feedback.ts';
import { initialSlices, type FeatureSlices } from '../features/index.ts';
import type { ShownReaction } from '../features/reactions/reactions.ts';
import type { Waiting } from '../features/waiting-room/waiting-room.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import type { ProviderMeeting } from '../meeting/provider-meeting.ts';
import { NO_TEST, type ConnectionTestState } from '../network/connection-test.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import { UNKNOWN_NETWORK, type NetworkQuality } from '../network/network-monitor.ts';

/** `reconnecting`: the server is unreachable, and the client keeps trying. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting';

/** Everything that a user interface shows; every change makes a new object. */
export interface VisitState {
  readonly phase: VisitPhase;
  /** Why there is no visit, when `failed`; why the server refuses for now, while `reconnecting` before the join. */
  readonly error: VisitError | null;
  readonly connection: ConnectionState;
  /** Whether sound and pictures find no path to the server although it answers; another network may let them through. */
  readonly mediaBlocked: boolean;
  /** The visit as loaded before the join. */
  readonly session: VisitBootstrap['session'] | null;
  readonly self: VisitBootstrap['self'] | null;
  /** While the phase is `meeting`: the visit at the provider that carries it. */
  readonly meeting: ProviderMeeting | null;
  /** This participant as the others see them; null before the join. */
  readonly me: ParticipantView | null;
  /** The other participants, in the order in which they came. */
  readonly participants: readonly ParticipantView[];
  readonly tracks: readonly RemoteTrack[];
  /**
   * While the visit moves to another server: the streams over that one, which take the place of those in `tracks`. Played unseen,
   * they have a picture by then.
   */
  readonly upcomingTracks: readonly RemoteTrack[];
  /** The ids of participants whose camera this browser can't decode. */
  readonly undecodable: readonly string[];
  readonly room: RoomView;
  /** While `waiting`. */
  readonly waiting: Waiting | null;
  /** For hosts, in the preview too: the waiting people, the longest waiting first. */
  readonly waitingPeople: readonly WaitingView[];
  readonly chat: ChatState;
  readonly reactions: readonly ShownReaction[];
  /** All polls, the oldest first. */
  readonly polls: readonly PollView[];
  /** From the preview on: the recording as this participant sees it; null until the server has sent it. */
  readonly recording: RecordingView | null;
  /** Live captions: their state from the preview on, and what was said since this participant turned them on. */
  readonly captions: CaptionsState;
  /** From the preview on, the oldest first. */
  readonly announcements: readonly Announcement[];
  /** The newest notice. */
  readonly notice: Notice | null;
  /** For hosts: their notes on the visit; null for other participants, and without notes. */
  readonly hostNotes: string | null;
  /** When the visit went live, in milliseconds since 1970 by this device's clock; null before the join. */
  readonly startedAt: number | null;
  /** While `early`: when the visit opens, in milliseconds since 1970 by the server's clock. */
  readonly opensAt: number | null;
  /** When `ended`: since when, in milliseconds since 1970 by the server's clock; null if unknown. */
  readonly closedAt: number | null;
  /** When `ended`: why; null if unknown. */
  readonly endReason: EndReason | null;
  /** How far the server's clock is ahead of this device's, in milliseconds. */
  readonly clockOffset: number;
  readonly feedback: FeedbackStanding;
  readonly local: LocalSources;
  readonly devices: DeviceLists;
  readonly choice: DeviceChoice;
  /** The quality of the network during the call. */
  readonly network: NetworkQuality;
  readonly mediaMode: MediaMode;
  /** Whether the participant wants to spend as little data as possible. */
  readonly saveData: boolean;
  readonly connectionTest: ConnectionTestState;
}

const NO_ROOM: RoomView = { locked: false, screenShareAllowed: false, activeSpeaker: null };
/** Every slice of a feature has to be a field of the state. */
const SLICES: Pick<VisitState, keyof FeatureSlices> = initialSlices();

export const INITIAL_STATE: VisitState = {
  phase: 'loading',
  error: null,
  connection: 'connecting',
  mediaBlocked: false,
  session: null,
  self: null,
  meeting: null,
  me: null,
  participants: [],
  tracks: [],
  upcomingTracks: [],
  undecodable: [],
  room: NO_ROOM,
  notice: null,
  startedAt: null,
  opensAt: null,
  closedAt: null,
  endReason: null,
  clockOffset: 0,
  local: NO_SOURCES,
  devices: NO_DEVICES,
  choice: { microphone: null, camera: null, speaker: null },
  network: UNKNOWN_NETWORK,
  mediaMode: 'full',
  saveData: false,
  connectionTest: NO_TEST,
  ...SLICES,
};

/** The state of the client. */
export type VisitStore = Store<VisitState>;
/** The visit's state without the slices of features. */
type CoreState = BaseState & Omit<VisitState, keyof FeatureSlices>;

/** Begins the preview: the visit is loaded. */
export function loaded<S extends CoreState>(state: S, visit: VisitBootstrap, clockOffset: number): S {
  const { session, self } = visit;
  return {
    ...state,
    phase: 'ready',
    error: null,
    opensAt: null,
    clockOffset,
    connection: 'connecting',
    session,
    self,
    room: { ...NO_ROOM, screenShareAllowed: session.options.screenShare },
  };
}

/** Puts the participant where the server has them; features change their own slices. */
export function admitted<S extends CoreState>(state: S, admission: Admission): S {
  switch (admission.kind) {
    case 'waiting':
      return { ...state, phase: 'waiting', error: null };
    case 'declined':
      return { ...state, phase: 'declined' };
    case 'elsewhere':
      return { ...state, phase: 'elsewhere', participants: [] };
    case 'joined':
      return joined(state, admission.result);
  }
}

/** Enters the call: the server's state replaces the previous one. */
function joined<S extends CoreState>(state: S, { self, participants, room, startedAt }: JoinResult): S {
  return {
    ...state,
    phase: 'joined',
    error: null,
    me: self,
    participants: participants.filter(({ userId }) => userId !== self.userId),
    room,
    startedAt: Date.parse(startedAt) - state.clockOffset,
  };
}

/** Adds a participant, or replaces a known one; this participant is `me`. */
export function participantChanged(state: VisitState, participant: ParticipantView): VisitState {
  if (participant.userId === state.self?.userId) return { ...state, me: participant };
  const known = state.participants.some(({ userId }) => userId === participant.userId);
  const participants = known
    ? state.participants.map((other) => (other.userId === participant.userId ? participant : other))
    : [...state.participants, participant];
  return { ...state, participants };
}

/** Removes a participant with all of their streams. */
export function participantLeft(state: VisitState, userId: string): VisitState {
  return {
    ...state,
    participants: state.participants.filter((participant) => participant.userId !== userId),
    tracks: state.tracks.filter((track) => track.userId !== userId),
  };
}

/** Why there is no call, as the participant is shown. */
export type Why = Partial<Pick<VisitState, 'error' | 'opensAt' | 'closedAt' | 'endReason' | 'clockOffset'>>;

/** Ends the call for this participant: resets everything that belongs to it. */
export function stopped(state: VisitState, phase: VisitPhase, why: Why = {}): VisitState {
  return {
    ...state,
    ...initialSlices('resetting'),
    phase,
    error: null,
    opensAt: null,
    closedAt: null,
    endReason: null,
    meeting: null,
    me: null,
    participants: [],
    tracks: [],
    upcomingTracks: [],
    notice: null,
    startedAt: null,
    local: NO_SOURCES,
    network: UNKNOWN_NETWORK,
    mediaMode: 'full',
    connectionTest: NO_TEST,
    ...why,
  };
}

/** Returns a participant's stream: the newest if a device was changed and the old stream is still closing. */
export function trackOf(state: VisitState, userId: string, source: Source): MediaStreamTrack | null {
  return (
    state.tracks.filter((track) => track.userId === userId && track.source === source).at(-1)?.track ?? null
  );
}

/** Returns why neither camera nor microphone works; null while one of them does, or the browser still asks. */
export function mediaBlocked(local: LocalSources): MediaErrorCode | null {
  const { camera, microphone } = local;
  if (camera.busy || microphone.busy || camera.problem === null || microphone.problem === null) return null;
  if (camera.state !== 'none' || microphone.state !== 'none') return null;
  const problems = [camera.problem, microphone.problem];
  const order: readonly MediaErrorCode[] = ['media_insecure', 'media_denied', 'media_in_use'];
  return order.find((code) => problems.includes(code)) ?? 'media_missing';
}
