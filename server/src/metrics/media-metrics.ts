import type { ProbePath } from '@televisit/shared/vocabulary';
import { Counter, type Registry } from 'prom-client';

/** The streams of clients, and their tests of the connection. */
export class MediaMetrics {
  readonly #bytes;
  readonly #keyFrames;
  readonly #tests;

  constructor(registers: Registry[]) {
    this.#bytes = new Counter({
      name: 'televisit_media_bytes_total',
      help: 'Media that participants sent (in) and received (out), read every 10 s.',
      labelNames: ['direction', 'kind'],
      registers,
    });
    this.#keyFrames = new Counter({
      name: 'televisit_key_frame_requests_total',
      help: 'Requests for a key frame that were sent to participants.',
      registers,
    });
    this.#tests = new Counter({
      name: 'televisit_connection_tests_total',
      help: 'Paths that pages tested before a visit, by whether the media connection was established.',
      labelNames: ['path', 'outcome'],
      registers,
    });
    for (const direction of ['in', 'out'])
      for (const kind of ['audio', 'video']) this.#bytes.inc({ direction, kind }, 0);
  }

  media(direction: 'in' | 'out', kind: 'audio' | 'video', bytes: number): void {
    this.#bytes.inc({ direction, kind }, bytes);
  }

  keyFrameRequested(): void {
    this.#keyFrames.inc();
  }

  connectionTested(path: ProbePath, isConnected: boolean): void {
    this.#tests.inc({ path, outcome: isConnected ? 'connected' : 'failed' });
  }
}
