import { WebSocket } from 'ws';
import { SpeechError } from '../../speech-error.ts';

const HANDSHAKE_MS = 10_000;
const LONGEST_MESSAGE_BYTES = 1024 * 1024;
/** The service is too slow if more than 30 s of sound wait. */
const MOST_WAITING_BYTES = 30 * 32_000;
/** How long the service may take for the last text, in milliseconds. */
const CLOSE_MS = 3000;

export interface DeepgramConnectionOptions {
  readonly url: string;
  readonly apiKey: string | null;
  readonly onOpen: () => void;
  readonly onMessage: (text: string) => void;
  /** Is called once if the connection ends unless it was closed here. */
  readonly onLost: (error: SpeechError) => void;
}

/** A stream to the service. */
export class DeepgramConnection {
  readonly #socket: WebSocket;
  readonly #ended: Promise<null>;
  #isClosing = false;

  constructor({ url, apiKey, onOpen, onMessage, onLost }: DeepgramConnectionOptions) {
    this.#socket = new WebSocket(url, {
      headers: apiKey === null ? {} : { Authorization: `Token ${apiKey}` },
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: LONGEST_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    });
    const { promise, resolve } = Promise.withResolvers<null>();
    this.#ended = promise;
    const lose = (error: SpeechError) => {
      resolve(null);
      if (this.#isClosing) return;
      this.#isClosing = true;
      this.#socket.terminate();
      onLost(error);
    };
    this.#socket.on('open', onOpen);
    this.#socket.on('message', (data, isBinary) => {
      if (!isBinary) onMessage((data as Buffer).toString());
    });
    this.#socket.on('unexpected-response', (_request, { statusCode = 0 }) => lose(errorOfStatus(statusCode)));
    this.#socket.on('error', (error) => lose(SpeechError.of(error)));
    this.#socket.on('close', (code) =>
      lose(new SpeechError('unavailable', `the captions service closed the stream with ${code}`)),
    );
  }

  /** @throws {SpeechError} if the service is too slow */
  send(sound: Uint8Array): void {
    if (this.#socket.bufferedAmount > MOST_WAITING_BYTES) {
      throw new SpeechError('unavailable', 'the captions service is too slow');
    }
    this.#socket.send(sound);
  }

  keepAlive(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send('{"type":"KeepAlive"}');
  }

  /** Ends the stream; resolves when the service has sent the last text, or takes too long. */
  async close(discard: boolean): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (!discard && this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send('{"type":"Finalize"}');
      this.#socket.send('{"type":"CloseStream"}');
      const timeout = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
      await this.#ended;
      clearTimeout(timeout);
    } else {
      this.#socket.terminate();
    }
  }
}

function errorOfStatus(status: number): SpeechError {
  const message = `the captions service answered ${status}`;
  // Other requests of the same kind would have the same answer.
  return new SpeechError(status >= 300 && status < 500 ? 'refused' : 'unavailable', message);
}
