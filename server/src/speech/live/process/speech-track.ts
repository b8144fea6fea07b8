import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TrackCodec } from '../../../recording/track-summary.ts';
import { SpeechError } from '../../speech-error.ts';
import type { SoundSink } from './engine.ts';
import { OpusSound, type Datagram } from './opus-sound.ts';

/** Packets wait here while a model computes; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** How many datagrams are kept that arrive before the codec is known. */
const EARLY_DATAGRAMS = 200;

/** The stream of one person: its socket, and the way of its packets to text. */
export class SpeechTrack {
  readonly port: number;
  readonly #socket: Socket;
  readonly #sink: SoundSink;
  readonly #now: () => number;
  #early: Datagram[] = [];
  #sound: OpusSound | null = null;
  #state: 'waiting' | 'started' | 'closed' = 'waiting';

  private constructor(
    socket: Socket,
    sink: SoundSink,
    now: () => number,
    onFailure: (error: SpeechError) => void,
  ) {
    this.port = socket.address().port;
    this.#socket = socket;
    this.#sink = sink;
    this.#now = now;
    socket.on('message', (data, from) => this.#receive({ data, from, arrivedAt: now() }));
    socket.on('error', (error) => onFailure(SpeechError.of(error)));
  }

  /**
   * Opens a socket on a free port of the loopback interface.
   * @param now returns milliseconds since the Unix epoch
   */
  static async open(
    sink: SoundSink,
    now: () => number,
    onFailure: (error: SpeechError) => void,
  ): Promise<SpeechTrack> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SpeechTrack(socket, sink, now, onFailure);
  }

  /** Begins to decode what arrives, and what has arrived before. @throws {SpeechError} if the codec is not Opus */
  async start(codec: TrackCodec): Promise<void> {
    if (this.#state !== 'waiting') return;
    this.#state = 'started';
    const sound = await OpusSound.open(codec, (samples, at) => this.#sink.push(samples, at));
    this.#sound = sound;
    for (const datagram of this.#early) sound.receive(datagram);
    this.#early = [];
  }

  /** Does what is due; is called several times a second. */
  tick(): void {
    this.#sound?.advance(this.#now());
  }

  /** Stops at once, and resolves when the text of what was said last has been delivered. */
  async close(discard: boolean): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#socket.removeAllListeners('message');
    this.#socket.close();
    if (!discard) this.#sound?.flush();
    this.#sound?.close();
    this.#sound = null;
    await this.#sink.finish(discard);
  }

  #receive(datagram: Datagram): void {
    if (this.#sound) this.#sound.receive(datagram);
    else if (this.#early.length < EARLY_DATAGRAMS) this.#early.push(datagram);
  }
}
