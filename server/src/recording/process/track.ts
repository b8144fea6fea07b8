import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { RecorderError } from '../recorder-error.ts';
import type { TrackCodec, TrackResult } from '../track-summary.ts';
import { supportOf } from './codecs.ts';
import { Reception, REORDER_WINDOW_MS, type Datagram, type ReceptionListeners } from './reception.ts';
import { TrackFiles } from './track-files.ts';

/** Bursts of key frames of many streams arrive while this process is busy; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;
/** How many datagrams are kept that arrive before the codec is known. */
const EARLY_DATAGRAMS = 200;

export interface TrackListeners extends ReceptionListeners {
  readonly onFailure: (error: RecorderError) => void;
}

const NOTHING_RECEIVED: Omit<TrackResult, 'bytes' | 'isComplete'> = {
  startedAt: null,
  endedAt: null,
  isReported: false,
  lostPackets: 0,
  gaps: 0,
  width: null,
  height: null,
  codec: null,
};

/** A stream being recorded: its socket, and the way of its packets into the file. */
export class Track {
  readonly port: number;
  readonly #socket: Socket;
  readonly #files: TrackFiles;
  readonly #now: () => number;
  readonly #listeners: TrackListeners;
  #early: Datagram[] | null = [];
  #reception: Reception | null = null;
  #closing: Promise<TrackResult> | null = null;
  #failed = false;

  private constructor(socket: Socket, files: TrackFiles, now: () => number, listeners: TrackListeners) {
    this.port = socket.address().port;
    this.#socket = socket;
    this.#files = files;
    this.#now = now;
    this.#listeners = listeners;
    socket.on('message', (data, from) => this.#receive({ data, from, arrivedAt: now() }));
    socket.on('error', (error) => this.fail(RecorderError.ofFile(error)));
    files.onError = (error) => this.fail(RecorderError.ofFile(error));
  }

  /**
   * Opens a socket on a free port of the loopback interface, and the file.
   * @param now returns milliseconds since the Unix epoch
   * @throws {RecorderError} if the file exists or cannot be created
   */
  static async open(file: string, now: () => number, listeners: TrackListeners): Promise<Track> {
    const files = await TrackFiles.create(file).catch((error: unknown) => {
      throw RecorderError.ofFile(error);
    });
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    try {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    } catch (error) {
      await files.abandon();
      throw RecorderError.ofFile(error);
    }
    return new Track(socket, files, now, listeners);
  }

  /** The bytes that wait for the disk. */
  get pendingBytes(): number {
    return this.#files.pendingBytes;
  }

  /** Begins to record what arrives, and what has arrived before. Fails the track if the codec cannot be recorded. */
  start(codec: TrackCodec): void {
    if (this.#reception || this.#failed || this.#closing) return;
    try {
      this.#reception = new Reception(codec, supportOf(codec), this.#files, this.#listeners);
    } catch (error) {
      this.fail(RecorderError.ofFile(error));
      return;
    }
    const early = this.#early ?? [];
    this.#early = null;
    for (const datagram of early) this.#reception.receive(datagram);
  }

  /** Does what is due; is called several times a second. */
  tick(): void {
    if (this.#failed) return;
    this.#reception?.advance(this.#now());
    this.#files.tick(this.#now(), () => this.#result(false));
  }

  /** Records what is still on its way, and finishes the file. Idempotent. */
  close(): Promise<TrackResult> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Gives up: the file ends here. */
  fail(error: RecorderError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#closeSocket();
    void this.#files.abandon();
    this.#listeners.onFailure(error);
  }

  async #close(): Promise<TrackResult> {
    if (!this.#failed) await pause(REORDER_WINDOW_MS);
    this.#closeSocket();
    if (!this.#failed) {
      await this.#reception?.finish();
      await this.#files.close(() => this.#result(true));
    }
    return this.#result(!this.#failed);
  }

  #closeSocket(): void {
    this.#socket.removeAllListeners('message');
    try {
      this.#socket.close();
    } catch {
      // It is closed.
    }
  }

  #receive(datagram: Datagram): void {
    if (this.#reception) this.#reception.receive(datagram);
    else if (this.#early && this.#early.length < EARLY_DATAGRAMS) this.#early.push(datagram);
  }

  #result(isComplete: boolean): TrackResult {
    return {
      bytes: this.#files.bytes,
      ...(this.#reception?.figures() ?? NOTHING_RECEIVED),
      isComplete,
    };
  }
}
