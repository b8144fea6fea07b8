import type { VisitBootstrap } from '@televisit/shared/api';
import type { EndReason } from '@televisit/shared/vocabulary';
import type {
  AnnouncementView,
  JoinResult,
  ParticipantView,
  ReactionView,
  RoomView,
  WaitingMessage,
  WaitingState,
  WaitingView,
} from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import { caughtUp, NO_CHAT, type ChatState, type Reader } from '../features/chat/chat-state.ts';
import { NO_DEVICES, type DeviceChoice, type DeviceLists } from '../devices/devices.ts';
import type { MediaErrorCode, VisitError } from '../core/errors.ts';
import type { FeedbackStanding } from '../features/feedback/feedback-api.ts';
import { NO_SOURCES, type LocalSources } from '../devices/local-media.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { NO_TEST, type ConnectionTestState } from '../network/connection-test.ts';
import { UNKNOWN_NETWORK, type NetworkQuality } from '../network/network-monitor.ts';

/**
 * Where the person is: `loading` the visit, `early` before it opens at `opensAt`, `ready` in front of the preview,
 * `joining`, `waiting` in the waiting room, `declined` by a host for now (`join()` asks again), `elsewhere`: in already,
 * by another device, whose place `join()` takes, `joined`, and the ways out: `left`, `ended` for everyone, `replaced` by
 * another tab of the same person, `failed` with `error`.
 */
export type VisitPhase =
  | 'loading'
  | 'early'
  | 'ready'
  | 'joining'
  | 'waiting'
  | 'declined'
  | 'elsewhere'
  | 'joined'
  | 'left'
  | 'ended'
  | 'replaced'
  | 'failed';

/** `reconnecting`: the server can't be reached now, and the client keeps trying. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting';

/** What a waiting person sees. */
export interface Waiting {
  /** In milliseconds since 1970 by this device's clock. */
  readonly since: number;
  /** Whether a host is in the visit, and so sees that this person waits. */
  readonly hostPresent: boolean;
  /** Whether a host has to let this person in; otherwise the coming of a host does. */
  readonly needsAdmission: boolean;
  /** What hosts wrote, the oldest first. */
  readonly messages: readonly WaitingMessage[];
}

/** A line of the backend to everybody in the visit, until the person has closed it. */
export type Announcement = AnnouncementView;

/** A reaction that is shown now. */
export interface ShownReaction extends ReactionView {
  readonly id: number;
}

/**
 * What happened to one's own media without one's doing. `muted`, `camera_off`, `unmute_asked` and `share_stopped` come
 * from a host; `share_ended`: the browser or the person ended it outside of the page; `device_lost`: it was unplugged;
 * `device_fallback`: it was unplugged and another has taken its place.
 */
export type NoticeKind =
  | 'muted'
  | 'camera_off'
  | 'unmute_asked'
  | 'share_stopped'
  | 'share_ended'
  | 'device_lost'
  | 'device_fallback';

export interface Notice {
  /** Grows with each notice. */
  readonly id: number;
  readonly kind: NoticeKind;
  /** The host's display name, where a host did it and has one. */
  readonly by: string | null;
}

/** Everything that a user interface shows; every change makes a new object. */
export interface VisitState {
  readonly phase: VisitPhase;
  /** Why there is no visit, when `failed`; what keeps the person out for now, while `reconnecting` before the join. */
  readonly error: VisitError | null;
  readonly connection: ConnectionState;
  /** The visit as the server tells it before the join. */
  readonly session: VisitBootstrap['session'] | null;
  readonly self: VisitBootstrap['self'] | null;
  /** This person as the others see them; null before the join. */
  readonly me: ParticipantView | null;
  /** The others, in the order in which they came. */
  readonly participants: readonly ParticipantView[];
  readonly tracks: readonly RemoteTrack[];
  readonly room: RoomView;
  /** While `waiting`. */
  readonly waiting: Waiting | null;
  /** For hosts, in the preview too: who waits, those who have waited longest first. */
  readonly waitingPeople: readonly WaitingView[];
  readonly chat: ChatState;
  readonly reactions: readonly ShownReaction[];
  /** From the preview on, the oldest first. */
  readonly announcements: readonly Announcement[];
  /** The newest. */
  readonly notice: Notice | null;
  /** For hosts: their notes on the visit; null for everybody else, and where there are none. */
  readonly hostNotes: string | null;
  /** When the visit went live, in milliseconds since 1970 by this device's clock; null before the join. */
  readonly startedAt: number | null;
  /** While `early`: when the visit opens, in milliseconds since 1970 by the server's clock. */
  readonly opensAt: number | null;
  /** When `ended`: since when, in milliseconds since 1970 by the server's clock; null where it is not known. */
  readonly closedAt: number | null;
  /** When `ended`: why; null where it is not known. */
  readonly endReason: EndReason | null;
  /** How far the server's clock is ahead of this device's, in milliseconds. */
  readonly clockOffset: number;
  readonly feedback: FeedbackStanding;
  readonly local: LocalSources;
  readonly devices: DeviceLists;
  readonly choice: DeviceChoice;
  /** How the network carries the visit, while in it. */
  readonly network: NetworkQuality;
  readonly mediaMode: MediaMode;
  /** Whether the person wants to spend as little data as possible. */
  readonly saveData: boolean;
  readonly connectionTest: ConnectionTestState;
}

