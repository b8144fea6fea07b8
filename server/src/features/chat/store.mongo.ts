import { Schema, type Connection } from 'mongoose';
import type { MongoAdapter } from '../../store/mongo/mongo-store.ts';
import { isDuplicate, withStoreErrors } from '../../store/mongo/store-errors.ts';
import {
  exportedMessages,
  type Appended,
  type ChatLimits,
  type ChatStore,
  type ExportedMessage,
  type StoredFile,
  type StoredMessage,
} from './chat-store.ts';

const MESSAGE = { _id: 0, seq: 1, seat: 1, clientId: 1, text: 1, fileId: 1, at: 1 } as const;
const FILE = { seat: 1, name: 1, contentType: 1, bytes: 1, at: 1 } as const;

/** A chat message. `kept` is true once it may outlive the visit. */
interface MessageDocument extends StoredMessage {
  readonly sessionId: string;
  /** The total size of all texts up to this message when they were sent. */
  readonly textBytes: number;
  readonly kept: boolean;
}

/** A file with its content. Its unique slot among the files of the session enforces the limit of files. */
interface FileDocument extends Omit<StoredFile, 'fileId'> {
  readonly _id: string;
  readonly sessionId: string;
  readonly slot: number;
  readonly kept: boolean;
  readonly content: Buffer;
}

/** Returns the models of both collections. */
function models(connection: Connection) {
  const message = new Schema<MessageDocument>(
    {
      sessionId: String,
      seq: Number,
      seat: Number,
      clientId: String,
      text: String,
      fileId: String,
      textBytes: Number,
      at: Number,
      kept: Boolean,
    },
    { collection: 'chat_messages', versionKey: false },
  );
  message.index({ sessionId: 1, seq: 1 }, { unique: true });
  message.index({ sessionId: 1, seat: 1, clientId: 1 }, { unique: true });
  message.index({ kept: 1, sessionId: 1 });
  const file = new Schema<FileDocument>(
    {
      _id: String,
      sessionId: String,
      slot: Number,
      seat: Number,
      name: String,
      contentType: String,
      bytes: Number,
      at: Number,
      kept: Boolean,
      content: Buffer,
    },
    { collection: 'chat_files', versionKey: false },
  );
  file.index({ sessionId: 1, slot: 1 }, { unique: true });
  file.index({ kept: 1, sessionId: 1 });
  return {
    chatMessages: connection.model('ChatMessage', message),
    chatFiles: connection.model('ChatFile', file),
  };
}

type Models = ReturnType<typeof models>;

/** Stores the chat in MongoDB: one document per message and one per file. */
class MongoChat implements ChatStore {
  readonly #messages: Models['chatMessages'];
  readonly #files: Models['chatFiles'];

  constructor({ chatMessages, chatFiles }: Models) {
    this.#messages = chatMessages;
    this.#files = chatFiles;
  }

  append(
    sessionId: string,
    message: Omit<StoredMessage, 'seq'>,
    limits: ChatLimits,
  ): Promise<Appended | null> {
    const { seat, clientId, text } = message;
    const bytes = Buffer.byteLength(text ?? '');
    return withStoreErrors(async () => {
      for (;;) {
        const known = await this.#messages
          .findOne({ sessionId, seat, clientId }, MESSAGE)
          .lean<StoredMessage>();
        if (known) return { message: known, fresh: false };
        const last = await this.#messages
          .findOne({ sessionId }, { seq: 1, textBytes: 1 })
          .sort({ seq: -1 })
          .lean<Pick<MessageDocument, 'seq' | 'textBytes'>>();
        const seq = (last?.seq ?? 0) + 1;
        const textBytes = (last?.textBytes ?? 0) + bytes;
        if (seq > limits.messages || textBytes > limits.textBytes) return null;
        // Of concurrent writes one gets the number; the others repeat, so that numbers have no gaps.
        const added = { ...message, seq };
        if (await this.#added(this.#messages.create({ sessionId, kept: false, textBytes, ...added }))) {
          return { message: added, fresh: true };
        }
      }
    });
  }

