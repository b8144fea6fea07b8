import type { MongoAdapters } from '../store/mongo/mongo-store.ts';
import type { SqliteAdapters } from '../store/sqlite/schema.ts';
import type { ChatStore } from './chat/chat-store.ts';
import { mongoChat } from './chat/store.mongo.ts';
import { sqliteChat } from './chat/store.sqlite.ts';
import type { PollStore } from './polls/poll-store.ts';
import { mongoPolls } from './polls/store.mongo.ts';
import { sqlitePolls } from './polls/store.sqlite.ts';
import type { RecordingStore } from './recording/recording-store.ts';
import { mongoRecordings } from './recording/store.mongo.ts';
import { sqliteRecordings } from './recording/store.sqlite.ts';

/** The features that keep records beside the sessions, with their stores. */
export type OwnStores = Readonly<{ chat: ChatStore; polls: PollStore; recording: RecordingStore }>;

export const SQLITE_STORES: SqliteAdapters<OwnStores> = {
  chat: sqliteChat,
  polls: sqlitePolls,
  recording: sqliteRecordings,
};
export const MONGO_STORES: MongoAdapters<OwnStores> = {
  chat: mongoChat,
  polls: mongoPolls,
  recording: mongoRecordings,
};
