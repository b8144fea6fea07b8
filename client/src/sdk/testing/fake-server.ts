import {
  CLIENT_MESSAGES,
  type Ack,
  type AckData,
  type AckError,
  type ChatMessage,
  type ClientMessage,
  type JoinResult,
  type ParticipantView,
  type ServerToClientEvents,
  type WaitingState,
} from '@televisit/shared/signaling';
import { testFakeParameters } from 'mediasoup-client';
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Server, type Socket } from 'socket.io';
import { FakeFiles } from './fake-files.ts';
import { chatMessage, joinResult, visitBootstrap } from './fakes.ts';

interface Received {
  readonly message: ClientMessage;
  readonly payload: Record<string, unknown>;
}

type Answers = {
  [M in ClientMessage]: (payload: Record<string, unknown>, connection?: number) => Ack<AckData[M]> | null;
};

const ok = <T>(data: T): Ack<T> => ({ ok: true, data });

/** A server that speaks the protocol over real HTTP and WebSocket, with answers that tests can change. */
export class FakeServer {
  readonly received: Received[] = [];
  readonly handshakes: unknown[] = [];
  /** The submitted feedback, as received. */
  readonly feedback: unknown[] = [];
  /** The refusal of the bootstrap; null for success. */
  problem: {
    status: number;
    code: string | null;
    opensAt?: string;
    closedAt?: string;
    retryAfter?: number;
  } | null = null;
  /** The refusal of feedback; null for 201. */
  feedbackProblem: { status: number; code: string } | null = null;
  /** How far this server's clock is ahead, in milliseconds. */
  clockOffset = 0;
  bootstrap = visitBootstrap();
  /** Answers requests about the meeting at another provider: `` for its state, `/open` and `/end`. */
  meeting: (path: string) => object = () => ({});
  /** The refusal of every handshake, if any. */
  refusal: AckError | null = null;
  /** The refusals of the next handshakes, one each, before `refusal` applies. */
  readonly refusals: AckError[] = [];
  /** Returns the answer to each message; null to send none. */
  readonly answers: Answers;
  others: readonly ParticipantView[] = [];
  /** The chat messages, oldest first; `chat:send` adds to them. */
  readonly chat: ChatMessage[] = [];
  readonly files = new FakeFiles();
  readonly #http: HttpServer;
  readonly #io: Server;
  /** The connection of each message, counted from 1. */
  readonly #over = new WeakMap<Received, number>();
  /** All connections so far, in order. */
  readonly #connections: Socket[] = [];
  #listeners: (() => void)[] = [];
  #ids = 0;

