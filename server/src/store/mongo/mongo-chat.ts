import type { Appended, ChatLimits, ChatStore, StoredFile, StoredMessage } from '../../domain/chat-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';
import type { FileDocument, MessageDocument, Models } from './models.ts';

const MESSAGE = { _id: 0, seq: 1, seat: 1, clientId: 1, text: 1, fileId: 1, at: 1 } as const;
const FILE = { seat: 1, name: 1, contentType: 1, bytes: 1, at: 1 } as const;

/** Stores the chat in MongoDB: one document per message and one per file. */
export class MongoChat implements ChatStore {
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

  dropUnsaid(sessionId: string, seat: number, keep: number): Promise<void> {
    return withStoreErrors(async () => {
      const said = await this.#messages.distinct('fileId', { sessionId, seat });
      const unsaid = await this.#files
        .find({ sessionId, seat, _id: { $nin: said } }, { _id: 1 })
        .sort({ at: -1, slot: -1 })
        .lean<Pick<FileDocument, '_id'>[]>();
      const dropped = unsaid.slice(keep).map(({ _id }) => _id);
      if (dropped.length > 0) await this.#files.deleteMany({ _id: { $in: dropped } });
    });
  }

  empty(sessionId: string, seat: number): Promise<void> {
    return withStoreErrors(async () => {
      await this.#messages.updateMany({ sessionId, seat }, { $set: { text: null, fileId: null } });
      await this.#files.deleteMany({ sessionId, seat });
    });
  }

  delete(sessionId: string): Promise<void> {
    return this.deleteAll([sessionId]);
  }

  /** Deletes the chats of several sessions. */
  deleteAll(sessionIds: readonly string[]): Promise<void> {
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
