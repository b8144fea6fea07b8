import { TelevisitError } from '@televisit/shared/errors';
import { MAX_FILE_BYTES, permissionsOf } from '@televisit/shared/vocabulary';
import type { ChatFile, ChatMessage } from '@televisit/shared/features/chat';
import type { ChatLimits, ChatStore, StoredFile, StoredMessage } from './chat-store.ts';
import { iso, type Clock } from '../../core/clock.ts';
import type { Command, Changed } from '../../domain/session-changes.ts';
import type { SessionFact } from '../../domain/events.ts';
import { change } from '../../domain/change.ts';
import type { Ids } from '../../domain/ids.ts';
import { isOver, type Session } from '../../domain/session.ts';
import type { Sessions } from '../../domain/sessions.ts';

/**
 * The limits of a session's chat. A participant who joins receives all texts at once, so their total size is limited.
 */
export const CHAT_LIMITS: ChatLimits = { messages: 2000, textBytes: 256 * 1024 };
export const MAX_FILES = 50;

/** The number of files per participant that no message refers to yet. A further file replaces the oldest. */
export const MAX_UNSENT_FILES = 3;

export interface ChatsOptions {
  readonly store: ChatStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onError: (error: unknown) => void;
}

/** A new message: a text, or a file that was uploaded before. */
export interface NewChatMessage {
  /** The id chosen by the sender. Sending it again creates no second message. */
  readonly clientId: string;
  readonly text?: string | undefined;
  readonly fileId?: string | undefined;
}

export interface UploadedFile {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

/** A file with its content. */
export interface FileContent extends ChatFile {
  readonly content: Uint8Array;
}

/** The chat of visits: messages and files, deleted when a visit ends unless it keeps its chat. */
export class Chats {
  readonly #options: ChatsOptions;
  readonly #settling = new Set<Promise<void>>();

  constructor(options: ChatsOptions) {
    this.#options = options;
  }

  /** Deletes the chat of a session when a change ends it, unless the session keeps its chat. */
  sessionChanged({ previous, next }: Changed): void {
    if (!isOver(next) || isOver(previous)) return;
    const settling = this.#settleEnded(next)
      .catch(this.#options.onError)
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  /**
   * Stores a message of a participant. If it was sent before, returns the first message.
   * @throws {TelevisitError} `session_not_found`, `session_over`, `removed`, `not_joined`, `chat_off`,
   * `file_not_found`, `chat_full`, `conflict`
   */
  async send(
    sessionId: string,
    userId: string,
    { clientId, text, fileId }: NewChatMessage,
  ): Promise<ChatMessage> {
    const { store, sessions, clock } = this.#options;
    const { seat } = await this.#present(sessionId, userId);
    const file = fileId === undefined ? null : await this.#ownFile(sessionId, seat, fileId);
    const said = { seat, clientId, text: text ?? null, fileId: file?.fileId ?? null, at: clock.now() };
    const appended = await store.append(sessionId, said, CHAT_LIMITS);
    if (!appended) throw new TelevisitError('chat_full');
    const { message, fresh } = appended;
    const now = await sessions.apply(sessionId, messageStored(message, fresh ? file : null));
    await this.#requireStill(now, seat, userId);
    return this.#view(now, message);
  }

  /** Returns all messages in order. @throws {TelevisitError} `session_not_found` */
  async messages(sessionId: string): Promise<ChatMessage[]> {
    const { store, sessions } = this.#options;
    const session = await sessions.get(sessionId);
    if (session.messages === 0) return [];
    const [messages, files] = await Promise.all([store.messages(sessionId), store.files(sessionId)]);
    const byId = new Map(files.map((file) => [file.fileId, file]));
    return messages.map((message) => viewOf(session, message, byId.get(message.fileId ?? '')));
  }

  /**
   * Checks that a user may upload a file. Called before the upload is read, and again after.
   * @returns the index of their seat
   * @throws {TelevisitError} `session_not_found`, `session_over`, `removed`, `not_joined`, `chat_off`, `forbidden`,
   * `chat_full`
   */
  async requireMayAddFile(sessionId: string, userId: string): Promise<number> {
    const { session, seat } = await this.#present(sessionId, userId);
    const role = session.seats[seat]?.role;
    if (!role || !permissionsOf(role).includes('publish')) throw new TelevisitError('forbidden');
    const files = await this.#options.store.files(sessionId);
    if (files.length >= MAX_FILES) throw new TelevisitError('chat_full');
    return seat;
  }

  /**
   * Stores a file of a participant, which a message sent with `send` can refer to.
   * @throws {TelevisitError} like `requireMayAddFile`; `file_too_large`; `validation_failed` if the file is empty
   */
  async addFile(sessionId: string, userId: string, given: UploadedFile): Promise<ChatFile> {
    const { store, sessions, clock, ids } = this.#options;
    const seat = await this.requireMayAddFile(sessionId, userId);
    const bytes = given.bytes.byteLength;
    if (bytes > MAX_FILE_BYTES) throw new TelevisitError('file_too_large');
    if (bytes === 0) throw new TelevisitError('validation_failed', { detail: 'The file is empty.' });
    const file: StoredFile = {
      fileId: ids.unique(),
      seat,
      name: safeFileName(given.name),
      contentType: mediaType(given.contentType),
      bytes,
      at: clock.now(),
    };
    if (!(await store.addFile(sessionId, file, given.bytes, MAX_FILES))) {
      throw new TelevisitError('chat_full');
    }
    await store.dropUnsent(sessionId, seat, MAX_UNSENT_FILES);
    await this.#requireStill(await sessions.get(sessionId), seat, userId);
    return fileView(file);
  }

  /**
   * Returns a file with its content for a participant in the visit.
   * @throws {TelevisitError} `session_not_found`, `session_over`, `removed`, `not_joined`, `chat_off`, `file_not_found`
   */
  async fileFor(sessionId: string, userId: string, fileId: string): Promise<FileContent> {
    await this.#present(sessionId, userId);
    return this.file(sessionId, fileId);
  }

  /** Returns a file with its content. @throws {TelevisitError} `file_not_found` */
  async file(sessionId: string, fileId: string): Promise<FileContent> {
    const { store } = this.#options;
    const file = (await store.files(sessionId)).find((one) => one.fileId === fileId);
    const content = file && (await store.content(sessionId, fileId));
    if (!content) throw new TelevisitError('file_not_found');
    return { ...fileView(file), content };
  }

  /** Deletes, or marks as kept, the chat of ended visits whose process died before doing so. */
  async settle(): Promise<void> {
    const { store, onError } = this.#options;
    for (const sessionId of await store.unsettled()) await this.#settle(sessionId).catch(onError);
  }

  /** Waits for deletions in progress. */
  async close(): Promise<void> {
    await Promise.all(this.#settling);
  }

  /** Checks the common conditions for sending messages and for uploading and downloading files. */
  async #present(sessionId: string, userId: string): Promise<{ session: Session; seat: number }> {
    const present = await this.#options.sessions.present(sessionId, userId);
    if (!present.session.options.chat) throw new TelevisitError('chat_off');
    return present;
  }

  /** Skips visits without chat, which are the most, to save a write. */
  async #settleEnded({ sessionId, messages }: Session): Promise<void> {
    const { store } = this.#options;
    if (messages > 0 || (await store.files(sessionId)).length > 0) await this.#settle(sessionId);
  }

  async #settle(sessionId: string): Promise<void> {
    const { store, sessions } = this.#options;
    const session = await sessions.find(sessionId);
    if (!session || (isOver(session) && !session.options.keepChat)) await store.purge([sessionId]);
    else if (isOver(session)) await store.keep(sessionId);
  }

