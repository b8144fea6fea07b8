import { randomInt, randomUUID } from 'node:crypto';
import {
  DEVICE_SOURCES,
  SIGNALING_PATH,
  type DeviceSource,
  type Source,
  type Role,
} from '@televisit/shared/vocabulary';
import {
  type Ack,
  type AckData,
  type AckError,
  type ClientMessage,
  type ClientToServerEvents,
  type JoinOutcome,
  type JoinResult,
  type Payload,
  type PrepareResult,
  type ServerToClientEvents,
  type WaitingState,
} from '@televisit/shared/signaling';
import { type VisitBootstrap } from '@televisit/shared/api';
import { io, type Socket } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { tokenOf, type Backend } from './backend.ts';

/** A refusal, from an ack or the handshake. */
export class Refused extends Error {
  readonly code: string;
  readonly retryAfter: number | undefined;

  constructor({ code, message, retryAfter }: AckError) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

type Event = {
  [E in keyof ServerToClientEvents]: [E, ...Parameters<ServerToClientEvents[E]>];
}[keyof ServerToClientEvents];

/** A server, or its address. */
type Reachable = { readonly url: string } | string;

/** A participant without a browser: real signaling, real transports on the server, no media packets. */
export class ProtocolClient {
  readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  /** Every event received, in order. */
  readonly events: Event[] = [];
  prepared: PrepareResult | undefined;
  /** How long an ack may take, in milliseconds. */
  patience = 5_000;
  /** The secret by which the server recognizes this page. */
  device: string = randomUUID();
  /** Sources that the participant sends; none for an observer. */
  #devices: readonly DeviceSource[] = [];
  readonly #url: string;
  readonly #token: string;
  readonly #sessionId: string;

  private constructor(url: string, token: string, sessionId: string, transport: 'websocket' | 'polling') {
    this.#url = url;
    this.#token = token;
    this.#sessionId = sessionId;
    this.socket = io(url, {
      path: SIGNALING_PATH,
      transports: [transport],
      auth: { token, sessionId },
      query: { session: sessionId },
      forceNew: true,
      reconnection: false,
      // As on the page.
      timeout: 8_000,
      autoConnect: false,
    });
    this.socket.onAny((...event: unknown[]) => this.events.push(event as Event));
  }

  /** Opens a link up to the signaling connection. @throws {Refused} */
  static async connect(
    server: Reachable,
    joinUrl: string,
    transport: 'websocket' | 'polling' = 'websocket',
  ): Promise<ProtocolClient> {
    const sessionId = new URL(joinUrl).pathname.split('/').at(-1) ?? '';
    return ProtocolClient.connectWith(server, tokenOf(joinUrl), sessionId, transport);
  }

  /** @throws {Refused} */
  static async connectWith(
    server: Reachable,
    token: string,
    sessionId: string,
    transport: 'websocket' | 'polling' = 'websocket',
  ): Promise<ProtocolClient> {
    const participant = new ProtocolClient(
      typeof server === 'string' ? server : server.url,
      token,
      sessionId,
      transport,
    );
    await new Promise<void>((resolve, reject) => {
      participant.socket.once('connect', resolve);
      participant.socket.once('connect_error', (error) => {
        const { data } = error as { data?: AckError };
        reject(data ? new Refused(data) : error);
      });
      // A connection that is cut before the handshake ends is only reported as disconnected.
      participant.socket.once('disconnect', (reason) =>
        reject(new Error(`The connection ended: ${reason}.`)),
      );
      participant.socket.connect();
    });
    return participant;
  }

  /** Connects with the seat's own link; disconnects after the test. */
  static async open(
    server: Backend,
    sessionId: string,
    role: Role,
    userId: string = role,
  ): Promise<ProtocolClient> {
    const link = await server.joinUrl(sessionId, role, userId);
    const participant = await ProtocolClient.connect(server, link);
    onTestFinished(() => void participant.socket.disconnect());
    return participant;
  }

  /**
   * Connects with the seat's own link, prepares and joins with a microphone and a camera; disconnects after the test.
   */
  static async join(
    server: Backend,
    sessionId: string,
    role: Role,
    userId: string = role,
  ): Promise<ProtocolClient> {
    const participant = await ProtocolClient.open(server, sessionId, role, userId);
    await participant.enter();
    return participant;
  }

  /**
   * Connects with the seat's own link and waits in the waiting room with both devices ready; disconnects after the
   * test.
   */
  static async wait(
    server: Backend,
    sessionId: string,
    role: Role,
    userId: string = role,
  ): Promise<ProtocolClient> {
    const participant = await ProtocolClient.open(server, sessionId, role, userId);
    await participant.waitToEnter();
    return participant;
  }

