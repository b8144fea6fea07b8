export type { CallOptions } from './api-calls.ts';
export type { FiltersOf, OperationId, OptionsOf, RequestOf, ResponseOf } from './operations.ts';
export {
  TelevisitApi,
  type CreateOptions,
  type DeliveryFilter,
  type DeliveryPageFilter,
  type LinkOptions,
  type SessionFilter,
  type SessionPageFilter,
  type AnalyticsRange,
} from './televisit-api.ts';
export { TelevisitApiError, type ApiErrorCode, type FieldIssue } from './api-error.ts';
export type { TransportOptions as TelevisitApiOptions } from './transport.ts';
export type { AnnouncementRequest, AnnouncementResponse } from '@televisit/shared/features/announcements';
export type {
  CreateSessionRequest,
  CreateSessionResponse,
  JoinSessionRequest,
  JoinSessionResponse,
  SessionList,
  SessionView,
  UpdateSessionRequest,
} from '@televisit/shared/api';
export type { ChatFileView, ChatMessageList, ChatMessageView } from '@televisit/shared/features/chat';
export type {
  Analytics,
  AuditEntry,
  AuditLog,
  CalendarLink,
  Erasure,
  ParticipantAttendance,
  ParticipantList,
  SessionReport,
  UserData,
} from '@televisit/shared/reports';
export type { PollList } from '@televisit/shared/features/polls';
export type { FeedbackRequest, FeedbackView } from '@televisit/shared/features/feedback';
export type {
  CreateWebhookEndpointRequest,
  ReplayRequest,
  ReplayResult,
  RotateWebhookSecretRequest,
  UpdateWebhookEndpointRequest,
  WebhookDeliveryDetails,
  WebhookDeliveryList,
  WebhookDeliveryView,
  WebhookEndpointList,
  WebhookEndpointSecret,
  WebhookEndpointView,
  WebhookTestResult,
} from '@televisit/shared/webhook-endpoints';
export type { NodeList, NodeView } from '@televisit/shared/node-operations';
export type { WebhookEvent, WebhookEventType, WebhookTestEvent } from '@televisit/shared/webhooks';