  messages(sessionId: string): Promise<readonly StoredMessage[]> {
    return withStoreErrors(() =>
      this.#messages.find({ sessionId }, MESSAGE).sort({ seq: 1 }).lean<StoredMessage[]>(),
    );
  }

  addFile(sessionId: string, file: StoredFile, content: Uint8Array, limit: number): Promise<boolean> {
    const { fileId, ...known } = file;
    return withStoreErrors(async () => {
      for (;;) {
        const taken = await this.#files.find({ sessionId }, { slot: 1 }).lean<Pick<FileDocument, 'slot'>[]>();
        const slots = new Set(taken.map(({ slot }) => slot));
        const slot = Array.from({ length: limit }, (_, index) => index + 1).find((one) => !slots.has(one));
        if (slot === undefined) return false;
        const document = {
          _id: fileId,
          sessionId,
          slot,
          kept: false,
          ...known,
          content: Buffer.from(content),
        };
        if (await this.#added(this.#files.create(document))) return true;
      }
    });
  }

  files(sessionId: string): Promise<readonly StoredFile[]> {
    return withStoreErrors(async () => {
      const found = await this.#files
        .find({ sessionId }, FILE)
        .sort({ at: 1, slot: 1 })
        .lean<FileDocument[]>();
      return found.map(({ _id, ...file }): StoredFile => ({ fileId: _id, ...file }));
    });
  }

  content(sessionId: string, fileId: string): Promise<Uint8Array | undefined> {
    return withStoreErrors(async () => {
      const found = await this.#files
        .findOne({ _id: fileId, sessionId }, { content: 1 })
        .lean<{ content: { buffer: Uint8Array } }>();
      return found?.content.buffer;
    });
  }

  dropUnsent(sessionId: string, seat: number, keep: number): Promise<void> {
    return withStoreErrors(async () => {
      const sent = await this.#messages.distinct('fileId', { sessionId, seat });
      const unsent = await this.#files
        .find({ sessionId, seat, _id: { $nin: sent } }, { _id: 1 })
        .sort({ at: -1, slot: -1 })
        .lean<Pick<FileDocument, '_id'>[]>();
      const dropped = unsent.slice(keep).map(({ _id }) => _id);
      if (dropped.length > 0) await this.#files.deleteMany({ _id: { $in: dropped } });
    });
  }

  erase(sessionId: string, seat: number): Promise<void> {
    return withStoreErrors(async () => {
      await this.#messages.updateMany({ sessionId, seat }, { $set: { text: null, fileId: null } });
      await this.#files.deleteMany({ sessionId, seat });
    });
  }

  async export(sessionId: string, seat: number): Promise<readonly ExportedMessage[]> {
    return exportedMessages(await this.messages(sessionId), await this.files(sessionId), seat);
  }

  purge(sessionIds: readonly string[]): Promise<void> {
    return withStoreErrors(async () => {
      const ofThem = { sessionId: { $in: [...sessionIds] } };
      await this.#messages.deleteMany(ofThem);
      await this.#files.deleteMany(ofThem);
    });
  }

  keep(sessionId: string): Promise<void> {
    return withStoreErrors(async () => {
      await this.#messages.updateMany({ sessionId, kept: false }, { $set: { kept: true } });
      await this.#files.updateMany({ sessionId, kept: false }, { $set: { kept: true } });
    });
  }

  unsettled(): Promise<readonly string[]> {
    return withStoreErrors(async () => {
      const found = await Promise.all([
        this.#messages.distinct('sessionId', { kept: false }),
        this.#files.distinct('sessionId', { kept: false }),
      ]);
      return [...new Set(found.flat())];
    });
  }

  /** Awaits a write. @returns false if a document with the same key exists */
  async #added(creating: Promise<unknown>): Promise<boolean> {
    try {
      await creating;
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}

export const mongoChat: MongoAdapter<ChatStore> = {
  create: (connection) => {
    const both = models(connection);
    return { store: new MongoChat(both), models: Object.values(both) };
  },
};
