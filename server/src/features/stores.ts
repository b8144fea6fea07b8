import type { MongoAdapters } from '../store/mongo/mongo-store.ts';
import type { SqliteAdapters } from '../store/sqlite/schema.ts';
import type { ChatStore } from './chat/chat-store.ts';
import { mongoChat } from './chat/store.mongo.ts';
import { sqliteChat } from './chat/store.sqlite.ts';

/** The features that keep records beside the sessions, with their stores. */
export type OwnStores = Readonly<{ chat: ChatStore }>;

export const SQLITE_STORES: SqliteAdapters<OwnStores> = { chat: sqliteChat };
export const MONGO_STORES: MongoAdapters<OwnStores> = { chat: mongoChat };
