import { Schema, type Connection } from 'mongoose';
import type { MeetingEvent } from '../../domain/meeting-events.ts';
import type { MeetingEventStore, MeetingInbox } from '../../domain/session-store.ts';
import { withStoreErrors } from './store-errors.ts';

interface MeetingEventDocument {
  /** Session, generation and key, so that an event is stored once. */
  readonly _id: string;
  readonly sessionId: string;
  readonly generation: number;
  /** JSON: names chosen by people must not become field names or operators. */
  readonly body: string;
}

interface MeetingInboxDocument {
  /** Session and generation. */
  readonly _id: string;
  readonly sessionId: string;
  readonly generation: number;
  readonly mark: number;
}

/** Returns the models of events of meetings at other providers. */
export function meetingEventModels(connection: Connection) {
  const options = { versionKey: false } as const;
  const event = new Schema<MeetingEventDocument>(
    { _id: String, sessionId: String, generation: Number, body: String },
    { collection: 'meeting_events', ...options },
  );
  event.index({ sessionId: 1, generation: 1 });
  const inbox = new Schema<MeetingInboxDocument>(
    { _id: String, sessionId: String, generation: Number, mark: Number },
    { collection: 'meeting_inbox', ...options },
  );
  inbox.index({ sessionId: 1 });
  return {
    meetingEvents: connection.model('MeetingEvent', event),
    meetingInbox: connection.model('MeetingInbox', inbox),
  };
}

/** Stores events of meetings at other providers in MongoDB. */
export class MongoMeetingEvents implements MeetingEventStore {
  readonly #models: ReturnType<typeof meetingEventModels>;

  constructor(models: ReturnType<typeof meetingEventModels>) {
    this.#models = models;
  }

  async add(sessionId: string, generation: number, events: readonly MeetingEvent[]): Promise<void> {
    if (events.length === 0) return;
    await withStoreErrors(async () => {
      for (const event of events) {
        await this.#models.meetingEvents.updateOne(
          { _id: `${sessionId}.${generation}.${event.key}` },
          { $setOnInsert: { sessionId, generation, body: JSON.stringify(event) } },
          { upsert: true },
        );
      }
      // Marked last: after a crash in between, the provider repeats the request.
      await this.#models.meetingInbox.updateOne(
        { _id: `${sessionId}.${generation}` },
        { $setOnInsert: { sessionId, generation }, $inc: { mark: 1 } },
        { upsert: true },
      );
    });
  }

  async ofMeeting(sessionId: string, generation: number): Promise<readonly MeetingEvent[]> {
    const found = await withStoreErrors(() =>
      this.#models.meetingEvents.find({ sessionId, generation }).lean<MeetingEventDocument[]>(),
    );
    return found.map(({ body }) => JSON.parse(body) as MeetingEvent);
  }

  async inbox(limit: number): Promise<readonly MeetingInbox[]> {
    const found = await withStoreErrors(() =>
      this.#models.meetingInbox.find().limit(limit).lean<MeetingInboxDocument[]>(),
    );
    return found.map(({ sessionId, generation, mark }) => ({ sessionId, generation, mark }));
  }

  async applied({ sessionId, generation, mark }: MeetingInbox): Promise<void> {
    await withStoreErrors(() =>
      this.#models.meetingInbox.deleteOne({ _id: `${sessionId}.${generation}`, mark }),
    );
  }

  async rewrite(
    sessionId: string,
    change: (event: MeetingEvent, generation: number) => MeetingEvent,
  ): Promise<void> {
    await withStoreErrors(async () => {
      const found = await this.#models.meetingEvents.find({ sessionId }).lean<MeetingEventDocument[]>();
      for (const { _id, generation, body } of found) {
        const changed = JSON.stringify(change(JSON.parse(body) as MeetingEvent, generation));
        await this.#models.meetingEvents.updateOne({ _id }, { $set: { body: changed } });
      }
    });
  }

  /** Deletes everything of these sessions. */
  async deleteAll(sessionIds: readonly string[]): Promise<void> {
    await withStoreErrors(async () => {
      await this.#models.meetingEvents.deleteMany({ sessionId: { $in: sessionIds } });
      await this.#models.meetingInbox.deleteMany({ sessionId: { $in: sessionIds } });
    });
  }
}
