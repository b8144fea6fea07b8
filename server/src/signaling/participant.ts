import type { DeviceSource, LeaveReason, NetworkLevel, Source } from '@televisit/shared/vocabulary';
import type { ParticipantView } from '@televisit/shared/signaling';
import { iso, isoOrNull, type Clock } from '../domain/clock.ts';
import type { Left } from '../domain/attendance.ts';
import type { Quality } from '../domain/session.ts';
import type { PeerMedia, PeerMediaListener } from '../media/peer-media.ts';
import type { Connection } from './connection.ts';
import { ImpairmentMeter } from './impairment-meter.ts';

const NO_QUALITY: Quality = { sent: null, received: null };

const SHARED: readonly Source[] = ['screen', 'screenAudio'];

/** A connection that dropped may have heard nothing of what it was told so lately, in milliseconds. */
const UNHEARD_MS = 10_000;

export interface ParticipantOptions {
  readonly clock: Clock;
  /** The person's network was poor for long. */
  readonly onDegraded: () => void;
  /** The same person's connection before this one, if they come back. */
  readonly previous: Participant | undefined;
  /** The secret of the page that has joined; undefined where it made none. */
  readonly device: string | undefined;
}

/** Somebody who has joined the visit. It outlives a dropped connection by the grace. */
export class Participant {
  readonly userId: string;
  readonly isHost: boolean;
  readonly joinedAt: number;
  readonly media: PeerMedia;
  readonly device: string | undefined;
  readonly #clock: Clock;
  readonly #role: ParticipantView['role'];
  readonly #displayName: string | null;
  /** What came before this connection; a copy, so that nothing of it is kept alive. */
  readonly #before: { readonly quality: Quality; readonly ms: number };
  readonly #since: number;
  readonly #impairment: ImpairmentMeter;
  /** What a host switched off and the person has not switched on again, with the host's name and when that was. */
  readonly #switchedOff: Map<DeviceSource, { readonly by: string | null; readonly at: number }>;
  /** A host stopped the shared screen, and the person has not shared again. */
  #shareStopped: { readonly by: string | null; readonly at: number } | null;
  #connection: Connection | undefined;
  #droppedAt: number | null = null;
  #endGrace: (() => void) | undefined;
  #away: boolean;
  #handRaisedAt: number | null;
  #network: NetworkLevel | null;

  constructor(connection: Connection, options: ParticipantOptions) {
    const { clock, onDegraded, previous, device } = options;
    const { sub, role, name } = connection.claims;
    const now = clock.now();
    const before = previous ? previous.#handOver(connection) : null;
    this.userId = sub;
    this.isHost = connection.isHost;
    this.joinedAt = before?.joinedAt ?? now;
    this.#clock = clock;
    this.#since = now;
    this.#before = { quality: before?.quality ?? NO_QUALITY, ms: now - this.joinedAt };
    this.#switchedOff = new Map(before?.switchedOff);
    this.#shareStopped = before?.shareStopped ?? null;
    this.#away = before?.away ?? false;
    this.#handRaisedAt = before?.handRaisedAt ?? null;
    this.#network = connection.network ?? before?.network ?? null;
    this.#impairment = new ImpairmentMeter(clock, onDegraded, before?.impairment);
    this.#impairment.set(this.#network);
    this.media = connection.media;
    this.device = device;
    this.#role = role;
    this.#displayName = name;
    this.#connection = connection;
  }

