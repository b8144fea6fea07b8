import { z } from 'zod';
import type { VisitBootstrap } from './api.ts';
import type { ErrorCode } from './errors.ts';
import type { Permission } from './permissions.ts';
import { hostNotes, paragraph, type EndReason } from './session.ts';
import type {
  AnnouncementView,
  ChatMessage,
  ConsumerParameters,
  ParticipantView,
  ReactionView,
  RoomView,
  TransportParameters,
  WaitingMessage,
  WaitingState,
  WaitingView,
} from './views.ts';

export type * from './views.ts';

/** The largest message that a handler sees, in bytes of its JSON. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Where Socket.IO listens; WebSocket is the only transport. */
export const SIGNALING_PATH = '/signaling';

/** What the client hands over in the Socket.IO handshake (`auth`). */
export const handshakeAuth = z.object({ token: z.string(), sessionId: z.string() });

const id = z.string().min(1).max(64);
const deviceKey = z.string().min(16).max(64);
/** Somebody of the visit. */
const person = z.strictObject({ userId: z.string().min(1).max(128) });
const empty = z.strictObject({});
// What mediasoup and mediasoup-client agree on between themselves; mediasoup validates it where it is used.
const opaque = z.record(z.string(), z.unknown());

/** Where a stream comes from. `screenAudio` is the sound of a shared screen, where the browser gives it. */
export const SOURCES = ['microphone', 'camera', 'screen', 'screenAudio'] as const;
export type Source = (typeof SOURCES)[number];

/** The sources that a person joins with; a screen is shared later. */
export const DEVICE_SOURCES = ['microphone', 'camera'] as const satisfies readonly Source[];
export type DeviceSource = (typeof DEVICE_SOURCES)[number];

/** How well a person's network carries the visit; `poor` counts as impaired in the report. */
export const NETWORK_LEVELS = ['good', 'fair', 'poor'] as const;
export type NetworkLevel = (typeof NETWORK_LEVELS)[number];

export const REACTIONS = ['thumbs_up', 'heart', 'clap', 'laugh', 'surprise', 'sad'] as const;
export type Reaction = (typeof REACTIONS)[number];

/** What a connection test may use: UDP, TCP to the SFU, or only what TURN relays. */
export const PROBE_PATHS = ['udp', 'tcp', 'turn'] as const;
export type ProbePath = (typeof PROBE_PATHS)[number];

