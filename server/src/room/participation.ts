import type { NetworkLevel } from '@televisit/shared/vocabulary';
import type { Left } from '../domain/attendance.ts';
import type { Clock } from '../core/clock.ts';
import type { Quality } from '../domain/session.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import { ImpairmentMeter } from './impairment-meter.ts';
import type { MemberConnection } from './member-connection.ts';

const NO_QUALITY: Quality = { sent: null, received: null };

export interface ParticipationOptions {
  readonly clock: Clock;
  /** Called when the participant's network has been poor for a while. */
  readonly onDegraded: () => void;
}

/** The state of a member from entering the call until leaving it, across all of the member's connections. */
export class Participation {
  /** Milliseconds since the Unix epoch. */
  readonly joinedAt: number;
  /** Whether the page is in the background. */
  inBackground = false;
  /** Whether the page had a picture to wait for when it joined, and has not said yet how long that took. */
  #awaitsFrame = false;
  readonly #clock: Clock;
  readonly #impairment: ImpairmentMeter;
  #media: PeerMedia;
  #device: string | undefined;
  #network: NetworkLevel | null;
  /** Quality over the connections before this one; only its figures, so that their media can be collected. */
  #before: { readonly quality: Quality; readonly ms: number } = { quality: NO_QUALITY, ms: 0 };
  #since: number;

  constructor(
    { network }: MemberConnection,
    media: PeerMedia,
    device: string | undefined,
    { clock, onDegraded }: ParticipationOptions,
  ) {
    this.joinedAt = clock.now();
    this.#since = this.joinedAt;
    this.#clock = clock;
    this.#media = media;
    this.#device = device;
    this.#network = network;
    this.#impairment = new ImpairmentMeter(clock, onDegraded);
    this.#impairment.set(network);
  }

  get media(): PeerMedia {
    return this.#media;
  }

  /** The secret of the page that has joined; undefined if it made none. */
  get device(): string | undefined {
    return this.#device;
  }

  get network(): NetworkLevel | null {
    return this.#network;
  }

  /** Continues over another connection, or with other transports. @returns the media before */
  replaceMedia(connection: MemberConnection, media: PeerMedia, device: string | undefined): PeerMedia {
    const now = this.#clock.now();
    const previous = this.#media;
    this.#before = { quality: this.#quality(now), ms: now - this.joinedAt };
    this.#since = now;
    this.#media = media;
    this.#device = device;
    this.resume(connection);
    return previous;
  }

  /** Continues over another connection with the same media. */
  resume({ network }: MemberConnection): void {
    this.#network = network ?? this.#network;
    this.#impairment.set(this.#network);
  }

  /** Pauses the measurement of the network, because there is no connection to report it. */
  pause(): void {
    this.#impairment.stop();
  }

  /** The page joined at once, and a camera was on: its report of the first picture measures a join. */
  awaitFirstFrame(): void {
    this.#awaitsFrame = true;
  }

  /** @returns whether the report of the first picture counts; it does once */
  takeFirstFrame(): boolean {
    const awaited = this.#awaitsFrame;
    this.#awaitsFrame = false;
    return awaited;
  }

  /** @returns whether the level changed */
  setNetwork(level: NetworkLevel): boolean {
    if (this.#network === level) return false;
    this.#network = level;
    this.#impairment.set(level);
    return true;
  }

  /** @returns whether that changed anything */
  setInBackground(inBackground: boolean): boolean {
    if (this.inBackground === inBackground) return false;
    this.inBackground = inBackground;
    return true;
  }

  /** Returns how well the media of this participation arrived until `at`. */
  resultAt(at: number): Required<Pick<Left, 'quality' | 'impairedMs'>> {
    return { quality: this.#quality(at), impairedMs: this.#impairment.ms };
  }

  /** Weighs the quality of each connection by its length. */
  #quality(now: number): Quality {
    const { sent, received } = this.#media.quality;
    const { quality, ms } = this.#before;
    const here = Math.max(1, now - this.#since);
    return { sent: mean(quality.sent, ms, sent, here), received: mean(quality.received, ms, received, here) };
  }
}

function mean(before: number | null, beforeMs: number, here: number | null, hereMs: number): number | null {
  if (before === null || here === null) return before ?? here;
  return (before * beforeMs + here * hereMs) / (beforeMs + hereMs);
}
