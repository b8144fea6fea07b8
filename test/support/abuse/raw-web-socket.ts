import { connect, type Socket } from 'node:net';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';

export const TEXT = 0x1;
export const BINARY = 0x2;
const FINAL = 0x80;
const MASKED = 0x80;

/** Returns the header of a frame that a client sends (RFC 6455, 5.2), with an empty mask. */
export function frameHeader(opcode: number, length: number | bigint, isFinal = true): Buffer {
  const first = (isFinal ? FINAL : 0) | opcode;
  const mask = [0, 0, 0, 0];
  if (length < 126) return Buffer.from([first, MASKED | Number(length), ...mask]);
  if (length < 0x10000) {
    return Buffer.from([first, MASKED | 126, Number(length) >> 8, Number(length) & 0xff, ...mask]);
  }
  const header = Buffer.from([first, MASKED | 127, ...Array<number>(8).fill(0), ...mask]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** Returns a whole frame that a client sends. */
export function frame(opcode: number, payload: string | Buffer, isFinal = true): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([frameHeader(opcode, bytes.length, isFinal), bytes]);
}

export interface RawOptions {
  /** The address that a trusted proxy names. */
  readonly address?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/** Returns the request that opens a WebSocket of signaling, without the empty line at its end. */
export function upgradeRequest({ address, headers = {}, query = '' }: RawOptions): string {
  const all = {
    Host: 'attacked.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...(address === undefined ? {} : { 'X-Forwarded-For': address }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${SIGNALING_PATH}/?EIO=4&transport=websocket${query} HTTP/1.1\r\n${lines.join('')}`;
}

/**
 * A WebSocket of signaling for attackers: it sends whatever bytes it is given, in whatever frames, and costs the attacker little.
 */
export class RawWebSocket {
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  /** Called for each text that the server sends, except pings of Engine.IO, which are answered. */
  onText: (text: string) => void = () => undefined;
  isOpen = true;
  /** The answer to the request that opened it. */
  readonly head: string;
  readonly #socket: Socket;
  #unread: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, head: string, rest: Buffer) {
    this.#socket = socket;
    this.head = head;
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.isOpen = false;
        resolve();
      }),
    );
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // What came with the answer to the request is read once the caller listens.
    setImmediate(() => this.#read(rest));
  }

  /** @throws {Error} with the status if the server does not accept the WebSocket */
  static open(url: string, options: RawOptions = {}): Promise<RawWebSocket> {
    const { port, hostname } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      let head = Buffer.alloc(0);
      const read = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', read);
        const [line = ''] = head.toString('latin1').split('\r\n', 1);
        if (line.includes(' 101 ')) {
          resolve(new RawWebSocket(socket, head.toString('latin1', 0, end), head.subarray(end + 4)));
        } else {
          socket.destroy();
          reject(new Error(line));
        }
      };
      socket.on('data', read);
      socket.on('error', reject);
      socket.once('close', () => reject(new Error('closed')));
      socket.write(`${upgradeRequest(options)}\r\n`);
    });
  }

  /** Sends a message of Engine.IO or Socket.IO. @returns false if the attacker should wait for `drained` */
  text(message: string): boolean {
    return this.write(frame(TEXT, message));
  }

  write(bytes: Buffer): boolean {
    return this.isOpen && this.#socket.write(bytes);
  }

  /** Resolves when everything was sent, or the connection has ended. */
  async drained(): Promise<void> {
    if (!this.isOpen || !this.#socket.writableNeedDrain) return;
    await Promise.race([this.closed, new Promise((resolve) => this.#socket.once('drain', resolve))]);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const next = firstFrame(this.#unread);
      if (!next) return;
      this.#unread = this.#unread.subarray(next.size);
      if (next.opcode !== TEXT) continue;
      const text = next.payload.toString();
      if (text === '2') this.text('3');
      else this.onText(text);
    }
  }
}

/** Returns the first frame of a server, which has no mask; undefined if it is not complete. */
function firstFrame(bytes: Buffer) {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return undefined;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, size: start + length };
}
