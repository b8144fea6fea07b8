import type { FeatureStore } from '../../domain/session-store.ts';

/** A stored chat message. The sender is the index of a seat, so that the message holds no user id after an erasure. */
export interface StoredMessage {
  /** 1, 2, 3 … within the session, without gaps. */
  readonly seq: number;
  readonly seat: number;
  /** The id chosen by the sender. */
  readonly clientId: string;
  /** Null if the message is a file. Both are null after the sender was erased. */
  readonly text: string | null;
  readonly fileId: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The metadata of a file. */
export interface StoredFile {
  readonly fileId: string;
  readonly seat: number;
  readonly name: string;
  /** Media type (RFC 6838), without parameters. */
  readonly contentType: string;
  /** The size of the file. */
  readonly bytes: number;
  readonly at: number;
}

/** Stores the chat of sessions. Every adapter passes the contract suite in `testing/chat-store-contract.ts`. */
export interface ChatStore extends FeatureStore {
  /**
   * Appends a message. If the sender already has one with this `clientId`, returns that one.
   * @returns null, without writing, if the message would exceed the limits
   */
  append(
    sessionId: string,
    message: Omit<StoredMessage, 'seq'>,
    limits: ChatLimits,
  ): Promise<Appended | null>;
  /** Returns the messages in order. */
  messages(sessionId: string): Promise<readonly StoredMessage[]>;
  /** Adds a file. @returns false, without writing, if the session already has `limit` files */
  addFile(sessionId: string, file: StoredFile, content: Uint8Array, limit: number): Promise<boolean>;
  /** Returns the files in the order of arrival. */
  files(sessionId: string): Promise<readonly StoredFile[]>;
  content(sessionId: string, fileId: string): Promise<Uint8Array | undefined>;
  /** Deletes all but the `keep` newest files of a participant that no message refers to. */
  dropUnsent(sessionId: string, seat: number, keep: number): Promise<void>;
  /** Deletes the texts and files of a participant. Their messages remain as empty entries. */
  erase(sessionId: string, seat: number): Promise<void>;
  /** Returns the messages of a participant, with the files that they name. */
  export(sessionId: string, seat: number): Promise<readonly ExportedMessage[]>;
  /** Marks the existing chat of a session as kept. */
  keep(sessionId: string): Promise<void>;
  /** Returns the sessions with chat content that is not marked as kept. */
  unsettled(): Promise<readonly string[]>;
}

/** A message with the file that it names, if any. */
export interface ExportedMessage extends Pick<StoredMessage, 'text' | 'at'> {
  readonly file: StoredFile | null;
}

/** Returns the messages of the person in a seat, with their files. */
export function exportedMessages(
  messages: readonly StoredMessage[],
  files: readonly StoredFile[],
  seat: number,
): readonly ExportedMessage[] {
  const own = messages.filter((message) => message.seat === seat);
  return own.map(({ text, fileId, at }) => ({
    text,
    at,
    file: files.find((file) => file.fileId === fileId) ?? null,
  }));
}

/** The limits of a session's messages. Redacted texts still count. */
export interface ChatLimits {
  readonly messages: number;
  /** The total size of all texts in bytes of UTF-8. */
  readonly textBytes: number;
}

/** The result of appending. `fresh` is false if the message existed before. */
export interface Appended {
  readonly message: StoredMessage;
  readonly fresh: boolean;
}
