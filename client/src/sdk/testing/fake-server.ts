import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { VisitBootstrap } from '@televisit/shared/api';
import type {
  Ack,
  AckData,
  AckError,
  ClientMessage,
  ParticipantView,
  ServerToClientEvents,
} from '@televisit/shared/signaling';
import { testFakeParameters } from 'mediasoup-client';
import { Server, type Socket } from 'socket.io';
import { person } from './fakes.ts';

interface Received {
  readonly message: ClientMessage;
  readonly payload: Record<string, unknown>;
}

type Answers = { [M in ClientMessage]: (payload: Record<string, unknown>) => Ack<AckData[M]> | null };

const ok = <T>(data: T): Ack<T> => ({ ok: true, data });

/** A server that speaks the protocol over real HTTP and WebSocket, with answers that a test can change. */
export class FakeServer {
  readonly received: Received[] = [];
  readonly handshakes: unknown[] = [];
  /** What was handed in, as it came. */
  readonly feedback: unknown[] = [];
  /** What the bootstrap answers; an error instead where `problem` is set. */
  problem: { status: number; code: string | null; opensAt?: string; closedAt?: string } | null = null;
  /** What handing in feedback answers; 201 where it is null. */
  feedbackProblem: { status: number; code: string } | null = null;
  /** How far this server's clock is ahead of the true time, in milliseconds. */
  clockOffset = 0;
  bootstrap: VisitBootstrap;
  /** What a handshake is refused with. */
  refusal: AckError | null = null;
  /** Null as an answer means that none is given. */
  readonly answers: Answers;
  others: readonly ParticipantView[] = [];
  readonly #http: HttpServer;
  readonly #io: Server;
  #listeners: (() => void)[] = [];
  #ids = 0;

  static async start(): Promise<FakeServer> {
    const server = new FakeServer();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  private constructor() {
    this.bootstrap = {
      session: {
        sessionId: 'sess_1',
        roomName: 'room_sess_1',
        sfuNodeId: 'sfu-1',
        title: null,
        scheduledAt: '2026-01-01T10:00:00.000Z',
        durationMinutes: 30,
        closesAt: '2026-01-01T11:00:00.000Z',
        options: {
          waitingRoom: 'off',
          chat: true,
          screenShare: true,
          recording: false,
          maxParticipants: 25,
          language: null,
        },
      },
      self: {
        userId: 'me',
        role: 'doctor',
        displayName: null,
        permissions: ['publish', 'subscribe', 'end_session'],
      },
      iceServers: [],
      rtpCapabilities: testFakeParameters.generateRouterRtpCapabilities(),
      opusDtx: false,
    };
    this.answers = this.#defaultAnswers();
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#io = new Server(this.#http, { path: '/signaling', transports: ['websocket'] });
    this.#listen();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get sockets(): readonly Socket[] {
    return [...this.#io.sockets.sockets.values()];
  }

  messages(message: ClientMessage): Record<string, unknown>[] {
    return this.received.filter((one) => one.message === message).map(({ payload }) => payload);
  }

  /** Resolves when this many of a message have arrived. */
  async until(message: ClientMessage, count = 1): Promise<void> {
    while (this.messages(message).length < count) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  tell<E extends keyof ServerToClientEvents>(
    event: E,
    ...payload: Parameters<ServerToClientEvents[E]>
  ): void {
    this.#io.emit(event, ...(payload as unknown[]));
  }

  /** Cuts every connection, as a network does. */
  cut(): void {
    for (const socket of this.sockets) socket.conn.close();
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Date', new Date(Date.now() + this.clockOffset).toUTCString());
    const refuse = (status: number, problem: object) =>
      response.writeHead(status).end(JSON.stringify(problem));
    if (!request.headers.authorization?.startsWith('Bearer ')) {
      refuse(401, { code: 'token_missing' });
    } else if (request.method === 'POST' && request.url === '/api/v1/visits/sess_1/feedback') {
      this.feedback.push(await json(request));
      if (this.feedbackProblem) refuse(this.feedbackProblem.status, this.feedbackProblem);
      else response.writeHead(201).end('{}');
    } else if (this.problem?.code === null) {
      response.writeHead(this.problem.status).end('a proxy speaks');
    } else if (this.problem) {
      refuse(this.problem.status, this.problem);
    } else {
      response.end(JSON.stringify(this.bootstrap));
    }
  }

  #listen(): void {
    this.#io.use((socket, next) => {
      this.handshakes.push(socket.handshake.auth);
      if (!this.refusal) {
        next();
        return;
      }
      next(Object.assign(new Error(this.refusal.message), { data: this.refusal }));
    });
    this.#io.on('connection', (socket) => {
      socket.onAny(
        (message: ClientMessage, payload: Record<string, unknown>, ack?: (answer: unknown) => void) => {
          const answer = this.answers[message](payload);
          this.received.push({ message, payload });
          const listeners = this.#listeners;
          this.#listeners = [];
          for (const listener of listeners) listener();
          if (answer) ack?.(answer);
        },
      );
    });
  }

  #transport() {
    const { iceParameters, iceCandidates, dtlsParameters } =
      testFakeParameters.generateTransportRemoteParameters();
    return { id: `transport-${++this.#ids}`, iceParameters, iceCandidates, dtlsParameters };
  }

  #defaultAnswers(): Answers {
    return {
      prepare: () =>
        ok({ sendTransport: this.#transport(), receiveTransport: this.#transport(), consumers: [] }),
      'transport:connect': () => ok(null),
      'producer:create': () => ok({ producerId: `producer-${++this.#ids}` }),
      'producer:close': () => ok(null),
      'producer:pause': () => ok(null),
      'producer:resume': () => ok(null),
      'consumer:ready': () => ok(null),
      join: () =>
        ok({
          self: person('me', { role: 'doctor' }),
          participants: this.others,
          consumers: [],
          startedAt: '2026-01-01T10:00:00.000Z',
        }),
      leave: () => ok(null),
      'session:end': () => ok(null),
    };
  }
}
