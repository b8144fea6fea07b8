import { z } from 'zod';
import type { VisitBootstrap } from './api.ts';
import type { ErrorCode } from './errors.ts';
import type { Permission, Role } from './permissions.ts';
import type { EndReason } from './session.ts';

/** The largest message that a handler sees, in bytes of its JSON. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Where Socket.IO listens; WebSocket is the only transport. */
export const SIGNALING_PATH = '/signaling';

/** What the client hands over in the Socket.IO handshake (`auth`). */
export const handshakeAuth = z.object({ token: z.string(), sessionId: z.string() });

const id = z.string().min(1).max(64);
const empty = z.strictObject({});
// What mediasoup and mediasoup-client agree on between themselves; mediasoup validates it where it is used.
const opaque = z.record(z.string(), z.unknown());

/** Which device a stream comes from. */
export const SOURCES = ['microphone', 'camera'] as const;
export type Source = (typeof SOURCES)[number];

const dtlsFingerprint = z.strictObject({ algorithm: z.string().max(16), value: z.string().max(256) });

/** When a message may be sent. */
export type MessagePhase = 'connected' | 'prepared' | 'joined';

interface MessageContract {
  readonly payload: z.ZodType;
  /** `connected`: always; `prepared`: after "prepare"; `joined`: after "join". */
  readonly phase: MessagePhase;
  /** The permission of the token that the message needs, if any. */
  readonly permission: Permission | null;
}

/** Every message from client to server. `docs/PROTOCOL.md` tells the order in which they make sense. */
export const CLIENT_MESSAGES = {
  /** Makes the two transports ahead of the join; consumers of what is in the room come with it, paused. */
  prepare: { payload: z.strictObject({ rtpCapabilities: opaque }), phase: 'connected', permission: null },
  /** Starts DTLS on a transport (RFC 5763). */
  'transport:connect': {
    payload: z.strictObject({
      transportId: id,
      dtlsParameters: z.strictObject({
        role: z.enum(['auto', 'client', 'server']).optional(),
        fingerprints: z.array(dtlsFingerprint).min(1).max(8),
      }),
    }),
    phase: 'prepared',
    permission: null,
  },
  /** Sends a stream. Before the join it stays paused on the server and reaches no one. */
  'producer:create': {
    payload: z.strictObject({
      transportId: id,
      source: z.enum(SOURCES),
      rtpParameters: opaque,
      paused: z.boolean(),
    }),
    phase: 'prepared',
    permission: 'publish',
  },
  'producer:close': { payload: z.strictObject({ producerId: id }), phase: 'prepared', permission: 'publish' },
  'producer:pause': { payload: z.strictObject({ producerId: id }), phase: 'joined', permission: 'publish' },
  'producer:resume': { payload: z.strictObject({ producerId: id }), phase: 'joined', permission: 'publish' },
  /** Says that the browser has set these consumers up; nobody waits for the answer. Ids of closed ones are skipped. */
  'consumer:ready': {
    payload: z.strictObject({ consumerIds: z.array(id).max(256) }),
    phase: 'prepared',
    permission: null,
  },
  /** The one awaited message of a join: named sources go live, everything in the room comes back. */
  join: {
    payload: z.strictObject({ live: z.array(z.enum(SOURCES)).max(SOURCES.length) }),
    phase: 'prepared',
    permission: null,
  },
  leave: { payload: empty, phase: 'joined', permission: null },
  /** Ends the visit for everyone. */
  'session:end': { payload: empty, phase: 'joined', permission: 'end_session' },
} as const satisfies Record<string, MessageContract>;

export type ClientMessage = keyof typeof CLIENT_MESSAGES;
export type Payload<M extends ClientMessage> = z.infer<(typeof CLIENT_MESSAGES)[M]['payload']>;

/** What mediasoup-client needs for `createSendTransport` or `createRecvTransport`. */
export interface TransportParameters {
  readonly id: string;
  readonly iceParameters: object;
  readonly iceCandidates: readonly object[];
  readonly dtlsParameters: object;
}

/** What mediasoup-client needs for `consume`, and whose stream it is. */
export interface ConsumerParameters {
  readonly consumerId: string;
  readonly producerId: string;
  readonly kind: 'audio' | 'video';
  readonly rtpParameters: object;
  /** Whose stream it is; null for the silent one that warms the transport up. */
  readonly userId: string | null;
  readonly source: Source | null;
}

/** `none`: the person sends no such stream; `off`: muted. */
export type MediaState = 'on' | 'off' | 'none';

/** A person in the visit as the others see them. */
export interface ParticipantView {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  readonly media: Readonly<Record<Source, MediaState>>;
  /** False while the server waits for a dropped connection to come back. */
  readonly connected: boolean;
  /** RFC 3339, UTC. */
  readonly joinedAt: string;
}

/** Why somebody is no longer in the visit; `dismissed`: the backend made them leave, and they may return. */
export type LeaveReason =
  'left' | 'connection_lost' | 'session_ended' | 'replaced' | 'server_shutdown' | 'removed' | 'dismissed';

export interface PrepareResult {
  readonly sendTransport: TransportParameters;
  readonly receiveTransport: TransportParameters;
  readonly consumers: readonly ConsumerParameters[];
}

export interface JoinResult {
  readonly self: ParticipantView;
  /** The others. */
  readonly participants: readonly ParticipantView[];
  /** All of this person's consumers; those that "prepare" or an event brought already are among them. */
  readonly consumers: readonly ConsumerParameters[];
  /** When the visit went live; RFC 3339, UTC. */
  readonly startedAt: string;
}

/** What each message's ack holds when it went well. */
export interface AckData {
  prepare: PrepareResult;
  'transport:connect': null;
  'producer:create': { producerId: string };
  'producer:close': null;
  'producer:pause': null;
  'producer:resume': null;
  'consumer:ready': null;
  join: JoinResult;
  leave: null;
  'session:end': null;
}

/** The answer to every message. */
export type Ack<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: AckError };

export interface AckError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** `Socket` event map, client to server. */
export type ClientToServerEvents = {
  [M in ClientMessage]: (payload: Payload<M>, ack?: (answer: Ack<AckData[M]>) => void) => void;
};

/** `Socket` event map, server to client. */
export interface ServerToClientEvents {
  'participant:joined': (participant: ParticipantView) => void;
  'participant:updated': (participant: ParticipantView) => void;
  'participant:left': (left: { userId: string; reason: LeaveReason }) => void;
  'consumer:new': (consumer: ConsumerParameters) => void;
  'consumer:closed': (closed: { consumerId: string }) => void;
  /** The visit is over for everyone; the server disconnects next. */
  'session:ended': (ended: { reason: EndReason }) => void;
  /** The same person joined from another device or tab; the server disconnects next. */
  replaced: () => void;
  /** The person is out of the visit; one who was `removed` may not return. The server disconnects next. */
  dismissed: (dismissed: { reason: 'removed' | 'dismissed' }) => void;
  /** A fresh join token, before the old one expires. */
  'token:refreshed': (fresh: { token: string; expiresIn: number }) => void;
}

/** `connect_error.data` of a refused handshake. */
export type HandshakeError = AckError;

export type { VisitBootstrap };
