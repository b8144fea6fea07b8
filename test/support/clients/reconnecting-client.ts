import type { ClientMessage, JoinResult, Payload, PrepareResult } from '@televisit/shared/signaling';
import { DEVICE_SOURCES } from '@televisit/shared/vocabulary';
import type { Role } from '@televisit/shared/permissions';
import { endsConnection, type VisitErrorCode } from '@televisit/client/sdk/core/errors';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { tokenOf, type Backend } from './backend.ts';
import { ProtocolClient, Refused } from './protocol-client.ts';
import { until } from '../infra/until.ts';

/** The waits before a lost connection is made again, and their jitter, as the page has them. */
const RETRIES_MS = [0, 300, 1_000, 2_000, 4_000];
const JITTER = 0.5;
const LEAST_JITTER_MS = 50;
/** A picture and a voice. */
const STREAMS_OF_A_PERSON = DEVICE_SOURCES.length;

/** As the page's. */
const ANSWER_PATIENCE_MS = 10_000;

/** How long the others may take to come to where a visit has moved before one looks there anyway, in milliseconds. */
const SWAP_PATIENCE_MS = 5_000;

/** A time without a path for media between two people, by `performance.now()`. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** One signaling connection, and what it receives. */
class Line {
  readonly participant: ProtocolClient;
  readonly lost: Promise<void>;
  /** Whose streams it has consumers of, by consumer. */
  readonly streams = new Map<string, string | null>();
  joined = false;
  /** When the server last gave a sign of life. */
  heardAt = performance.now();

  constructor(participant: ProtocolClient) {
    this.participant = participant;
    const { socket } = participant;
    this.lost = new Promise((resolve) => socket.once('disconnect', () => resolve()));
    socket.io.engine.on('packet', () => (this.heardAt = performance.now()));
  }

  request<M extends ClientMessage>(message: M, payload: Payload<M>) {
    return this.participant.request(message, payload);
  }

  /** The streams of this answer are all that there are. */
  adopt({ consumers }: Pick<PrepareResult, 'consumers'>): void {
    this.streams.clear();
    for (const { consumerId, userId } of consumers) this.streams.set(consumerId, userId);
  }

  streamsOf(userId: string): number {
    return [...this.streams.values()].filter((owner) => owner === userId).length;
  }
}

/**
 * Somebody without a browser who stays in a visit whatever happens, as the page does: connects anew with its waits, goes
 * on or prepares and joins anew, renews lost media, and follows a visit that moves. No packet flows: a path for media is
 * there when the server has this person's transports and streams, and consumers of both streams of the other one that it
 * was told are ready.
 */