/** The longest chat message, in UTF-16 units. */
export const MAX_CHAT_TEXT = 4000;
/** The longest line to a waiting person, in UTF-16 units. */
export const MAX_WAITING_TEXT = 300;
/** The largest file of the chat, in bytes. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

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
  /** Starts DTLS on a transport (RFC 5763), be it of "prepare" or of "probe:open". */
  'transport:connect': {
    payload: z.strictObject({
      transportId: id,
      dtlsParameters: z.strictObject({
        role: z.enum(['auto', 'client', 'server']).optional(),
        fingerprints: z.array(dtlsFingerprint).min(1).max(8),
      }),
    }),
    phase: 'connected',
    permission: null,
  },
  /** New credentials for a transport, with which the page looks for new ways to the server (RFC 8445, 2.4). */
  'transport:restart-ice': {
    payload: z.strictObject({ transportId: id }),
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
    payload: z.strictObject({
      live: z.array(z.enum(DEVICE_SOURCES)).max(DEVICE_SOURCES.length),
      /** A secret that the page made, and keeps through a reload: with it a new connection takes its own place. */
      device: deviceKey.optional(),
      /** Takes the place of this person's other device, if there is one that is connected. */
      takeOver: z.boolean().optional(),
    }),
    phase: 'prepared',
    permission: null,
  },
  /**
   * A new connection goes on where one that dropped within the grace left off: the transports and streams are the same,
   * and everything in the visit comes back. `device` is that of the join; `live` names the sources that the page sends, all
   * others stop.
   */
  resume: {
    payload: z.strictObject({
      device: deviceKey,
      live: z.array(z.enum(SOURCES)).max(SOURCES.length),
    }),
    phase: 'connected',
    permission: null,
  },
  /** Leaves the visit, or the waiting room. */
  leave: { payload: empty, phase: 'connected', permission: null },
  /** After a `visit:moved`: the page shows its connection to the other server, and needs this one no more. */
  moved: { payload: empty, phase: 'connected', permission: null },

  /** What the page shows of each stream; nothing is sent of a hidden one. Ids of closed consumers are skipped. */
  'consumer:prefer': {
    payload: z.strictObject({
      consumers: z
        .array(
          z.strictObject({
            consumerId: id,
            visible: z.boolean(),
            /** The best simulcast layer that is of use, 0 (a quarter of the size) to 2 (full size); of no meaning for sound. */
            spatialLayer: z.int().min(0).max(2),
          }),
        )
        .max(256),
    }),
    phase: 'prepared',
    permission: null,
  },
  /** What this page measures of its own network, at every change. */
  'network:report': {
    payload: z.strictObject({ level: z.enum(NETWORK_LEVELS) }),
    phase: 'prepared',
    permission: null,
  },
  /**
   * A transport for a connection test, with one stream of silence to receive. It closes by itself after 20 s, and when
   * the same path is tested anew.
   */
  'probe:open': {
    payload: z.strictObject({ path: z.enum(PROBE_PATHS), rtpCapabilities: opaque }),
    phase: 'connected',
    permission: null,
  },
  /** Closes all of them. */
  'probe:close': { payload: empty, phase: 'connected', permission: null },

  /** The page went to the background, or came back. */
  'presence:set': { payload: z.strictObject({ away: z.boolean() }), phase: 'joined', permission: null },
  'hand:set': { payload: z.strictObject({ raised: z.boolean() }), phase: 'joined', permission: 'publish' },
  'reaction:send': {
    payload: z.strictObject({ reaction: z.enum(REACTIONS) }),
    phase: 'joined',
    permission: 'publish',
  },
  /** A text, or a file that was uploaded before; exactly one of them. */
  'chat:send': {
    payload: z
      .strictObject({ clientId: id, text: paragraph(MAX_CHAT_TEXT).optional(), fileId: id.optional() })
      .refine(({ text, fileId }) => (text === undefined) !== (fileId === undefined), {
        message: 'must have either a text or a fileId',
      }),
    phase: 'joined',
    permission: 'publish',
  },

  'waiting:admit': { payload: person, phase: 'joined', permission: 'moderate' },
  'waiting:decline': { payload: person, phase: 'joined', permission: 'moderate' },
  'waiting:message': {
    payload: z.strictObject({ ...person.shape, text: paragraph(MAX_WAITING_TEXT) }),
    phase: 'joined',
    permission: 'moderate',
  },

  /** Mutes somebody's microphone or switches their camera off; they may switch it on again. */
  'moderation:mute': {
    payload: z.strictObject({ ...person.shape, source: z.enum(DEVICE_SOURCES) }),
    phase: 'joined',
    permission: 'moderate',
  },
  'moderation:ask-unmute': { payload: person, phase: 'joined', permission: 'moderate' },
  'moderation:stop-share': { payload: person, phase: 'joined', permission: 'moderate' },
  'moderation:lower-hand': { payload: person, phase: 'joined', permission: 'moderate' },
  /** Takes somebody out for good. */
  'moderation:remove': { payload: person, phase: 'joined', permission: 'moderate' },
  'moderation:lock': {
    payload: z.strictObject({ locked: z.boolean() }),
    phase: 'joined',
    permission: 'moderate',
  },
  'moderation:screen-share': {
    payload: z.strictObject({ allowed: z.boolean() }),
    phase: 'joined',
    permission: 'moderate',
  },
  /** The hosts' notes on the visit; the backend can read them. */
  'notes:set': {
    payload: z.strictObject({ text: z.union([z.literal(''), hostNotes]) }),
    phase: 'connected',
    permission: 'moderate',
  },
  /** Ends the visit for everyone. */
  'session:end': { payload: empty, phase: 'joined', permission: 'end_session' },
} as const satisfies Record<string, MessageContract>;

export type ClientMessage = keyof typeof CLIENT_MESSAGES;
export type Payload<M extends ClientMessage> = z.infer<(typeof CLIENT_MESSAGES)[M]['payload']>;

/** Why somebody is no longer in the visit; `dismissed`: the backend made them leave, and they may return. */
export type LeaveReason =
  'left' | 'connection_lost' | 'session_ended' | 'replaced' | 'server_shutdown' | 'removed' | 'dismissed';

export interface PrepareResult {
  readonly sendTransport: TransportParameters;
  readonly receiveTransport: TransportParameters;
  readonly consumers: readonly ConsumerParameters[];
}

