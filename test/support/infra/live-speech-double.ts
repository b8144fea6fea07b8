import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type {
  LiveSpeech,
  LiveSpeechListener,
  LiveTrack,
  LiveTrackOptions,
} from '@televisit/server/speech/live-speech';
import type { SpeechError } from '@televisit/server/speech/speech-error';
import type { TrackCodec } from '@televisit/server/recording/track-summary';
import { onTestFinished } from 'vitest';

/** A track that receives packets on a real port, and says what the test tells it to. */
export class ReceivedTrack implements LiveTrack {
  readonly options: LiveTrackOptions;
  readonly listener: LiveSpeechListener;
  readonly address: { readonly ip: string; readonly port: number };
  codec: TrackCodec | null = null;
  packets = 0;
  /** How it was closed; null while it is open. */
  closedBy: 'discard' | 'close' | null = null;
  readonly #socket: Socket;

  private constructor(options: LiveTrackOptions, listener: LiveSpeechListener, socket: Socket) {
    this.options = options;
    this.listener = listener;
    this.#socket = socket;
    this.address = { ip: '127.0.0.1', port: socket.address().port };
    socket.on('message', () => (this.packets += 1));
  }

  static async open(options: LiveTrackOptions, listener: LiveSpeechListener): Promise<ReceivedTrack> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new ReceivedTrack(options, listener, socket);
  }

  start(codec: TrackCodec): void {
    this.codec = codec;
  }

  close({ discard = false } = {}): Promise<void> {
    if (this.closedBy === null) this.#socket.close();
    this.closedBy ??= discard ? 'discard' : 'close';
    return Promise.resolve();
  }
}

/** An engine of captions that hears real packets and understands nothing. */
export class LiveSpeechDouble implements LiveSpeech {
  readonly tracks: ReceivedTrack[] = [];
  /** Why it refuses further tracks; null while it accepts them. */
  refusal: SpeechError | null = null;

  /** Closes its ports after the test. */
  static forTest(): LiveSpeechDouble {
    const double = new LiveSpeechDouble();
    onTestFinished(() => double.close());
    return double;
  }

  get open(): readonly ReceivedTrack[] {
    return this.tracks.filter(({ closedBy }) => closedBy === null);
  }

  supports(language: string): boolean {
    return language === 'en';
  }

  async openTrack(options: LiveTrackOptions, listener: LiveSpeechListener): Promise<LiveTrack> {
    if (this.refusal) throw this.refusal;
    const track = await ReceivedTrack.open(options, listener);
    this.tracks.push(track);
    return track;
  }

  async close(): Promise<void> {
    await Promise.all(this.open.map((track) => track.close()));
  }
}
