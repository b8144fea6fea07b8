/** A chat message as it is stored. The sender is the place of a seat, so that an erased person leaves no id behind. */
export interface StoredMessage {
  /** 1, 2, 3 … within the session, without a gap. */
  readonly seq: number;
  readonly seat: number;
  /** The sender's own id of the message. */
  readonly clientId: string;
  /** Null where it is a file; both are null once the sender was erased. */
  readonly text: string | null;
  readonly fileId: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** What is known of a file beside its bytes. */
export interface StoredFile {
  readonly fileId: string;
  readonly seat: number;
  readonly name: string;
  /** Media type (RFC 6838), without parameters. */
  readonly contentType: string;
  /** How many. */
  readonly bytes: number;
  readonly at: number;
}

/**
 * Where what is said in sessions lives, beside the sessions themselves: `SessionStore.purge` takes it along. Every adapter
 * passes the same contract suite (`test/contract/chat-store.ts`).
 * @throws TelevisitError `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface ChatStore {
  /**
   * Writes a message behind all others. Where the sender has one with this `clientId` already, that one is the answer.
   * @returns null, with nothing written, where the session's messages would be more than the limits allow
   */
  append(
    sessionId: string,
    message: Omit<StoredMessage, 'seq'>,
    limits: ChatLimits,
  ): Promise<Appended | null>;
  /** In their order. */
  messages(sessionId: string): Promise<readonly StoredMessage[]>;
  /** @returns false, with nothing written, where the session has `limit` files */
  addFile(sessionId: string, file: StoredFile, content: Uint8Array, limit: number): Promise<boolean>;
  /** In the order in which they came. */
  files(sessionId: string): Promise<readonly StoredFile[]>;
  content(sessionId: string, fileId: string): Promise<Uint8Array | undefined>;
  /** Deletes a person's oldest files that no message names, all but `keep` of them. */
  dropUnsaid(sessionId: string, seat: number, keep: number): Promise<void>;
  /** Takes the words and files of one person away; their messages stay as empty ones. */
  empty(sessionId: string, seat: number): Promise<void>;
  /** Deletes everything of a session. */
  delete(sessionId: string): Promise<void>;
  /** Notes that what there is may stay. */
  keep(sessionId: string): Promise<void>;
  /** The sessions that have something of which it is not noted that it may stay. */
  unsettled(): Promise<readonly string[]>;
}

/** What the messages of one session may come to. Words that were taken away since count still. */
export interface ChatLimits {
  readonly messages: number;
  /** All texts together, in bytes of UTF-8. */
  readonly textBytes: number;
}

/** `fresh`: it was not there before. */
export interface Appended {
  readonly message: StoredMessage;
  readonly fresh: boolean;
}
