export type { ChatState, PendingMessage } from './chat-state.ts';
export {
  DEVICE_SOURCES,
  SOURCES,
  type DeviceChoice,
  type DeviceInfo,
  type DeviceKind,
  type DeviceLists,
} from './devices.ts';
export { VisitError, type ClientErrorCode, type MediaErrorCode, type VisitErrorCode } from './errors.ts';
export type { Feedback, FeedbackStanding } from './feedback.ts';
export type { JoinTimes } from './join-metrics.ts';
export type { LocalSource, LocalSources } from './local-media.ts';
export type { MediaMode } from './media-ladder.ts';
export { MicrophoneLevel } from './microphone-level.ts';
export type { NetworkQuality } from './network-monitor.ts';
export type { InboundSummary, LayerSummary, OutboundSummary, Transports, VisitStats } from './stats.ts';
export type { TransportSummary } from './transport-stats.ts';
export type { KeyValueStore } from './kept-value.ts';
export { MAX_FILE_BYTES, type Chat } from './chat.ts';
export type { Moderation } from './moderation.ts';
export type { WaitingRoom } from './waiting-room.ts';
export { VisitClient, type VisitClientOptions } from './visit-client.ts';
export {
  mediaBlocked,
  trackOf,
  type Announcement,
  type ConnectionState,
  type ConnectionTestState,
  type Grade,
  type Notice,
  type NoticeKind,
  type RemoteTrack,
  type ShownReaction,
  type View,
  type VisitPhase,
  type VisitState,
  type Waiting,
} from './visit-state.ts';
