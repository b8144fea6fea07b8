import { Schema, type Connection, type Model } from 'mongoose';
import type { MongoAdapter } from '../../store/mongo/mongo-store.ts';
import { isDuplicate, withStoreErrors } from '../../store/mongo/store-errors.ts';
import { changeEach, type ExportedVote, type PollStore, type StoredPoll } from './poll-store.ts';
import { exportedVotes, forgetVoter } from './rules.ts';

interface PollDocument {
  readonly sessionId: string;
  readonly seq: number;
  readonly version: number;
  readonly body: StoredPoll;
}

function modelOn(connection: Connection): Model<PollDocument> {
  const schema = new Schema<PollDocument>(
    { sessionId: String, seq: Number, version: Number, body: Schema.Types.Mixed },
    { collection: 'polls', versionKey: false, minimize: false },
  );
  schema.index({ sessionId: 1, seq: 1 }, { unique: true });
  return connection.model<PollDocument>('Poll', schema);
}

/** Stores polls in MongoDB: one document per poll. */
class MongoPolls implements PollStore {
  readonly #polls: Model<PollDocument>;

  constructor(polls: Model<PollDocument>) {
    this.#polls = polls;
  }

  add(sessionId: string, poll: StoredPoll): Promise<boolean> {
    const { seq, version } = poll;
    return withStoreErrors(async () => {
      try {
        await this.#polls.create({ sessionId, seq, version, body: poll });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    });
  }

  list(sessionId: string): Promise<readonly StoredPoll[]> {
    return withStoreErrors(async () => {
      const found = await this.#polls
        .find({ sessionId }, { body: 1 })
        .sort({ seq: 1 })
        .lean<Pick<PollDocument, 'body'>[]>();
      return found.map(({ body }) => body);
    });
  }

  replace(sessionId: string, poll: StoredPoll): Promise<boolean> {
    const { seq, version } = poll;
    return withStoreErrors(async () => {
      const previous = { sessionId, seq, version: version - 1 };
      const { modifiedCount } = await this.#polls.updateOne(previous, { $set: { version, body: poll } });
      return modifiedCount > 0;
    });
  }

  async erase(sessionId: string, seat: number): Promise<void> {
    await changeEach(this, sessionId, (poll) => forgetVoter(poll, seat));
  }

  async export(sessionId: string, seat: number): Promise<readonly ExportedVote[]> {
    return exportedVotes(await this.list(sessionId), seat);
  }

  purge(sessionIds: readonly string[]): Promise<void> {
    return withStoreErrors(async () => {
      await this.#polls.deleteMany({ sessionId: { $in: [...sessionIds] } });
    });
  }
}

export const mongoPolls: MongoAdapter<PollStore> = {
  create: (connection) => {
    const model = modelOn(connection);
    return { store: new MongoPolls(model), models: [model] };
  },
};
