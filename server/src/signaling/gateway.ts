import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server as HttpServer } from 'node:http';
import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import {
  handshakeAuth,
  type ClientToServerEvents,
  type ServerToClientEvents,
} from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import { Server, type ServerOptions } from 'socket.io';
import type { ClientAddresses } from '../access/client-address.ts';
import type { JoinClaims, JoinTokens } from '../access/join-token.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Clock } from '../core/clock.ts';
import type { RecentTraces } from '../core/recent-traces.ts';
import {
  REQUEST_ID_HEADER,
  TRACEPARENT_HEADER,
  validRequestId,
  withRequestId,
} from '../core/request-context.ts';
import { every, type Loop } from '../core/timing.ts';
import type { Tracer } from '../core/tracer.ts';
import { seatOf, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { Rooms } from '../room/rooms.ts';
import { Connection, type PeerEvents, type SocketData, type VisitSocket } from './connection.ts';
import { dispatch, refusalOf, type Attachment, type MessageObserver } from './dispatch.ts';
import { JoinTrace } from './join-trace.ts';
import { SocketGuard, type EngineSocket } from './socket-guard.ts';

export interface GatewayOptions {
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly tokens: JoinTokens;
  readonly limits: RateLimits;
  readonly addresses: ClientAddresses;
  readonly clock: Clock;
  /** The configured address of the page. */
  readonly clientBaseUrl: () => string;
  /** Returns a new id of a connection. */
  readonly connectionId: () => string;
  /** Returns a new id of a request. */
  readonly requestId: () => string;
  /** Whether this process runs the SFU node. */
  readonly isHere: (nodeId: string) => boolean;
  readonly logger: Logger;
  readonly tracer: Tracer;
  /** The spans in which pages were loaded. */
  readonly recentTraces: RecentTraces;
  readonly observer?: SignalingObserver | undefined;
  /** Called if a person is refused whose link was issued here; undefined if nothing is recorded. */
  readonly onRefused?: RefusalListener | undefined;
  /** Reaches the Socket.IO servers of the other processes; undefined if there are none. */
  readonly adapter?: ServerOptions['adapter'] | undefined;
}

/** Called with the step at which a person who wanted to join was refused. */
export type RefusalListener = (
  stage: 'connection' | 'join',
  person: Pick<JoinClaims, 'sid' | 'sub'>,
  error: unknown,
) => void;

/** Is told of connections and messages, to measure them. */
export interface SignalingObserver extends MessageObserver {
  /** @param code of the error; null if the connection was accepted */
  connection(code: ErrorCode | null): void;
}

/** A fresh token goes out this long before the old one expires, in milliseconds. */
const TOKEN_REFRESH_MS = 5 * 60_000;

/** The interval at which the remaining lifetime of a token is checked, in milliseconds. */
const TOKEN_CHECK_MS = 15_000;

/** A larger frame cuts the socket; a smaller one that is over the 64 kB of a message is answered with an error. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** The Socket.IO server: decides which clients may connect, and brings their messages to the rooms. */
export class SignalingGateway {
  readonly #options: GatewayOptions;
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents, PeerEvents, SocketData>;
  readonly #guard: SocketGuard;

  constructor(httpServer: HttpServer, options: GatewayOptions) {
    this.#options = options;
    const requestListeners = httpServer.listeners('request') as RequestListener[];
    this.#io = new Server(httpServer, {
      path: SIGNALING_PATH,
      // Networks that let no WebSocket through get HTTP long polling.
      transports: ['websocket', 'polling'],
      httpCompression: false,
      serveClient: false,
      // A half-open socket is noticed within the sum of both.
      pingInterval: 3000,
      pingTimeout: 4000,
      connectTimeout: 10_000,
      maxHttpBufferSize: MAX_FRAME_BYTES,
      ...(options.adapter ? { adapter: options.adapter } : {}),
      // WebSockets ignore CORS, so the origin is checked here. Programs other than browsers send none.
      allowRequest: ({ headers }, decide) => decide(null, isOwnOrigin(headers, options.clientBaseUrl())),
    });
    this.#io.engine.generateId = options.connectionId;
    const engine = this.#io.engine as unknown as { readonly handleRequest: RequestListener };
    // Socket.IO would answer all other requests to its path, too, in its own way.
    httpServer.removeAllListeners('request');
    httpServer.on('request', (request, response) => {
      if (isPolling(request)) engine.handleRequest(request, response);
      else for (const listener of requestListeners) listener(request, response);
    });
    this.#guard = new SocketGuard(options);
    this.#io.engine.on('connection', (conn: EngineSocket) => this.#guard.watch(conn));
    this.#io.engine.on('initial_headers', (headers: Record<string, string>, request: IncomingMessage) => {
      headers['X-Request-Id'] = this.#requestIdOf(request.headers);
    });
    this.#io.use((socket, next) => {
      withRequestId(this.#requestIdOf(socket.handshake.headers), () => {
        const trace = this.#traceOf(socket);
        socket.data.trace = trace;
        return trace.step('handshake', () => this.#admit(socket));
      }).then(
        () => {
          options.observer?.connection(null);
          next();
        },
        (error: unknown) => {
          const { token } = socket.handshake.auth as { token?: unknown };
          const person = tokenOf(options, token);
          if (person) options.onRefused?.('connection', person, error);
          next(this.#refusal(error, socket.data.trace));
        },
      );
    });
    this.#io.on('connection', (socket) => {
      const id = this.#requestIdOf(socket.handshake.headers);
      withRequestId(id, () => this.#connected(socket, (work) => withRequestId(id, work)));
    });
  }

  /** A channel to the gateways of the other processes. */
  get peers() {
    return {
      send: (message: object) => void this.#io.serverSideEmit('peer:message', message),
      onMessage: (listener: (message: unknown) => void) => void this.#io.on('peer:message', listener),
    };
  }

  /** Closes all rooms, then the sockets; the connections of the HTTP server too, as Socket.IO does. Idempotent. */
  async close(): Promise<void> {
    await this.#options.rooms.close('server_shutdown');
    await this.#io.close();
  }

  async #admit(socket: VisitSocket): Promise<void> {
    const { tokens, limits, addresses } = this.#options;
    await limits.address(addresses.of(socket.request));
    const auth = handshakeAuth.safeParse(socket.handshake.auth);
    if (!auth.success) throw new TelevisitError('token_missing');
    const { token, sessionId } = auth.data;
    const claims = tokens.verify(token, sessionId);
    await limits.person(sessionId, claims.sub);
    socket.data.claims = claims;
    await this.#requireAdmitted(claims);
    this.#guard.admitted(socket.conn);
  }

  /**
   * Returns the session if this person may enter it now. If the store is unavailable while the session has a room here,
   * that room's state decides.
   * @throws {TelevisitError} `wrong_node`, and as `Sessions.admit`
   */
  async #requireAdmitted(claims: JoinClaims): Promise<Session> {
    const { sessions, rooms } = this.#options;
    try {
      return this.#requireHere(await sessions.admit(claims.sid, claims));
    } catch (error) {
      const away = error instanceof TelevisitError && error.code === 'store_unavailable';
      const room = away ? await rooms.find(claims.sid) : undefined;
      if (!room) throw error;
      sessions.requireEntry(room.session, claims);
      return room.session;
    }
  }

  /**
   * @throws {TelevisitError} `wrong_node` if another process has the session: a new connection leads there;
   * `meeting_elsewhere` if another provider carries the visit
   */
  #requireHere(session: Session): Session {
    if (session.provider !== 'sfu') throw new TelevisitError('meeting_elsewhere');
    if (!this.#options.isHere(session.placement.nodeId)) throw new TelevisitError('wrong_node');
    return session;
  }

  /** Returns the spans of a connection: a part of what forwarded it here, or of the page's load on this server. */
  #traceOf({ handshake, request }: VisitSocket): JoinTrace {
    const { tracer, clock, addresses, recentTraces } = this.#options;
    const isForwarded = addresses.forwardedFor(request) !== undefined;
    const forwarded = isForwarded ? request.headers[TRACEPARENT_HEADER] : undefined;
    const auth = handshakeAuth.safeParse(handshake.auth);
    const loaded = auth.success && tracer.enabled ? recentTraces.find(auth.data.token) : null;
    return new JoinTrace({ tracer, clock, parent: typeof forwarded === 'string' ? forwarded : loaded });
  }

  #refusal(error: unknown, trace: JoinTrace): Error {
    const known =
      error instanceof TelevisitError ? error : new TelevisitError('internal_error', { cause: error });
    trace.refused(known.code);
    this.#options.observer?.connection(known.code);
    if (known.code === 'internal_error') this.#options.logger.error({ err: error }, 'handshake failed');
    return Object.assign(new Error(known.code), { data: refusalOf(known) });
  }

  /** Returns the id of the request that opened a connection, which its headers have from now on. */
  #requestIdOf(headers: IncomingHttpHeaders): string {
    const id = validRequestId(headers[REQUEST_ID_HEADER]) ?? this.#options.requestId();
    headers[REQUEST_ID_HEADER] = id;
    return id;
  }

  /** @param within runs a listener as part of the request that opened the connection */
  #connected(socket: VisitSocket, within: (work: () => void) => void): void {
    const { logger, clock, observer, onRefused } = this.#options;
    const connection = new Connection(socket, clock);
    const { trace } = connection;
    trace.entered(connection.claims.sid);
    const bound = logger.child({ sessionId: connection.claims.sid, connection: socket.id });
    bound.info({ role: connection.claims.role }, 'connected');
    let attachment: Attachment | undefined;
    connection.queue
      .push(async () => {
        attachment = await trace.step('room open', () => this.#enter(connection));
      }, 'enter')
      .catch((error: unknown) => {
        if (connection.closed) return;
        bound.error({ err: error }, 'failed to enter the room');
        connection.drop();
      });
    socket.onAny((event: string, ...args: unknown[]) => {
      within(
        () =>
          void dispatch(connection, () => attachment, event, args, { logger: bound, observer, onRefused }),
      );
    });
    const refreshing = this.#refreshTokens(connection);
    socket.once('disconnect', (cause) => {
      within(() => {
        void refreshing.stop();
        trace.end();
        bound.info({ cause }, 'disconnected');
        connection.queue.stop();
        attachment?.room.disconnected(connection, leaveReason(cause));
      });
    });
  }

  /** Returns undefined if the socket dropped meanwhile. */
  async #enter(connection: Connection): Promise<Attachment | undefined> {
    const { rooms } = this.#options;
    const room = await rooms.open(await this.#requireAdmitted(connection.claims));
    if (connection.closed) {
      room.closeIfEmpty();
      return undefined;
    }
    // The room may have emptied, and closed, while it was awaited.
    if (room.closed) return this.#enter(connection);
    return { room, member: room.attach(connection) };
  }

  /** Sends a fresh token before the last one expires, until the loop is stopped. */
  #refreshTokens(connection: Connection): Loop {
    const { clock, logger } = this.#options;
    let expiresAt = connection.claims.exp * 1000;
    const refresh = async () => {
      const { sessions, tokens } = this.#options;
      const { claims } = connection;
      const seat = seatOf(await sessions.admit(claims.sid, claims), claims.sub);
      if (!seat || connection.closed) return;
      const fresh = tokens.issue(claims.sid, seat);
      expiresAt = clock.now() + fresh.expiresIn * 1000;
      connection.emit('token:refreshed', fresh);
    };
    const onError = (error: unknown) => {
      if (!connection.closed) logger.warn({ err: error }, 'failed to refresh a token');
    };
    const refreshIfDue = () => (clock.now() < expiresAt - TOKEN_REFRESH_MS ? undefined : refresh());
    return every(clock, TOKEN_CHECK_MS, refreshIfDue, onError, { immediately: true });
  }
}

/** Returns the person of a token that was issued here, if refusals are recorded. */
function tokenOf(
  { tokens, onRefused }: GatewayOptions,
  token: unknown,
): Pick<JoinClaims, 'sid' | 'sub'> | null {
  return onRefused && typeof token === 'string' ? tokens.issuedTo(token) : null;
}

/** Returns whether a handshake comes from the server's own page, or from no page at all. */
function isOwnOrigin({ origin, host }: IncomingHttpHeaders, clientBaseUrl: string): boolean {
  if (origin === undefined || origin === new URL(clientBaseUrl).origin) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** A client that disconnects on purpose has left; a socket that just ends may come back. */
function leaveReason(cause: string): 'left' | 'connection_lost' {
  const isOnPurpose = cause === 'client namespace disconnect' || cause === 'server namespace disconnect';
  return isOnPurpose ? 'left' : 'connection_lost';
}

/** Returns whether a request belongs to a connection that uses long polling. */
function isPolling({ url = '' }: IncomingMessage): boolean {
  if (!url.startsWith(SIGNALING_PATH)) return false;
  return new URL(url, 'http://localhost').searchParams.get('transport') === 'polling';
}
