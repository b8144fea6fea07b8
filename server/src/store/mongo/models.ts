import { Schema, type Connection } from 'mongoose';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { HistoryEntry } from '../../domain/events.ts';
import type { Meeting } from '../../domain/meeting.ts';
import type { Mail } from '../../domain/mail-store.ts';
import type { Session } from '../../domain/session.ts';
import { appointmentKey } from '../../domain/session-store.ts';
import { fromStored, type StoredSession } from '../../domain/stored-session.ts';
import { calendarFeedModel } from './mongo-calendar-feeds.ts';
import { consoleLoginModels } from './mongo-console-logins.ts';
import { nodeModel } from './mongo-nodes.ts';
import { meetingEventModels } from './mongo-meeting-events.ts';
import { notificationModel } from './mongo-notifications.ts';
import { observationModels } from './mongo-observations.ts';
import { pushModel } from './mongo-push.ts';
import { receivedEventModel } from './mongo-received-events.ts';
import { webhookModels } from './webhook-models.ts';

type Pairs = readonly { readonly key: string; readonly value: string }[];

/**
 * A session with its metadata and the data of its meetings as lists, because keys chosen by callers may contain dots and
 * are not safe as field names.
 */
export type SessionBody = Omit<StoredSession, 'metadata' | 'meetings'> & {
  readonly metadata: Pairs;
  readonly meetings?: readonly (Omit<Meeting, 'data'> & { readonly data: Pairs })[];
};

/** A session with its history, so that every change is a write of one document. */
export interface SessionDocument {
  readonly _id: string;
  /** Differs for each cancelled session. */
  readonly appointmentId: string;
  /** The session id if there is no key, because not every database allows several documents without a unique field. */
  readonly idempotencyKey: string;
  readonly status: string;
  readonly courseId: string | null;
  readonly nodeId: string;
  readonly userIds: readonly string[];
  readonly scheduledAt: number;
  readonly createdAt: number;
  readonly dueAt: number | null;
  readonly remindAt: number | null;
  readonly meetingAt: number | null;
  /** The meetings at other providers, as `meetingField` writes them. */
  readonly meetingIds: readonly string[];
  readonly endedAt: number | null;
  readonly version: number;
  readonly body: SessionBody;
  /** The number of notes in the history. */
  readonly notes: number;
  readonly history: readonly HistoryEntry[];
  /** The `seq` after which events have no webhook deliveries yet; absent if all have. */
  readonly unsentFrom?: number;
}

/** A mail, with its `mailId` as the document id. */
export interface MailDocument extends Omit<Mail, 'mailId'> {
  readonly _id: string;
}

export type Models = ReturnType<typeof models>;

/** The orders of lists. MongoDB reads an index in both directions. */
const ORDERS = [
  { createdAt: -1, _id: -1 },
  { scheduledAt: -1, _id: -1 },
] as const;

/** Returns the models of all collections. `createIndexes` of each model creates its indexes. */
export function models(connection: Connection) {
  const session = new Schema<SessionDocument>(
    {
      _id: String,
      appointmentId: String,
      idempotencyKey: String,
      status: String,
      courseId: String,
      nodeId: String,
      userIds: [String],
      scheduledAt: Number,
      createdAt: Number,
      dueAt: Number,
      remindAt: Number,
      meetingAt: Number,
      meetingIds: [String],
      endedAt: Number,
      version: Number,
      body: Schema.Types.Mixed,
      notes: Number,
      history: [Schema.Types.Mixed],
      unsentFrom: Number,
    },
    { collection: 'sessions', versionKey: false, minimize: false },
  );
  session.index({ appointmentId: 1 }, { unique: true });
  session.index({ idempotencyKey: 1 }, { unique: true });
  for (const order of ORDERS) {
    session.index(order);
    session.index({ userIds: 1, ...order });
    session.index({ status: 1, ...order });
    session.index({ courseId: 1, ...order });
    session.index({ nodeId: 1, ...order });
    // Earlier releases did not have the field elsewhere.
    session.index({ 'body.endReason': 1, ...order });
  }
  session.index({ dueAt: 1 });
  session.index({ remindAt: 1 });
  session.index({ meetingAt: 1 });
  session.index({ meetingIds: 1 });
  session.index({ endedAt: 1 });
  session.index({ unsentFrom: 1 });
  const mail = new Schema<MailDocument>(
    {
      _id: String,
      sessionId: String,
      seat: Number,
      kind: String,
      minutesBefore: Number,
      sequence: Number,
      address: String,
      state: String,
      createdAt: Number,
      dueAt: Number,
      settledAt: Number,
      attempts: Number,
      error: String,
    },
    { collection: 'mails', versionKey: false },
  );
  mail.index({ dueAt: 1 });
  mail.index({ sessionId: 1, seat: 1 });
  return {
    sessions: connection.model('Session', session),
    nodes: nodeModel(connection),
    mails: connection.model('Mail', mail),
    notifications: notificationModel(connection),
    pushSubscriptions: pushModel(connection),
    ...webhookModels(connection),
    receivedEvents: receivedEventModel(connection),
    ...meetingEventModels(connection),
    calendarFeeds: calendarFeedModel(connection),
    ...consoleLoginModels(connection),
    ...observationModels(connection),
  };
}

/** Returns the stored form of a meeting's id at a provider. */
export function meetingField(provider: ProviderId, meetingId: string): string {
  return `${provider}:${meetingId}`;
}

/** Returns the stored form of an idempotency key. */
export function keyField(key: string): string {
  return `key:${key}`;
}

/** Converts a session to its document, without history and notes. */
export function toDocument(session: Session): Omit<SessionDocument, 'notes' | 'history' | 'unsentFrom'> {
  return {
    _id: session.sessionId,
    appointmentId: appointmentKey(session),
    idempotencyKey: session.idempotency ? keyField(session.idempotency.key) : `session:${session.sessionId}`,
    status: session.status,
    courseId: session.courseId,
    nodeId: session.placement.nodeId,
    userIds: session.seats.map(({ userId }) => userId),
    scheduledAt: session.scheduledAt,
    createdAt: session.createdAt,
    dueAt: session.dueAt,
    remindAt: session.remindAt,
    meetingAt: session.meetingAt,
    meetingIds: session.meetings.flatMap(({ provider, meetingId }) =>
      meetingId === null ? [] : meetingField(provider, meetingId),
    ),
    endedAt: session.endedAt,
    version: session.version,
    body: {
      ...session,
      metadata: pairsOf(session.metadata),
      meetings: session.meetings.map((meeting) => ({ ...meeting, data: pairsOf(meeting.data) })),
    },
  };
}

/** Converts a document to its session. */
export function toSession({ body }: Pick<SessionDocument, 'body'>): Session {
  const meetings = (body.meetings ?? []).map((meeting) => ({ ...meeting, data: recordOf(meeting.data) }));
  return fromStored({ ...body, metadata: recordOf(body.metadata), meetings });
}

function pairsOf(record: Readonly<Record<string, string>>): Pairs {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

function recordOf(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
}