  /** Undefined while the person's connection is dropped. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get isSharing(): boolean {
    return !this.media.closed && this.media.mediaState('screen') !== 'none';
  }

  /** What a host switched off: coming back does not switch it on again. */
  get switchedOff(): ReadonlySet<Source> {
    return new Set(this.#switchedOff.keys());
  }

  view(): ParticipantView {
    return {
      userId: this.userId,
      role: this.#role,
      displayName: this.#displayName,
      media: {
        microphone: this.media.mediaState('microphone'),
        camera: this.media.mediaState('camera'),
        screen: this.media.mediaState('screen'),
        screenAudio: this.media.mediaState('screenAudio'),
      },
      connected: this.#connection !== undefined,
      away: this.#away,
      handRaisedAt: isoOrNull(this.#handRaisedAt),
      network: this.#network,
      joinedAt: iso(this.joinedAt),
    };
  }

  /** How this person left, if it was now; a dropped connection left when it dropped. */
  left(reason: LeaveReason): Left {
    const at = this.#droppedAt ?? this.#clock.now();
    return { at, reason, quality: this.#quality(at), impairedMs: this.#impairment.ms };
  }

  /** @returns whether that changed anything */
  setAway(away: boolean): boolean {
    if (this.#away === away) return false;
    this.#away = away;
    return true;
  }

  /** @returns whether that changed anything */
  setHand(raised: boolean): boolean {
    if ((this.#handRaisedAt !== null) === raised) return false;
    this.#handRaisedAt = raised ? this.#clock.now() : null;
    return true;
  }

  /** @returns whether that changed anything */
  setNetwork(level: NetworkLevel): boolean {
    if (this.#network === level) return false;
    this.#network = level;
    this.#impairment.set(level);
    return true;
  }

  /** The person's streams have changed; one that they switched on themselves is theirs again. */
  mediaChanged(): void {
    for (const source of this.#switchedOff.keys()) {
      if (this.media.mediaState(source) === 'on') this.#switchedOff.delete(source);
    }
    if (this.isSharing) this.#shareStopped = null;
  }

  /** A host switches a stream off. @returns false where there was none on */
  async switchOff(source: DeviceSource, by: string | null): Promise<boolean> {
    const producer = this.media.streams.find((stream) => stream.source === source)?.producer;
    if (!producer || producer.paused) return false;
    try {
      await this.media.pauseProducer(producer.id);
    } catch (error) {
      if (producer.closed) return false;
      throw error;
    }
    this.#switchedOff.set(source, { by, at: this.#clock.now() });
    this.#connection?.emit('muted', { source, by });
    return true;
  }

  /** Tells somebody who has these sources on what a host switched off meanwhile. */
  stayOff(live: readonly Source[]): void {
    for (const [source, { by }] of this.#switchedOff) {
      if (live.includes(source)) this.#connection?.emit('muted', { source, by });
    }
  }

  /** Tells somebody who came back, and may not have heard it, that a host stopped the shared screen. */
  tellStopped(): void {
    if (this.#shareStopped) this.#connection?.emit('share:stopped', { by: this.#shareStopped.by });
    this.#shareStopped = null;
  }

  /** Stops everything but what the page says that it sends: a message that ended something was lost with its connection. */
  async stopAllBut(live: readonly Source[]): Promise<void> {
    const others = this.media.streams.filter(({ source }) => !live.includes(source));
    for (const { producer, source } of others) if (SHARED.includes(source)) producer.close();
    const devices = others.filter(({ producer }) => !producer.closed && !producer.paused);
    await Promise.all(devices.map(({ producer }) => this.media.pauseProducer(producer.id)));
  }

  /** A host stops the shared screen. @returns false where there was none */
  stopSharing(by: string | null): boolean {
    const shared = this.media.streams.filter(({ source }) => SHARED.includes(source));
    for (const { producer } of shared) this.media.closeProducer(producer.id);
    if (shared.length === 0) return false;
    this.#shareStopped = { by, at: this.#clock.now() };
    this.#connection?.emit('share:stopped', { by });
    return true;
  }

  /** The connection dropped; the media stays up until `expired` is called after the grace. */
  waitForReturn(graceMs: number, expired: () => void): void {
    this.#connection = undefined;
    this.#droppedAt ??= this.#clock.now();
    this.#impairment.stop();
    this.#endGrace = this.#clock.after(graceMs, expired);
  }

  /** The grace does not end while the person is on the way back in. */
  holdPlace(): void {
    this.#endGrace?.();
    this.#endGrace = undefined;
  }

  /** The person is back with all that they had, and has these sources on. */
  resume(connection: Connection, listener: PeerMediaListener, live: readonly Source[]): void {
    this.holdPlace();
    this.#shareStopped = this.#unheardStop();
    // What is on although they heard that a host switched it off, they have switched on again themselves.
    for (const [source, { at }] of this.#switchedOff) {
      if (at < this.#heardUntil && live.includes(source)) this.#switchedOff.delete(source);
    }
    this.#droppedAt = null;
    this.#connection = connection;
    this.#network = connection.network ?? this.#network;
    this.#impairment.set(this.#network);
    this.media.setListener(listener);
  }

  /** Idempotent. A connection that is still there goes; unless something broke it does not come back by itself. */
  close(reason: LeaveReason): void {
    this.#endGrace?.();
    this.#impairment.stop();
    this.media.close();
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    connection.joined = false;
    if (reason === 'replaced') connection.emit('replaced');
    if (reason === 'connection_lost') connection.drop();
    else connection.dismiss();
  }

  /** What stays of this connection when the next one takes its place. */
  #handOver(next: Connection) {
    this.#impairment.stop();
    if (this.#connection === next) this.#connection = undefined;
    return {
      joinedAt: this.joinedAt,
      quality: this.#quality(this.#clock.now()),
      impairment: this.#impairment,
      switchedOff: this.#switchedOff,
      shareStopped: this.#unheardStop(),
      away: this.#away,
      handRaisedAt: this.#handRaisedAt,
      network: this.#network,
    };
  }

  /** A stop of the shared screen of which the person may not have heard. */
  #unheardStop() {
    return this.#shareStopped && this.#shareStopped.at >= this.#heardUntil ? this.#shareStopped : null;
  }

  /** What the person was told before, they have heard. */
  get #heardUntil(): number {
    return (this.#droppedAt ?? this.#clock.now()) - UNHEARD_MS;
  }

  /** How well media arrived up to `now`, over all of the person's connections, each weighed by its length. */
  #quality(now: number): Quality {
    const { sent, received } = this.media.quality;
    const { quality, ms } = this.#before;
    const here = Math.max(1, now - this.#since);
    return { sent: mean(quality.sent, ms, sent, here), received: mean(quality.received, ms, received, here) };
  }
}

function mean(before: number | null, beforeMs: number, here: number | null, hereMs: number): number | null {
  if (before === null || here === null) return before ?? here;
  return (before * beforeMs + here * hereMs) / (beforeMs + hereMs);
}
