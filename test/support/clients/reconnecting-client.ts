import type { ClientMessage, JoinResult, Payload, PrepareResult } from '@televisit/shared/signaling';
import { DEVICE_SOURCES, type Role } from '@televisit/shared/vocabulary';
import { endsConnection, type VisitErrorCode } from '@televisit/client/sdk/core/errors';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { tokenOf, type Backend } from './backend.ts';
import { ProtocolClient, Refused } from './protocol-client.ts';
import { until } from '../infra/until.ts';

/** Delays before a lost connection is opened again, and their jitter, as on the page. */
const RETRIES_MS = [0, 300, 1_000, 2_000, 4_000];
const JITTER = 0.5;
const LEAST_JITTER_MS = 50;
/** Audio and video. */
const STREAMS_OF_A_PERSON = DEVICE_SOURCES.length;

/** As on the page. */
const ANSWER_PATIENCE_MS = 10_000;

/** How long the others may take to arrive on the new node before the client switches there anyway, in milliseconds. */
const SWAP_PATIENCE_MS = 5_000;

/** A time without a media path between two participants, by `performance.now()`. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** One signaling connection and the streams that it receives. */
class Line {
  readonly participant: ProtocolClient;
  readonly lost: Promise<void>;
  /** Owners of the consumers, by consumer id. */
  readonly streams = new Map<string, string | null>();
  joined = false;
  /** When the server last sent a packet. */
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

  /** Replaces the streams by those of this ack. */
  adopt({ consumers }: Pick<PrepareResult, 'consumers'>): void {
    this.streams.clear();
    for (const { consumerId, userId } of consumers) this.streams.set(consumerId, userId);
  }

  streamsOf(userId: string): number {
    return [...this.streams.values()].filter((owner) => owner === userId).length;
  }
}

/**
 * A participant without a browser who stays in a visit as the page does: reconnects with its delays, resumes or
 * prepares and joins again, renews lost media, and follows a migration. No packet flows: a media path exists when the
 * server has this participant's transports and streams, and reports consumers of both streams of the other one.
 */
export class ReconnectingClient {
  readonly userId: string;
  readonly sessionId: string;
  /** Outages that are over; the time before the other participant came is none. */
  readonly outages: Outage[] = [];
  /** Why the client was refused for good; null if it was not. */
  refused: VisitErrorCode | null = null;
  /** How often other participants were reported as left who had not left. */
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

  /** Joins the doctor or the patient of a visit of two. @throws {Refused} */
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

  /** Returns the longest outage since a time, including a current one, in milliseconds; 0 if there was none. */
  longestOutage(since = 0): number {
    const all = this.outages.filter(({ to }) => to > since).map(({ from, to }) => to - from);
    if (this.#lostAt !== null) all.push(performance.now() - this.#lostAt);
    return Math.max(0, ...all);
  }

  /** Leaves for good and tells the server. */
  async leave(): Promise<void> {
    this.#closed = true;
    await this.#line?.request('leave', {}).catch(() => undefined);
    this.#line?.participant.socket.disconnect();
    await this.#running;
  }

  /** Disconnects without telling the server. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#line?.participant.socket.disconnect();
    await this.#running;
  }

  /** Keeps a connection until the client closes. */
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

  /** Replaces a lost connection and restores everything on it. */
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

  /** @returns false if the server has nothing to resume */
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

  /**
   * Follows the visit to another server with a second connection, and drops the first once the second carries
   * everything.
   */
  async #follow(old: Line): Promise<void> {
    for (
      let attempt = 0;
      !this.#closed && this.#line === old && old.participant.socket.connected;
      attempt++
    ) {
      try {
        const line = await this.#connect();
        await this.#join(line);
        await until('the others have arrived, too', () => this.#carriesAll(line), SWAP_PATIENCE_MS).catch(
          () => undefined,
        );
        if (this.#line !== old) return;
        this.#line = line;
        this.#look();
        old.participant.socket.removeAllListeners('participant:left');
        await old.request('moved', {}).catch(() => undefined);
        // The server closes the old connection when it is no longer needed.
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

  /** Records when the path breaks and is restored. */
  #look(): void {
    if (!this.complete) this.#losing(performance.now());
    else {
      this.#everComplete = true;
      if (this.#lostAt !== null) this.outages.push({ from: this.#lostAt, to: performance.now() });
      this.#lostAt = null;
    }
  }
}