  /**
   * Prepares, sends a microphone and a camera if the role may, and joins with both on. @throws {Error} if the
   * participant must wait
   */
  async enter(): Promise<JoinResult> {
    return joined(await this.ask());
  }

  /** Prepares and joins as `enter` does. @throws {Error} if the participant enters at once */
  async waitToEnter(): Promise<WaitingState> {
    const outcome = await this.ask();
    if (outcome.status === 'joined') throw new Error(`${outcome.result.self.userId} was let in at once.`);
    return outcome.waiting;
  }

  /** Prepares, if necessary, sends a microphone and a camera, and asks to enter with both on. */
  async ask(): Promise<JoinOutcome> {
    if (!this.prepared) {
      await this.prepare();
      await Promise.all(this.#devices.map((source) => this.produce(source)));
    }
    return this.request('join', { live: [...this.#devices], device: this.device });
  }

  /** Joins a prepared connection. @throws {Error} if the participant must wait */
  async joinLive(live: DeviceSource[]): Promise<JoinResult> {
    return joined(await this.request('join', { live, device: this.device }));
  }

  /** Breaks the connection as a network does, without a goodbye. */
  drop(): void {
    this.socket.io.engine.close();
  }

  async prepare(): Promise<PrepareResult> {
    const { rtpCapabilities, self } = await this.bootstrap();
    this.#devices = self.permissions.includes('publish') ? DEVICE_SOURCES : [];
    this.prepared = await this.request('prepare', {
      rtpCapabilities: rtpCapabilities as Record<string, unknown>,
    });
    return this.prepared;
  }

  async bootstrap(): Promise<VisitBootstrap> {
    const headers = { Authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.#url}/api/v1/visits/${this.#sessionId}`, { headers });
    return (await response.json()) as VisitBootstrap;
  }

  async produce(source: Source, paused = true): Promise<string> {
    const transportId = this.prepared?.sendTransport.id ?? '';
    const rtpParameters =
      source === 'microphone' || source === 'screenAudio' ? opusParameters() : vp8Parameters();
    return (await this.request('producer:create', { transportId, source, rtpParameters, paused })).producerId;
  }

  /** @throws {Refused} */
  async request<M extends ClientMessage>(message: M, payload: Payload<M>): Promise<AckData[M]> {
    return (await this.send(message, payload)) as AckData[M];
  }

  /** Sends any message with any payload, as a malicious client does. @throws {Refused} */
  async send(message: string, ...payload: unknown[]): Promise<unknown> {
    const emitter = this.socket.timeout(this.patience) as unknown as {
      emitWithAck(event: string, ...args: unknown[]): Promise<Ack<unknown>>;
    };
    const ack = await emitter.emitWithAck(message, ...payload);
    if (!ack.ok) throw new Refused(ack.error);
    return ack.data;
  }

  /** Returns the payloads of one event so far. */
  received<E extends keyof ServerToClientEvents>(event: E): Parameters<ServerToClientEvents[E]>[0][] {
    type Payloads = Parameters<ServerToClientEvents[E]>[0][];
    return this.events.filter(([name]) => name === event).map(([, payload]) => payload) as Payloads;
  }
}

function joined(outcome: JoinOutcome): JoinResult {
  if (outcome.status === 'joined') return outcome.result;
  throw new Error(`The participant must wait: ${JSON.stringify(outcome.waiting)}.`);
}

function opusParameters(): Record<string, unknown> {
  return {
    mid: String(randomInt(1, 0xffffff)),
    codecs: [
      {
        mimeType: 'audio/opus',
        payloadType: 111,
        clockRate: 48000,
        channels: 2,
        parameters: { useinbandfec: 1 },
        rtcpFeedback: [{ type: 'transport-cc', parameter: '' }],
      },
    ],
    headerExtensions: [],
    encodings: [{ ssrc: randomInt(1, 0xffffffff) }],
    rtcp: { cname: 'headless' },
  };
}

function vp8Parameters(): Record<string, unknown> {
  const encoding = (scaleResolutionDownBy: number) => ({
    ssrc: randomInt(1, 0xffffffff),
    rtx: { ssrc: randomInt(1, 0xffffffff) },
    scalabilityMode: 'L1T3',
    scaleResolutionDownBy,
  });
  return {
    mid: String(randomInt(1, 0xffffff)),
    codecs: [
      {
        mimeType: 'video/VP8',
        payloadType: 96,
        clockRate: 90000,
        rtcpFeedback: [
          { type: 'nack', parameter: '' },
          { type: 'nack', parameter: 'pli' },
          { type: 'goog-remb', parameter: '' },
        ],
      },
      { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
    ],
    headerExtensions: [],
    encodings: [encoding(4), encoding(2), encoding(1)],
    rtcp: { cname: 'headless' },
  };
}
