export type { ChatState, PendingMessage } from './features/chat/chat-state.ts';
export {
  DEVICE_SOURCES,
  SOURCES,
  type DeviceChoice,
  type DeviceInfo,
  type DeviceKind,
  type DeviceLists,
} from './devices/devices.ts';
export { VisitError, type ClientErrorCode, type MediaErrorCode, type VisitErrorCode } from './core/errors.ts';
export type { Feedback, FeedbackStanding } from './features/feedback/feedback-api.ts';
export type { JoinTimes } from './call/join-metrics.ts';
export type { LocalSource, LocalSources } from './devices/local-media.ts';
export type { MediaMode } from './network/degradation-policy.ts';
export { MicrophoneLevel } from './devices/microphone-level.ts';
export type { RemoteTrack } from './media/incoming-media.ts';
export type { View } from './media/stream-preferences.ts';
export type { ConnectionTestState, Grade } from './network/connection-test.ts';
export type { NetworkQuality } from './network/network-monitor.ts';
export type { InboundSummary, LayerSummary, OutboundSummary, Transports, VisitStats } from './media/stats.ts';
export type { TransportSummary } from './network/transport-stats.ts';
export type { KeyValueStore } from './core/session-storage-value.ts';
export { MAX_FILE_BYTES, type Chat } from './features/chat/chat-api.ts';
export type { Moderation } from './features/moderation/moderation.ts';
export type { WaitingRoom } from './features/waiting-room/waiting-room.ts';
export { VisitClient, type VisitClientOptions } from './visit-client.ts';
export {
  mediaBlocked,
  trackOf,
  type Announcement,
  type ConnectionState,
  type Notice,
  type NoticeKind,
  type ShownReaction,
  type VisitPhase,
  type VisitState,
  type Waiting,
} from './state/visit-state.ts';