  static async start(): Promise<FakeServer> {
    const server = new FakeServer();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  private constructor() {
    this.answers = this.#defaultAnswers();
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#io = new Server(this.#http, { path: '/signaling', transports: ['websocket', 'polling'] });
    this.#listen();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get sockets(): readonly Socket[] {
    return [...this.#io.sockets.sockets.values()];
  }

  /** Returns the payloads of a message; with a number, over that connection only. */
  messages(message: ClientMessage, connection?: number): Record<string, unknown>[] {
    return this.received
      .filter((one) => one.message === message)
      .filter((one) => connection === undefined || this.#over.get(one) === connection)
      .map(({ payload }) => payload);
  }

  /** Returns a connection by its number, counted from 1. */
  connection(number: number): Socket {
    const socket = this.#connections[number - 1];
    if (!socket) throw new Error(`there was no connection ${number}`);
    return socket;
  }

  /** Resolves when a message has arrived this many times over a connection. */
  async untilOver(connection: number, message: ClientMessage, count = 1): Promise<void> {
    while (this.messages(message, connection).length < count) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  /** Sends an event over one connection only. */
  tellOver<E extends keyof ServerToClientEvents>(
    connection: number,
    event: E,
    ...payload: Parameters<ServerToClientEvents[E]>
  ): void {
    this.connection(connection).emit(event, ...(payload as unknown[]));
  }

  /** Resolves when a message has arrived this many times. */
  async until(message: ClientMessage, count = 1): Promise<void> {
    while (this.messages(message).length < count) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  /** Resolves when this many handshakes have arrived. */
  async untilHandshakes(count: number): Promise<void> {
    while (this.handshakes.length < count) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  tell<E extends keyof ServerToClientEvents>(
    event: E,
    ...payload: Parameters<ServerToClientEvents[E]>
  ): void {
    this.#io.emit(event, ...(payload as unknown[]));
  }

  /** Returns the current result of a join. */
  joinResult(change: Partial<JoinResult> = {}): JoinResult {
    return joinResult({ participants: this.others, chat: [...this.chat], ...change });
  }

  /** Makes every join lead to the waiting room. */
  sendToWaitingRoom(change: Partial<WaitingState> = {}): void {
    const waiting = {
      since: '2026-01-01T09:55:00.000Z',
      hostPresent: false,
      needsAdmission: false,
      ...change,
    };
    this.answers.join = () => ok({ status: 'waiting', waiting });
  }

  /** Makes every join lead into the call. */
  letIn(change: Partial<JoinResult> = {}): void {
    this.answers.join = () => ok({ status: 'joined', result: this.joinResult(change) });
  }

  /** Cuts every connection as a network failure does. */
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
    } else if (request.url?.startsWith('/api/v1/visits/sess_1/files')) {
      await this.files.answer(request, response);
    } else if (request.url?.startsWith('/api/v1/visits/sess_1/meeting')) {
      const path = request.url.slice('/api/v1/visits/sess_1/meeting'.length);
      response.end(JSON.stringify(this.meeting(path)));
    } else if (this.problem?.code === null) {
      response.writeHead(this.problem.status).end('a proxy speaks');
    } else if (this.problem) {
      if (this.problem.retryAfter !== undefined) response.setHeader('Retry-After', this.problem.retryAfter);
      refuse(this.problem.status, this.problem);
    } else {
      response.end(JSON.stringify(this.bootstrap));
    }
  }

  #listen(): void {
    this.#io.use((socket, next) => {
      this.handshakes.push(socket.handshake.auth);
      this.#wake();
      const refusal = this.refusals.shift() ?? this.refusal;
      if (refusal) next(Object.assign(new Error(refusal.message), { data: refusal }));
      else next();
    });
    this.#io.on('connection', (socket) => {
      const connection = this.#connections.push(socket);
      socket.onAny(
        (message: ClientMessage, payload: Record<string, unknown>, ack?: (answer: unknown) => void) => {
          const answer = this.answers[message](payload, connection);
          const one = { message, payload };
          this.#over.set(one, connection);
          this.received.push(one);
          this.#wake();
          if (answer) ack?.(answer);
          if (answer && message === 'leave') socket.disconnect(true);
        },
      );
    });
  }

  #wake(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  #transport() {
    const { iceParameters, iceCandidates, dtlsParameters } =
      testFakeParameters.generateTransportRemoteParameters();
    return { id: `transport-${++this.#ids}`, iceParameters, iceCandidates, dtlsParameters };
  }

  /** Stores a message of `me` and sends it to all; a repeated message is the first one again. */
  #say({ clientId, text, fileId }: Record<string, unknown>): ChatMessage {
    const known = this.chat.find((message) => message.clientId === clientId);
    if (known) return known;
    const message = chatMessage(this.chat.length + 1, 'me', {
      clientId: String(clientId),
      text: typeof text === 'string' ? text : null,
      file: typeof fileId === 'string' ? this.files.of(fileId) : null,
    });
    this.chat.push(message);
    this.tell('chat:message', message);
    return message;
  }

  #defaultAnswers(): Answers {
    const accepted = Object.fromEntries(
      Object.keys(CLIENT_MESSAGES).map((message) => [message, () => ok(null)]),
    );
    return {
      ...(accepted as unknown as Answers),
      prepare: () =>
        ok({ sendTransport: this.#transport(), receiveTransport: this.#transport(), consumers: [] }),
      'transport:restart-ice': () =>
        ok({ iceParameters: testFakeParameters.generateTransportRemoteParameters().iceParameters }),
      'producer:create': () => ok({ producerId: `producer-${++this.#ids}` }),
      join: () => ok({ status: 'joined', result: this.joinResult() }),
      resume: () => ok({ status: 'gone' }),
      'probe:open': () => ({ ok: false, error: { code: 'media_unavailable', message: 'no media here' } }),
      'chat:send': (payload) => ok(this.#say(payload)),
    };
  }
}