/** What a person who enters gets: everything that is in the visit now. */
export interface JoinResult {
  readonly self: ParticipantView;
  /** The others. */
  readonly participants: readonly ParticipantView[];
  /** All of this person's consumers; those that "prepare" or an event brought already are among them. */
  readonly consumers: readonly ConsumerParameters[];
  /** When the visit went live; RFC 3339, UTC. */
  readonly startedAt: string;
  readonly room: RoomView;
  /** Everything said so far. */
  readonly chat: readonly ChatMessage[];
  /** Who waits, for hosts; empty for others. */
  readonly waiting: readonly WaitingView[];
}

/** `gone`: there is nothing to go on with, and the person prepares and joins anew. */
export type ResumeOutcome =
  { readonly status: 'resumed'; readonly result: JoinResult } | { readonly status: 'gone' };

/** `waiting`: the person is in the waiting room, and an `admitted` event brings the rest. */
export type JoinOutcome =
  | { readonly status: 'joined'; readonly result: JoinResult }
  | { readonly status: 'waiting'; readonly waiting: WaitingState };

export interface ProbeResult {
  readonly transport: TransportParameters;
  readonly consumer: ConsumerParameters;
}

/** What each message's ack holds when it went well. */
export interface AckData {
  prepare: PrepareResult;
  'transport:connect': null;
  'transport:restart-ice': { iceParameters: object };
  'producer:create': { producerId: string };
  'producer:close': null;
  'producer:pause': null;
  'producer:resume': null;
  'consumer:ready': null;
  join: JoinOutcome;
  resume: ResumeOutcome;
  leave: null;
  moved: null;
  'consumer:prefer': null;
  'network:report': null;
  'probe:open': ProbeResult;
  'probe:close': null;
  'presence:set': null;
  'hand:set': null;
  'reaction:send': null;
  'chat:send': ChatMessage;
  'waiting:admit': null;
  'waiting:decline': null;
  'waiting:message': null;
  'moderation:mute': null;
  'moderation:ask-unmute': null;
  'moderation:stop-share': null;
  'moderation:lower-hand': null;
  'moderation:remove': null;
  'moderation:lock': null;
  'moderation:screen-share': null;
  'notes:set': null;
  'session:end': null;
}

/** The answer to every message. */
export type Ack<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: AckError };

export interface AckError {
  readonly code: ErrorCode;
  readonly message: string;
  /** After how many seconds trying again makes sense, where that is known. */
  readonly retryAfter?: number;
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
  /** To a waiting person: they are in the visit now. */
  admitted: (result: JoinResult) => void;
  /** To a waiting person: what they wait for has changed. */
  'waiting:updated': (waiting: WaitingState) => void;
  /** To a waiting person: a host said no for now; sending "join" again asks anew. */
  declined: () => void;
  /** To a waiting person: a host wrote a line. */
  'waiting:message': (message: WaitingMessage) => void;
  /** To hosts, in the preview too: everybody who waits now, those who have waited longest first. */
  'waiting:people': (waiting: { people: readonly WaitingView[] }) => void;
  'room:updated': (room: RoomView) => void;
  /** To everybody, in the preview and the waiting room too: the backend has a line for them. */
  announcement: (announcement: AnnouncementView) => void;
  'chat:message': (message: ChatMessage) => void;
  reaction: (reaction: ReactionView) => void;
  /** To somebody whom a host muted, or whose camera a host switched off. */
  muted: (muted: { source: DeviceSource; by: string | null }) => void;
  /** To somebody whom a host asks to switch the microphone on. `by` is the host's display name. */
  'unmute:asked': (asked: { by: string | null }) => void;
  /** To somebody whose shared screen a host stopped. */
  'share:stopped': (stopped: { by: string | null }) => void;
  /**
   * To the sender of the camera: the best layer that anybody looks at, 0 to 2, or null where nobody looks. Layers above
   * need not be sent.
   */
  'camera:demand': (demand: { spatialLayer: number | null }) => void;
  /**
   * The media of this connection is lost, or about to move: the page sends "prepare" and "join" again over the same
   * connection, and keeps the old picture until the new one is there.
   */
  'media:renew': () => void;
  /**
   * The visit goes on on another server, which a new connection to the same address leads to. A page that is in the visit
   * keeps this connection until the new one shows everything, then sends "moved"; any other connects anew at once.
   */
  'visit:moved': () => void;
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
