import { Schema, type Connection } from 'mongoose';
import type { HistoryEntry } from '../../domain/events.ts';
import type { Session } from '../../domain/session.ts';

/** A session with its metadata as a list: as field names, a caller's own keys with a dot would not be safe. */
export type SessionBody = Omit<Session, 'metadata'> & {
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
};

/** One session with everything that hangs on it, so that every write is one document's. */
export interface SessionDocument {
  readonly _id: string;
  readonly appointmentId: string;
  /** Of sessions made without one it is their own id, because absent fields are not unique everywhere. */
  readonly idempotencyKey: string;
  readonly status: string;
  readonly courseId: string | null;
  readonly nodeId: string;
  readonly userIds: readonly string[];
  readonly scheduledAt: number;
  readonly createdAt: number;
  readonly dueAt: number | null;
  readonly endedAt: number | null;
  readonly version: number;
  readonly body: SessionBody;
  /** How many entries of the history are notes. */
  readonly notes: number;
  readonly history: readonly HistoryEntry[];
}

export interface NodeDocument {
  readonly _id: string;
  readonly aliveAt: number;
}

export type Models = ReturnType<typeof models>;

const NEWEST_FIRST = { createdAt: -1, _id: -1 } as const;

/** The collections with their indexes; `createIndexes` of each makes them. */
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
      endedAt: Number,
      version: Number,
      body: Schema.Types.Mixed,
      notes: Number,
      history: [Schema.Types.Mixed],
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
  session.index({ endedAt: 1 });
  const node = new Schema<NodeDocument>(
    { _id: String, aliveAt: Number },
    { collection: 'nodes', versionKey: false },
  );
  return { sessions: connection.model('Session', session), nodes: connection.model('Node', node) };
}

/** An idempotency key as it is stored. */
export function keyField(key: string): string {
  return `key:${key}`;
}

/** How a session is stored, without its history and notes. */
export function toDocument(session: Session): Omit<SessionDocument, 'notes' | 'history'> {
  return {
    _id: session.sessionId,
    appointmentId: session.appointmentId,
    idempotencyKey: session.idempotency ? keyField(session.idempotency.key) : `session:${session.sessionId}`,
    status: session.status,
    courseId: session.courseId,
    nodeId: session.placement.nodeId,
    userIds: session.seats.map(({ userId }) => userId),
    scheduledAt: session.scheduledAt,
    createdAt: session.createdAt,
    dueAt: session.dueAt,
    endedAt: session.endedAt,
    version: session.version,
    body: {
      ...session,
      metadata: Object.entries(session.metadata).map(([key, value]) => ({ key, value })),
    },
  };
}

/** The session in a document. */
export function toSession({ body }: Pick<SessionDocument, 'body'>): Session {
  return { ...body, metadata: Object.fromEntries(body.metadata.map(({ key, value }) => [key, value])) };
}
