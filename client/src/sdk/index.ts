export type { Notice, NoticeKind, VisitPhase } from './core/base-state.ts';
export { VisitError, type ClientErrorCode, type MediaErrorCode, type VisitErrorCode } from './core/errors.ts';
export type { KeyValueStore } from './core/session-storage-value.ts';
export type { DeviceChoice, DeviceInfo, DeviceKind, DeviceLists } from './devices/devices.ts';
export type { LocalSource, LocalSources } from './devices/local-media.ts';
export { MicrophoneLevel } from './devices/microphone-level.ts';
export type { Announcement } from './features/announcements/announcements.ts';
export type { CaptionLine } from './features/captions/caption-lines.ts';
export type { Captions, CaptionsAnswer } from './features/captions/captions.ts';
export type { CaptionsState } from './features/captions/captions-state.ts';
export type { Chat } from './features/chat/chat-api.ts';
export type { ChatState, PendingMessage } from './features/chat/chat-state.ts';
export type { Feedback, FeedbackStanding } from './features/feedback/feedback.ts';
export type { Moderation } from './features/moderation/moderation.ts';
export type { NewPoll, Polls } from './features/polls/polls.ts';
export type { ShownReaction } from './features/reactions/reactions.ts';
export type { ConsentAnswer, Recording, RecordingAction } from './features/recording/recording.ts';
export type { Waiting, WaitingRoom } from './features/waiting-room/waiting-room.ts';
export type { RemoteTrack } from './media/incoming-media.ts';
export type { MeetingCommands } from './meeting/meeting-session.ts';
export type {
  MeetingEntry,
  MeetingOpening,
  MeetingPerson,
  ProviderMeeting,
} from './meeting/provider-meeting.ts';
export type { InboundSummary, LayerSummary, OutboundSummary, VisitStats } from './media/stats.ts';
export type { View } from './media/stream-preferences.ts';
export type { ConnectionTestState, Grade } from './network/connection-test.ts';
export type { MediaMode } from './network/degradation-policy.ts';
export type { NetworkQuality } from './network/network-monitor.ts';
export type { Transports, TransportSummary } from './network/transport-stats.ts';
export type { JoinTimes } from './call/join-metrics.ts';
export { mediaBlocked, trackOf, type ConnectionState, type VisitState } from './state/visit-state.ts';
export { VisitClient, type VisitClientOptions } from './visit-client.ts';
export { DEVICE_SOURCES, MAX_FILE_BYTES, SOURCES } from '@televisit/shared/vocabulary';