  /**
   * Deletes what was just written if the visit has ended, or the participant was erased, in the meantime.
   * @throws {TelevisitError} `session_over`, `removed`
   */
  async #requireStill(session: Session, seat: number, userId: string): Promise<void> {
    if (isOver(session)) {
      await this.#settle(session.sessionId);
      throw new TelevisitError('session_over');
    }
    if (session.seats[seat]?.userId === userId) return;
    await this.#options.store.erase(session.sessionId, seat);
    throw new TelevisitError('removed');
  }

  async #ownFile(sessionId: string, seat: number, fileId: string): Promise<StoredFile> {
    const files = await this.#options.store.files(sessionId);
    const file = files.find((one) => one.fileId === fileId && one.seat === seat);
    if (!file) throw new TelevisitError('file_not_found');
    return file;
  }

  async #view(session: Session, message: StoredMessage): Promise<ChatMessage> {
    const { store } = this.#options;
    const files = message.fileId === null ? [] : await store.files(session.sessionId);
    return viewOf(
      session,
      message,
      files.find(({ fileId }) => fileId === message.fileId),
    );
  }
}

/** Records that a message was stored: a command for `Sessions.apply`. A message with a file is added to the history. */
function messageStored(
  { seq, seat }: Pick<StoredMessage, 'seq' | 'seat'>,
  file: Pick<StoredFile, 'bytes' | 'contentType'> | null,
): Command {
  return (session, now) => {
    if (isOver(session) || (seq <= session.messages && !file)) return null;
    const facts: SessionFact[] = file
      ? [{ type: 'chat.file_shared', seat, bytes: file.bytes, contentType: file.contentType }]
      : [];
    const messages = Math.max(session.messages, seq);
    return change(session, { messages }, now, { type: 'participant', seat }, ...facts);
  };
}

function viewOf(session: Session, message: StoredMessage, file: StoredFile | undefined): ChatMessage {
  const { seq, clientId, text, at } = message;
  const { userId, displayName, role } = session.seats[message.seat] as Session['seats'][number];
  return { seq, clientId, userId, displayName, role, text, file: file ? fileView(file) : null, at: iso(at) };
}

/** Returns a file as others see it. */
export function fileView({ fileId, name, contentType, bytes }: StoredFile): ChatFile {
  return { fileId, name, contentType, bytes };
}

/** The maximum length of a file name in UTF-16 code units. */
export const MAX_FILE_NAME = 150;

/** A media type without parameters (RFC 6838, 4.2). */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
/** Device names reserved by Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const LONGEST_ENDING = 20;

/**
 * Returns a name under which a file can be saved on any system: without folders, characters that are special in file
 * systems or headers, and bidirectional controls, which can make `.exe` look like `.pdf`.
 */
export function safeFileName(given: string): string {
  const printable = given
    .toWellFormed()
    .replace(/^.*[/\\]/s, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\ufffd]/gu, '')
    .normalize('NFC')
    .replaceAll(/[<>:"|?*%]/g, '_')
    .replaceAll(/\s+/g, ' ');
  const name = shortened(printable).replace(/^[ .]+|[ .]+$/g, '');
  if (name === '') return 'file';
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Returns a media type without its parameters, or that of arbitrary bytes if it is invalid. */
export function mediaType(given: string | undefined): string {
  const type = given?.split(';')[0]?.trim().toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : 'application/octet-stream';
}

/** Shortens a long name before its extension, which decides with which program it opens. */
function shortened(name: string): string {
  if (name.length <= MAX_FILE_NAME) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= LONGEST_ENDING ? name.slice(dot) : '';
  return (name.slice(0, MAX_FILE_NAME - ending.length) + ending).toWellFormed().replaceAll('\ufffd', '');
}