const NO_ROOM: RoomView = { locked: false, screenShareAllowed: false, activeSpeaker: null };

export const INITIAL_STATE: VisitState = {
  phase: 'loading',
  error: null,
  connection: 'connecting',
  session: null,
  self: null,
  me: null,
  participants: [],
  tracks: [],
  room: NO_ROOM,
  waiting: null,
  waitingPeople: [],
  chat: NO_CHAT,
  reactions: [],
  announcements: [],
  notice: null,
  hostNotes: null,
  startedAt: null,
  opensAt: null,
  closedAt: null,
  endReason: null,
  clockOffset: 0,
  feedback: 'none',
  local: NO_SOURCES,
  devices: NO_DEVICES,
  choice: { microphone: null, camera: null, speaker: null },
  network: UNKNOWN_NETWORK,
  mediaMode: 'full',
  saveData: false,
  connectionTest: NO_TEST,
};

/** The preview: the server has told of the visit. */
export function loaded(state: VisitState, visit: VisitBootstrap, clockOffset: number): VisitState {
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
    hostNotes: session.hostNotes,
  };
}

/** The person is in the waiting room, or what they wait for has changed; the lines that hosts wrote stay. */
export function waiting(state: VisitState, { since, hostPresent, needsAdmission }: WaitingState): VisitState {
  return {
    ...state,
    phase: 'waiting',
    error: null,
    waiting: {
      since: Date.parse(since) - state.clockOffset,
      hostPresent,
      needsAdmission,
      messages: state.waiting?.messages ?? [],
    },
  };
}

/** A host wrote a line to this waiting person. */
export function waitingMessage(state: VisitState, message: WaitingMessage): VisitState {
  if (!state.waiting) return state;
  return { ...state, waiting: { ...state.waiting, messages: [...state.waiting.messages, message] } };
}

/** A host said no for now. */
export function declined(state: VisitState): VisitState {
  return { ...state, phase: 'declined', waiting: null };
}

/** The person is in by another device. */
export function elsewhere(state: VisitState): VisitState {
  return {
    ...state,
    phase: 'elsewhere',
    waiting: null,
    participants: [],
  };
}

/** The state after a join or an admission: what the server says takes the place of all that was known. */
export function joined(state: VisitState, result: JoinResult, reading: Omit<Reader, 'self'>): VisitState {
  const self = result.self.userId;
  return {
    ...state,
    phase: 'joined',
    error: null,
    waiting: null,
    me: result.self,
    participants: result.participants.filter(({ userId }) => userId !== self),
    room: result.room,
    waitingPeople: result.waiting,
    chat: caughtUp(state.chat, result.chat, { self, ...reading }),
    startedAt: Date.parse(result.startedAt) - state.clockOffset,
  };
}

/** Adds a person, or takes their new state where they are known already; one's own is `me`. */
export function participantChanged(state: VisitState, participant: ParticipantView): VisitState {
  if (participant.userId === state.self?.userId) return { ...state, me: participant };
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

/** Tells the person what happened to their media. */
export function noticed(state: VisitState, kind: NoticeKind, by: string | null = null): VisitState {
  return { ...state, notice: { id: (state.notice?.id ?? 0) + 1, kind, by } };
}

/** So many lines are shown at most. */
const MAX_ANNOUNCEMENTS = 3;

/** The backend has a line for everybody. While a visit moves to another server it may come twice. */
export function announced(state: VisitState, line: Announcement): VisitState {
  if (state.announcements.some(({ at, text }) => at === line.at && text === line.text)) return state;
  return { ...state, announcements: [...state.announcements, line].slice(-MAX_ANNOUNCEMENTS) };
}

/** The person has closed a line. */
export function announcementClosed(state: VisitState, closed: Announcement): VisitState {
  return { ...state, announcements: state.announcements.filter((line) => line !== closed) };
}

/** Shows a reaction; `id` tells it from others of the same kind. */
export function reacted(state: VisitState, id: number, { userId, reaction }: ReactionView): VisitState {
  return { ...state, reactions: [...state.reactions, { id, userId, reaction }] };
}

/** A reaction has been seen long enough. */
export function reactionOver(state: VisitState, id: number): VisitState {
  return { ...state, reactions: state.reactions.filter((shown) => shown.id !== id) };
}

/** What a person without a call is told about the reason. */
export type Why = Partial<Pick<VisitState, 'error' | 'opensAt' | 'closedAt' | 'endReason' | 'clockOffset'>>;

/** The call is over for this person, in one way or another: nobody and nothing is there any more. */
export function stopped(state: VisitState, phase: VisitPhase, why: Why = {}): VisitState {
  return {
    ...state,
    phase,
    error: null,
    opensAt: null,
    closedAt: null,
    endReason: null,
    me: null,
    participants: [],
    tracks: [],
    waiting: null,
    waitingPeople: [],
    chat: NO_CHAT,
    reactions: [],
    announcements: [],
    notice: null,
    startedAt: null,
    local: NO_SOURCES,
    network: UNKNOWN_NETWORK,
    mediaMode: 'full',
    connectionTest: NO_TEST,
    ...why,
  };
}

/** A person's stream; the newest where a device was changed and the old one is still closing. */
export function trackOf(state: VisitState, userId: string, source: Source): MediaStreamTrack | null {
  return (
    state.tracks.filter((track) => track.userId === userId && track.source === source).at(-1)?.track ?? null
  );
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
