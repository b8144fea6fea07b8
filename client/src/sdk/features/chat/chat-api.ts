import type { ChatMessage } from '@televisit/shared/signaling';
import { MAX_FILE_BYTES } from '@televisit/shared/vocabulary';
import { VisitError, type VisitErrorCode } from '../../core/errors.ts';
import { randomId } from '../../core/random-id.ts';
import type { SessionStorageValue } from '../../core/session-storage-value.ts';
import type { StateStore } from '../../core/store.ts';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import type { VisitRequest } from '../../signaling/visit-request.ts';
import type { StateWith } from '../feature.ts';
import type { ChatSlice } from './chat-state.ts';
import { discarded, pendingChanged, read, received, type PendingMessage, type Reader } from './chat-state.ts';
import { downloadFile, uploadFile } from './file-transfer.ts';

/** Delay before an unanswered message or upload is tried again, in milliseconds. */
const RETRY_MS = 3_000;
/** Number of uploaded files whose messages may be unsent; the server drops the oldest of more than three. */
const MAX_UNSENT = 2;
/** Number of failed uploads of a file before the participant decides. */
const UPLOADS = 3;
const TEMPORARY: ReadonlySet<VisitErrorCode> = new Set<VisitErrorCode>([
  'unreachable',
  'not_joined',
  'closed',
  'store_unavailable',
  'shutting_down',
  'too_many_requests',
]);

/** A message that is being sent, with the fields that the state does not show. */
interface Outgoing {
  message: PendingMessage;
  readonly file: File | null;
  /** The server's id of the file, once it is uploaded. */
  fileId: string | null;
  /** How many uploads of the file have failed. */
  failures: number;
}

export interface ChatOptions {
  readonly store: StateStore<StateWith<ChatSlice>>;
  readonly signaling: CurrentSignaling;
  /** Returns where files are uploaded, with the token. @throws {VisitError} if there is no token */
  readonly request: () => Omit<VisitRequest, 'signal'>;
  /** Holds the number of the last message that was read, for a reload. */
  readonly kept: SessionStorageValue;
}

/** The commands of the chat; its messages are in `state.chat`. */
export interface Chat {
  /** Sends a text of up to 4,000 characters; it is `pending` until the server has it. */
  send(text: string): void;
  /** Sends a file of up to 10 MiB. */
  sendFile(file: File): void;
  /** Sends a message again that was refused. */
  retry(clientId: string): void;
  /** Discards a message that was refused. */
  discard(clientId: string): void;
  /** Returns the bytes of a file. @throws {VisitError} `file_not_found` if it no longer exists */
  open(fileId: string): Promise<Blob>;
  /** Sets whether the chat is visible: then nothing is unread. */
  setVisible(visible: boolean): void;
}

/**
 * The chat of a visit. Texts are sent one after the other in the order in which they were written, and so are files, which
 * delay no text. Messages that a lost connection left without an answer are sent again under the same id, so that each
 * appears once.
 */
