import type { ChatMessage } from '@televisit/shared/signaling';
import { discarded, pendingChanged, read, received, type PendingMessage, type Reader } from './chat-state.ts';
import { VisitError, type VisitErrorCode } from '../../core/errors.ts';
import { downloadFile, uploadFile } from './file-transfer.ts';
import type { SessionStorageValue } from '../../core/session-storage-value.ts';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { randomId } from '../../core/random-id.ts';
import type { VisitRequest } from '../../signaling/visit-request.ts';
import type { VisitStore } from '../../state/visit-store.ts';

/** The largest file that can be sent, in bytes. The contract's number; a test holds the two equal. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** How long an unanswered message or upload rests before it is tried again, in milliseconds. */
const RETRY_MS = 3_000;
/** How often an upload that breaks is tried before the person is asked. */
const UPLOADS = 3;

/** One message on its way, with what the state doesn't show. */
interface Outgoing {
  message: PendingMessage;
  readonly file: File | null;
  /** The server's id of the file, once it is there. */
  fileId: string | null;
  uploading: boolean;
  uploads: number;
}

export interface ChatOptions {
  readonly store: VisitStore;
  readonly signaling: CurrentSignaling;
  /** Where files go, and in whose name. Throws a `VisitError` without a token. */
  readonly request: () => Omit<VisitRequest, 'signal'>;
  /** Where the number of the last message that was read is kept for a reload. */
  readonly kept: SessionStorageValue;
}

/** What a person does in the chat; what there is to see is `state.chat`. */
export interface Chat {
  /** Sends a text of up to 4,000 characters; it is in `pending` until everybody has it. */
  send(text: string): void;
  /** Sends a file of up to 10 MiB. */
  sendFile(file: File): void;
  /** Sends a message again that was refused. */
  retry(clientId: string): void;
  /** Takes back a message that was refused. */
  discard(clientId: string): void;
  /** The bytes of a file. Throws a `VisitError`: `file_not_found` where it is gone. */
  open(fileId: string): Promise<Blob>;
  /** Whether the person has the chat before their eyes: then nothing is unread. */
  setVisible(visible: boolean): void;
}

/**
 * The chat of a visit. Messages are sent one after the other in the order in which they were written; those that a lost
 * connection left without an answer are sent again under the same id, so that nobody sees one twice.
 */
