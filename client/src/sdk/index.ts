export { SOURCES, type DeviceChoice, type DeviceInfo, type DeviceKind, type DeviceLists } from './devices.ts';
export { VisitError, type ClientErrorCode, type MediaErrorCode, type VisitErrorCode } from './errors.ts';
export type { Feedback, FeedbackStanding } from './feedback.ts';
export type { JoinTimes } from './join-metrics.ts';
export type { LocalSource, LocalSources } from './local-media.ts';
export { MicrophoneLevel } from './microphone-level.ts';
export type { InboundSummary, LayerSummary, OutboundSummary, VisitStats } from './stats.ts';
export type { KeyValueStore } from './kept-value.ts';
export { VisitClient, type VisitClientOptions } from './visit-client.ts';
export {
  mediaBlocked,
  trackOf,
  type ConnectionState,
  type RemoteTrack,
  type VisitPhase,
  type VisitState,
} from './visit-state.ts';