export class ReconnectingClient {
  readonly userId: string;
  readonly sessionId: string;
  /** What was, and is over; a moment at which the other one was not there yet is none. */
  readonly outages: Outage[] = [];
  /** Why it was refused for good; null while it is not. */
  refused: VisitErrorCode | null = null;
  /** How often others were told gone who had never left. */
  othersLeft = 0;
  readonly #url: string;
  readonly #peer: string;
  readonly #device = randomUUID();
  #token: string;
  #rtpCapabilities: Record<string, unknown> | undefined;
  #line: Line | undefined;
  #lostAt: number | null = null;
  #everComplete = false;
  #retries = 0;
  #closed = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(url: string, sessionId: string, token: string, userId: string, peer: string) {
    this.#url = url;
    this.sessionId = sessionId;
    this.#token = token;
    this.userId = userId;
    this.#peer = peer;
  }

  /** The doctor or the patient of a visit of two, inside. @throws Refused */
  static async enter(
    url: string,
    backend: Backend,
    sessionId: string,
    role: Role & ('doctor' | 'patient'),
  ): Promise<ReconnectingClient> {
    const token = tokenOf(await backend.joinUrl(sessionId, role));
    const visitor = new ReconnectingClient(
      url,
      sessionId,
      token,
      role,
      role === 'doctor' ? 'patient' : 'doctor',
    );
    visitor.#line = await visitor.#connect();
    visitor.#rtpCapabilities = (await visitor.#line.participant.bootstrap()).rtpCapabilities as Record<
      string,
      unknown
    >;
    await visitor.#join(visitor.#line);
    visitor.#running = visitor.#stay();
    return visitor;
  }

  /** Whether media could flow in both directions now, as far as this side knows. */
  get complete(): boolean {
    return this.#line !== undefined && this.#carriesAll(this.#line);
  }

  get connected(): boolean {
    return this.#line?.participant.socket.connected ?? false;
  }

  /** The longest outage since a time, one that goes on included, in milliseconds; 0 for none. */
  longestOutage(since = 0): number {
    const all = this.outages.filter(({ to }) => to > since).map(({ from, to }) => to - from);
    if (this.#lostAt !== null) all.push(performance.now() - this.#lostAt);
    return Math.max(0, ...all);
  }

  /** For good; the server is told. */
  async leave(): Promise<void> {
    this.#closed = true;
    await this.#line?.request('leave', {}).catch(() => undefined);
    this.#line?.participant.socket.disconnect();
    await this.#running;
  }

  /** Without a word. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#line?.participant.socket.disconnect();
    await this.#running;
  }

  /** Keeps a connection, whatever it takes. */
  async #stay(): Promise<void> {
    while (!this.#closed) {
      const line = this.#line;
      if (line?.participant.socket.connected) {
        await line.lost;
        continue;
      }
      if (line && this.#line === line) await this.#return(line);
    }
  }

  /** A connection that is lost: another one, and everything on it. */
  async #return(old: Line): Promise<void> {
    const wait = RETRIES_MS[Math.min(this.#retries, RETRIES_MS.length - 1)] ?? 0;
    this.#retries += 1;
    await pause(wait + Math.random() * Math.max(LEAST_JITTER_MS, wait * JITTER));
    if (this.#closed || this.#line !== old) return;
    try {
      const line = await this.#connect();
      if (await this.#resume(line, old)) this.#line = line;
      else {
        this.#losing(old.heardAt);
        this.#line = line;
        await this.#join(line);
      }
      this.#retries = 0;
      this.#look();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Refused && endsConnection(error.code as VisitErrorCode)) {
      this.refused = error.code as VisitErrorCode;
      this.#closed = true;
    }
    this.#line?.participant.drop();
  }

  async #connect(): Promise<Line> {
    const participant = await ProtocolClient.connectWith(this.#url, this.#token, this.sessionId);
    participant.device = this.#device;
    participant.patience = ANSWER_PATIENCE_MS;
    const line = new Line(participant);
    const { socket } = participant;
    socket.on('token:refreshed', ({ token }) => (this.#token = token));
    socket.on('consumer:new', ({ consumerId, userId }) => {
      line.streams.set(consumerId, userId);
      void line.request('consumer:ready', { consumerIds: [consumerId] }).then(
        () => this.#look(),
        () => undefined,
      );
    });
    socket.on('consumer:closed', ({ consumerId }) => {
      line.streams.delete(consumerId);
      this.#look();
    });
    socket.on('participant:left', () => (this.othersLeft += 1));
    socket.on('media:renew', () => {
      line.joined = false;
      line.streams.clear();
      this.#look();
      this.#join(line).catch((error: unknown) => this.#line === line && this.#failed(error));
    });
    socket.on('visit:moved', () => void this.#follow(line));
    return line;
  }

  /** @returns false where the server has nothing to go on with */
  async #resume(line: Line, old: Line): Promise<boolean> {
    if (!old.joined) return false;
    const outcome = await line.request('resume', { device: this.#device, live: [...DEVICE_SOURCES] });
    if (outcome.status === 'gone') return false;
    this.#entered(line, outcome.result);
    return true;
  }

  async #join(line: Line): Promise<void> {
    const rtpCapabilities = this.#rtpCapabilities ?? {};
    const prepared = await line.request('prepare', { rtpCapabilities });
    line.participant.prepared = prepared;
    line.adopt(prepared);
    await Promise.all([
      ...DEVICE_SOURCES.map((source) => line.participant.produce(source)),
      line.request('consumer:ready', { consumerIds: [...line.streams.keys()] }),
    ]);
    this.#entered(line, await line.participant.joinLive([...DEVICE_SOURCES]));
  }

  #entered(line: Line, result: JoinResult): void {
    line.adopt(result);
    line.joined = true;
    void line.request('consumer:ready', { consumerIds: [...line.streams.keys()] }).catch(() => undefined);
    this.#look();
  }

  /** The visit goes on at another server: a second connection, and no glance at the first one once it carries all. */
  async #follow(old: Line): Promise<void> {
    for (
      let attempt = 0;
      !this.#closed && this.#line === old && old.participant.socket.connected;
      attempt++
    ) {
      try {
        const line = await this.#connect();
        await this.#join(line);
        await until('the others are there, too', () => this.#carriesAll(line), SWAP_PATIENCE_MS).catch(
          () => undefined,
        );
        if (this.#line !== old) return;
        this.#line = line;
        this.#look();
        old.participant.socket.removeAllListeners('participant:left');
        await old.request('moved', {}).catch(() => undefined);
        // The server closes it when nobody needs it any more.
        return;
      } catch {
        await pause(RETRIES_MS[Math.min(attempt + 1, RETRIES_MS.length - 1)]);
      }
    }
  }

  #carriesAll(line: Line): boolean {
    return line.joined && line.streamsOf(this.#peer) >= STREAMS_OF_A_PERSON;
  }

  #losing(at: number): void {
    if (this.#everComplete) this.#lostAt ??= at;
  }

  /** Notes when the path breaks and stands again. */
  #look(): void {
    if (!this.complete) this.#losing(performance.now());
    else {
      this.#everComplete = true;
      if (this.#lostAt !== null) this.outages.push({ from: this.#lostAt, to: performance.now() });
      this.#lostAt = null;
    }
  }
}
