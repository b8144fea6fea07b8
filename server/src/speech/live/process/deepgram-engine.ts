import type { LiveEngine } from '../live-messages.ts';
import { deepgramAddress } from './deepgram-messages.ts';
import { DeepgramSink } from './deepgram-sink.ts';
import type { Engine, SinkOptions, SoundSink, TextListener } from './engine.ts';

/** Lets a service with the live API of Deepgram transcribe, over one WebSocket for each person. */
export class DeepgramEngine implements Engine {
  readonly waitingMs = 0;
  readonly #settings: LiveEngine & { type: 'deepgram' };

  constructor(settings: LiveEngine & { type: 'deepgram' }) {
    this.#settings = settings;
  }

  open(options: SinkOptions, listener: TextListener): SoundSink {
    const { url, apiKey } = this.#settings;
    return new DeepgramSink({ url: deepgramAddress(url, options), apiKey, listener });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
