import { Schema, type Connection } from 'mongoose';
import type { HistoryEntry } from '../../domain/events.ts';
import type { Mail } from '../../domain/mail-store.ts';
import type { Session } from '../../domain/session.ts';
import { appointmentKey } from '../../domain/session-store.ts';
import { fromStored, type StoredSession } from '../../domain/stored-session.ts';
import { nodeModel } from './mongo-nodes.ts';
import { notificationModel } from './mongo-notifications.ts';
import { pushModel } from './mongo-push.ts';
import { receivedEventModel } from './mongo-received-events.ts';
import { webhookModels } from './webhook-models.ts';

/**
 * A session with its metadata as a list, because keys chosen by callers may contain dots and are not safe as field
 * names.
 */
export type SessionBody = Omit<StoredSession, 'metadata'> & {
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
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

const NEWEST_FIRST = { createdAt: -1, _id: -1 } as const;

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
  session.index(NEWEST_FIRST);
  session.index({ userIds: 1, ...NEWEST_FIRST });
  session.index({ status: 1, ...NEWEST_FIRST });
  session.index({ courseId: 1, ...NEWEST_FIRST });
  session.index({ nodeId: 1, ...NEWEST_FIRST });
  session.index({ scheduledAt: 1 });
  session.index({ dueAt: 1 });
  session.index({ remindAt: 1 });
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
  };
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
    endedAt: session.endedAt,
    version: session.version,
    body: {
      ...session,
      metadata: Object.entries(session.metadata).map(([key, value]) => ({ key, value })),
    },
  };
}

/** Converts a document to its session. */
export function toSession({ body }: Pick<SessionDocument, 'body'>): Session {
  const metadata = Object.fromEntries(body.metadata.map(({ key, value }) => [key, value]));
  return fromStored({ ...body, metadata });
}