export class ChatApi implements Chat {
  readonly #options: ChatOptions;
  #queue: Outgoing[] = [];
  #abort = new AbortController();
  #inCall = false;
  #visible = false;
  #sending = false;
  #uploading = false;
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
    outgoing.failures = 0;
    if (outgoing.message.failed === 'file_not_found') outgoing.fileId = null;
    this.#change(outgoing, { failed: null });
    this.#flush();
  }

  discard(clientId: string): void {
    const outgoing = this.#find(clientId);
    if (outgoing?.message.failed) this.#drop(outgoing);
  }

  async open(fileId: string): Promise<Blob> {
    return downloadFile({ ...this.#options.request(), signal: this.#abort.signal }, fileId);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (!visible) return;
    this.#options.store.update((state) => ({ ...state, chat: read(state.chat) }));
    this.#storeRead();
  }

  /** How far the participant has read, and whether the chat is visible. */
  get reading(): Omit<Reader, 'self'> {
    return { visible: this.#visible, readUpTo: Number(this.#options.kept.get() ?? 0) || 0 };
  }

  /** The participant is in the call, and the state holds the messages so far: sends the pending ones. */
  entered(): void {
    this.#inCall = true;
    this.#storeRead();
    this.#dropArrived();
    this.#flush();
  }

  /** Nothing can be sent until the participant has entered again. */
  interrupted(): void {
    this.#inCall = false;
  }

  /** Adds a message from a participant, this one included. */
  received(message: ChatMessage): void {
    this.#options.store.update((state) => {
      const reader = { self: state.self?.userId ?? null, ...this.reading };
      return { ...state, chat: received(state.chat, message, reader) };
    });
    this.#storeRead();
    this.#dropArrived();
  }

  /** The call is over for this participant: pending messages are dropped. */
  stop(): void {
    this.#inCall = false;
    this.#queue = [];
    clearTimeout(this.#retryTimer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #storeRead(): void {
    const last = this.#options.store.state.chat.messages.at(-1)?.seq ?? 0;
    if (this.#visible && last > this.reading.readUpTo) this.#options.kept.set(String(last));
  }

  #add(content: Pick<PendingMessage, 'text' | 'fileName'>, file: File | null): void {
    const message: PendingMessage = { clientId: randomId(), ...content, progress: 0, failed: null };
    const outgoing: Outgoing = { message, file, fileId: null, failures: 0 };
    this.#queue.push(outgoing);
    this.#change(outgoing, {});
    this.#flush();
  }

  #flush(): void {
    void this.#uploadAll();
    void this.#sendAll();
  }

  /** Uploads one file after the other: servers limit simultaneous uploads, and the order stays. */
  async #uploadAll(): Promise<void> {
    if (this.#uploading) return;
    this.#uploading = true;
    for (let next = this.#nextFile(); next; next = this.#nextFile()) await this.#upload(next);
    this.#uploading = false;
  }

  #nextFile(): Outgoing | undefined {
    const files = this.#queue.filter(({ message, file }) => message.failed === null && file);
    const unsent = files.filter(({ fileId }) => fileId !== null).length;
    if (!this.#inCall || unsent >= MAX_UNSENT) return undefined;
    return files.find(({ fileId }) => fileId === null);
  }

  async #upload(outgoing: Outgoing): Promise<void> {
    const { file } = outgoing;
    if (!file) return;
    if (file.size > MAX_FILE_BYTES) {
      this.#change(outgoing, { failed: 'file_too_large' });
      return;
    }
    try {
      const request = { ...this.#options.request(), signal: this.#abort.signal };
      const { fileId } = await uploadFile(request, file, (progress) => this.#change(outgoing, { progress }));
      outgoing.fileId = fileId;
      this.#change(outgoing, { progress: 1 });
      void this.#sendAll();
    } catch (error) {
      await this.#uploadFailed(outgoing, VisitError.from(error));
    }
  }

  /** Marks a refused file. Otherwise resolves when the upload may be tried again. */
  async #uploadFailed(outgoing: Outgoing, { code, retryAfter }: VisitError): Promise<void> {
    if (!this.#queue.includes(outgoing)) return;
    // A lost connection and a limit of the server are no reason to give up.
    if (isTemporary(code) && this.#inCall && code !== 'too_many_requests') outgoing.failures += 1;
    if (!isTemporary(code) || outgoing.failures === UPLOADS) this.#change(outgoing, { failed: code });
    else if (this.#inCall) await this.#pause(retryAfter);
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#sendOne(next);
    } catch (error) {
      // Without an answer the message may have arrived; it is sent again under the same id.
      this.#retryLater(VisitError.from(error).retryAfter);
    } finally {
      this.#sending = false;
    }
  }

  #next(): Outgoing | undefined {
    if (!this.#inCall) return undefined;
    return this.#queue.find(
      ({ message, file, fileId }) => message.failed === null && (!file || fileId !== null),
    );
  }

  /** Sends a message; a refusal is shown with it. @throws {VisitError} if there was no answer */
  async #sendOne(outgoing: Outgoing): Promise<void> {
    const { clientId, text } = outgoing.message;
    const content = outgoing.fileId === null ? { text: text ?? '' } : { fileId: outgoing.fileId };
    try {
      const message = await this.#options.signaling.request('chat:send', { clientId, ...content });
      if (!this.#queue.includes(outgoing)) return;
      this.received(message);
      this.#drop(outgoing);
      void this.#uploadAll();
    } catch (error) {
      const { code } = VisitError.from(error);
      if (isTemporary(code)) throw error;
      this.#change(outgoing, { failed: code });
    }
  }

  #retryLater(seconds: number | null): void {
    // Outside the call, the next join sends everything.
    if (!this.#inCall) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#flush(), delayOf(seconds));
  }

  /** Resolves when the server can be asked again, and at once when the call is over. */
  #pause(seconds: number | null): Promise<void> {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayOf(seconds));
      const over = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', over, { once: true });
    });
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

  #drop(outgoing: Outgoing): void {
    const { clientId } = outgoing.message;
    this.#queue = this.#queue.filter((other) => other !== outgoing);
    this.#options.store.update((state) => ({ ...state, chat: discarded(state.chat, clientId) }));
  }

  /** Drops the messages that have arrived, as the state knows. */
  #dropArrived(): void {
    const pending = new Set(this.#options.store.state.chat.pending.map(({ clientId }) => clientId));
    this.#queue = this.#queue.filter(({ message }) => pending.has(message.clientId));
  }
}

/** Whether a failure is temporary: the cause is the connection or the server, not the message. */
const isTemporary = (code: VisitErrorCode): boolean => TEMPORARY.has(code);

/** Returns a delay in milliseconds; `seconds` is what the server asked for. */
const delayOf = (seconds: number | null): number => (seconds === null ? RETRY_MS : seconds * 1000);