export class ChatApi implements Chat {
  readonly #options: ChatOptions;
  #queue: Outgoing[] = [];
  #abort = new AbortController();
  #inVisit = false;
  #visible = false;
  #sending = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ChatOptions) {
    this.#options = options;
  }

  send(text: string): void {
    if (text !== '') this.#add({ text, fileName: null }, null);
  }

  sendFile(file: File): void {
    this.#add({ text: null, fileName: file.name }, file);
  }

  retry(clientId: string): void {
    const outgoing = this.#find(clientId);
    if (!outgoing?.message.failed) return;
    outgoing.uploads = 0;
    if (outgoing.message.failed === 'file_not_found') outgoing.fileId = null;
    this.#change(outgoing, { failed: null });
    this.#work();
  }

  discard(clientId: string): void {
    const outgoing = this.#find(clientId);
    if (outgoing?.message.failed) this.#forget(outgoing);
  }

  async open(fileId: string): Promise<Blob> {
    return downloadFile({ ...this.#options.request(), signal: this.#abort.signal }, fileId);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (!visible) return;
    this.#options.store.update((state) => ({ ...state, chat: read(state.chat) }));
    this.#keepRead();
  }

  /** How far the person has read, and whether they read on. */
  get reading(): Omit<Reader, 'self'> {
    return { visible: this.#visible, readUpTo: Number(this.#options.kept.get() ?? 0) || 0 };
  }

  /** The person is in the visit, and the state holds what was said: the rest is sent. */
  entered(): void {
    this.#inVisit = true;
    this.#keepRead();
    this.#forgetArrived();
    this.#work();
  }

  /** Nothing can be sent until the person is in the visit again. */
  interrupted(): void {
    this.#inVisit = false;
  }

  /** Somebody said something; oneself too. */
  received(message: ChatMessage): void {
    this.#options.store.update((state) => {
      const reader = { self: state.self?.userId ?? null, ...this.reading };
      return { ...state, chat: received(state.chat, message, reader) };
    });
    this.#keepRead();
    this.#forgetArrived();
  }

  /** The visit is over for this person: what is still on its way is given up. */
  stop(): void {
    this.#inVisit = false;
    this.#queue = [];
    clearTimeout(this.#retryTimer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #keepRead(): void {
    const last = this.#options.store.state.chat.messages.at(-1)?.seq ?? 0;
    if (this.#visible && last > this.reading.readUpTo) this.#options.kept.set(String(last));
  }

  #add(content: Pick<PendingMessage, 'text' | 'fileName'>, file: File | null): void {
    const message: PendingMessage = { clientId: randomId(), ...content, progress: 0, failed: null };
    const outgoing: Outgoing = { message, file, fileId: null, uploading: false, uploads: 0 };
    this.#queue.push(outgoing);
    this.#change(outgoing, {});
    this.#work();
  }

  #work(): void {
    for (const outgoing of this.#queue) void this.#upload(outgoing);
    void this.#sendAll();
  }

  /** Files are uploaded side by side and hold no text up; their messages are sent when they are there. */
  async #upload(outgoing: Outgoing): Promise<void> {
    const { file, message } = outgoing;
    if (!file || outgoing.fileId !== null || outgoing.uploading || message.failed !== null) return;
    if (file.size > MAX_FILE_BYTES) {
      this.#change(outgoing, { failed: 'file_too_large' });
      return;
    }
    if (!this.#inVisit) return;
    outgoing.uploading = true;
    outgoing.uploads += 1;
    try {
      const request = { ...this.#options.request(), signal: this.#abort.signal };
      const { fileId } = await uploadFile(request, file, (progress) => this.#change(outgoing, { progress }));
      outgoing.fileId = fileId;
      this.#change(outgoing, { progress: 1 });
      void this.#sendAll();
    } catch (error) {
      this.#uploadFailed(outgoing, VisitError.from(error).code);
    } finally {
      outgoing.uploading = false;
    }
  }

  #uploadFailed(outgoing: Outgoing, code: VisitErrorCode): void {
    // What a lost connection breaks is no fault of the file; the next join tries it again.
    if (!this.#inVisit && isPassing(code)) outgoing.uploads = 0;
    else if (isPassing(code) && outgoing.uploads < UPLOADS) this.#workLater();
    else this.#change(outgoing, { failed: code });
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#sendOne(next);
    } catch {
      // No answer: the message may have arrived, and goes again under the same id.
      this.#workLater();
    } finally {
      this.#sending = false;
    }
  }

  #next(): Outgoing | undefined {
    if (!this.#inVisit) return undefined;
    return this.#queue.find(
      ({ message, file, fileId }) => message.failed === null && (!file || fileId !== null),
    );
  }

  /** Throws where there was no answer; a refusal is the message's. */
  async #sendOne(outgoing: Outgoing): Promise<void> {
    const { clientId, text } = outgoing.message;
    const content = outgoing.fileId === null ? { text: text ?? '' } : { fileId: outgoing.fileId };
    try {
      const message = await this.#options.signaling.request('chat:send', { clientId, ...content });
      if (!this.#queue.includes(outgoing)) return;
      this.received(message);
      this.#forget(outgoing);
    } catch (error) {
      const { code } = VisitError.from(error);
      if (isPassing(code)) throw error;
      this.#change(outgoing, { failed: code });
    }
  }

  #workLater(): void {
    // Who is not in the visit now begins anew with the next join.
    if (!this.#inVisit) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#work(), RETRY_MS);
  }

  #change(outgoing: Outgoing, change: Partial<PendingMessage>): void {
    if (!this.#queue.includes(outgoing)) return;
    outgoing.message = { ...outgoing.message, ...change };
    const { message } = outgoing;
    this.#options.store.update((state) => ({ ...state, chat: pendingChanged(state.chat, message) }));
  }

  #find(clientId: string): Outgoing | undefined {
    return this.#queue.find(({ message }) => message.clientId === clientId);
  }

  #forget(outgoing: Outgoing): void {
    const { clientId } = outgoing.message;
    this.#queue = this.#queue.filter((other) => other !== outgoing);
    this.#options.store.update((state) => ({ ...state, chat: discarded(state.chat, clientId) }));
  }

  /** The state knows which of one's own messages have arrived. */
  #forgetArrived(): void {
    const pending = new Set(this.#options.store.state.chat.pending.map(({ clientId }) => clientId));
    this.#queue = this.#queue.filter(({ message }) => pending.has(message.clientId));
  }
}

/** Whether the connection is at fault, or the server for a moment, and not the message. */
function isPassing(code: VisitErrorCode): boolean {
  return code === 'unreachable' || code === 'not_joined' || code === 'closed' || code === 'store_unavailable';
}
