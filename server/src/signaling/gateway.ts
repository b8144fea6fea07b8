import type { Server as HttpServer } from 'node:http';
import { TelevisitError } from '@televisit/shared/errors';
import { SIGNALING_PATH, type LeaveReason } from '@televisit/shared/vocabulary';
import {
  handshakeAuth,
  type ClientToServerEvents,
  type ServerToClientEvents,
} from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import { Server, type ServerOptions } from 'socket.io';
import type { JoinTokens } from '../access/join-token.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Clock } from '../domain/clock.ts';
import { seatOf, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { Connection, type PeerEvents, type SocketData, type VisitSocket } from './connection.ts';
import { dispatch } from './dispatch.ts';
import { refusalOf } from './refusal.ts';
import type { Rooms } from './rooms.ts';

export interface GatewayOptions {
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly tokens: JoinTokens;
  readonly limits: RateLimits;
  readonly clock: Clock;
  /** Whether a page from this origin may connect; `host` is the address that the browser used. */
  readonly allowOrigin: (origin: string, host: string | undefined) => boolean;
  /** Whether this process runs an SFU node. */
  readonly isHere: (nodeId: string) => boolean;
  readonly logger: Logger;
  /** Reaches the Socket.IO servers of other processes; none where this is the only one. */
  readonly adapter?: ServerOptions['adapter'] | undefined;
}

/** A fresh token goes out this long before the old one expires, in milliseconds. */
const TOKEN_REFRESH_MS = 5 * 60_000;

/** How soon a refresh that failed is tried again, in milliseconds. */
const TOKEN_RETRY_MS = 15_000;

/** What a client may send at most before the socket is cut; under that, a message over 64 kB is answered instead. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** The Socket.IO server: who may connect, and where their messages go. */
export class SignalingGateway {
  readonly #options: GatewayOptions;
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents, PeerEvents, SocketData>;

  constructor(httpServer: HttpServer, options: GatewayOptions) {
    this.#options = options;
    this.#io = new Server(httpServer, {
      path: SIGNALING_PATH,
      transports: ['websocket'],
      serveClient: false,
      // A half-open socket is found within their sum.
      pingInterval: 3000,
      pingTimeout: 4000,
      connectTimeout: 10_000,
      maxHttpBufferSize: MAX_FRAME_BYTES,
      ...(options.adapter ? { adapter: options.adapter } : {}),
      // WebSockets ignore CORS, so the origin is checked here. Programs that are no browser send none.
      allowRequest: ({ headers }, decide) =>
        decide(null, headers.origin === undefined || options.allowOrigin(headers.origin, headers.host)),
    });
    this.#io.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => next(this.#refusal(error)),
      );
    });
    this.#io.on('connection', (socket) => this.#connected(socket));
  }

  /** The gateways of the other processes. */
  get peers() {
    return {
      send: (message: object) => void this.#io.serverSideEmit('peer:message', message),
      onMessage: (listener: (message: unknown) => void) => void this.#io.on('peer:message', listener),
    };
  }

  /** Idempotent. Closes the HTTP server's connections too, as Socket.IO does. */
  async close(): Promise<void> {
    await this.#options.rooms.close('server_shutdown');
    await this.#io.close();
  }

  async #admit(socket: VisitSocket): Promise<void> {
    const { tokens, limits } = this.#options;
    const auth = handshakeAuth.safeParse(socket.handshake.auth);
    if (!auth.success) throw new TelevisitError('token_missing');
    const { token, sessionId } = auth.data;
    const claims = tokens.verify(token, sessionId);
    await limits.person(sessionId, claims.sub);
    socket.data.claims = claims;
    await this.#requireAdmitted(sessionId, claims.sub);
  }

  /**
   * The session that this person may enter now; where the database is away and the visit is under way, as it was last
   * known here.
   * @throws TelevisitError `wrong_node`, and as `Sessions.admit`
   */
  async #requireAdmitted(sessionId: string, userId: string): Promise<Session> {
    const { sessions, rooms } = this.#options;
    try {
      return this.#requireHere(await sessions.admit(sessionId, userId));
    } catch (error) {
      const away = error instanceof TelevisitError && error.code === 'store_unavailable';
      const room = away ? await rooms.find(sessionId) : undefined;
      if (!room) throw error;
      sessions.requireEntry(room.rules.session, userId);
      return room.rules.session;
    }
  }

  /** @throws TelevisitError `wrong_node` where another process has the session: a new connection leads there */
  #requireHere(session: Session): Session {
    if (!this.#options.isHere(session.placement.nodeId)) throw new TelevisitError('wrong_node');
    return session;
  }

  #refusal(error: unknown): Error {
    const known =
      error instanceof TelevisitError ? error : new TelevisitError('internal_error', { cause: error });
    if (known.code === 'internal_error') this.#options.logger.error({ err: error }, 'handshake failed');
    return Object.assign(new Error(known.code), { data: refusalOf(known) });
  }

  #connected(socket: VisitSocket): void {
    const { logger, clock } = this.#options;
    const connection = new Connection(socket, clock);
    const bound = logger.child({ sessionId: connection.claims.sid, connection: socket.id });
    bound.info({ role: connection.claims.role }, 'connected');
    connection.queue
      .push(() => this.#enter(connection), 'enter')
      .catch((error: unknown) => {
        if (connection.closed) return;
        bound.error({ err: error }, 'could not enter the room');
        connection.drop();
      });
    socket.onAny((event: string, ...args: unknown[]) => void dispatch(connection, event, args, bound));
    const refresh = this.#scheduleTokenRefresh(connection, clock);
    socket.once('disconnect', (cause) => {
      refresh.cancel();
      bound.info({ cause }, 'disconnected');
      connection.disconnected(leaveReason(cause));
    });
  }

  async #enter(connection: Connection): Promise<void> {
    const { rooms } = this.#options;
    const room = await rooms.open(await this.#requireAdmitted(connection.claims.sid, connection.userId));
    // Either may have changed while we waited: the socket dropped, the room emptied.
    if (connection.closed) room.closeIfEmpty();
    else if (room.closed) await this.#enter(connection);
    else room.attach(connection);
  }

  #scheduleTokenRefresh(connection: Connection, clock: Clock): { cancel: () => void } {
    let cancel: () => void = () => undefined;
    const schedule = (expiresAt: number) => {
      cancel = clock.after(Math.max(0, expiresAt - TOKEN_REFRESH_MS - clock.now()), () => {
        this.#refreshToken(connection).then(
          (expiresIn) => expiresIn > 0 && schedule(clock.now() + expiresIn * 1000),
          (error: unknown) => {
            if (connection.closed) return;
            this.#options.logger.warn({ err: error }, 'token could not be refreshed');
            // The database may be back in time.
            schedule(clock.now() + TOKEN_REFRESH_MS + TOKEN_RETRY_MS);
          },
        );
      });
    };
    schedule(connection.claims.exp * 1000);
    return { cancel: () => cancel() };
  }

  /** @returns the fresh token's life in seconds, 0 where there is none to give */
  async #refreshToken(connection: Connection): Promise<number> {
    const { sessions, tokens } = this.#options;
    const { sid, sub } = connection.claims;
    const seat = seatOf(await sessions.admit(sid, sub), sub);
    if (!seat || connection.closed) return 0;
    const fresh = tokens.issue(sid, seat);
    connection.emit('token:refreshed', fresh);
    return fresh.expiresIn;
  }
}

/** A client that says goodbye has left; a socket that just ends may come back. */
function leaveReason(cause: string): LeaveReason {
  return cause === 'client namespace disconnect' || cause === 'server namespace disconnect'
    ? 'left'
    : 'connection_lost';
}
