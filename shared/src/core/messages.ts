import { z } from 'zod';
import {
  DEVICE_SOURCES,
  NETWORK_LEVELS,
  PROBE_PATHS,
  SOURCES,
  type EndReason,
  type LeaveReason,
  type Source,
} from '../vocabulary.ts';
import { nothing, typed, type EventContract, type MessageContract } from './contract.ts';
import { shortId } from './fields.ts';
import type { JoinOutcome, JoinResult, ParticipantView, ResumeOutcome, RoomView } from './join.ts';
import type { ConsumerParameters, PrepareResult, ProbeResult } from './views.ts';

const empty = z.strictObject({});
/** Parameters of mediasoup-client, which mediasoup validates. */
const opaque = z.record(z.string(), z.unknown());
/** A secret that a page creates and keeps through a reload. */
const deviceKey = z.string().min(16).max(64);
const dtlsFingerprint = z.strictObject({ algorithm: z.string().max(16), value: z.string().max(256) });

/** The messages from client to server that belong to no single feature. */
export const CORE_MESSAGES = {
  prepare: {
    payload: z.strictObject({ rtpCapabilities: opaque }),
    ack: typed<PrepareResult>(),
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary:
      'Creates both transports, and paused consumers of all streams in the visit. Once per connection.',
  },
  'transport:connect': {
    payload: z.strictObject({
      transportId: shortId,
      dtlsParameters: z.strictObject({
        role: z.enum(['auto', 'client', 'server']).optional(),
        fingerprints: z.array(dtlsFingerprint).min(1).max(8),
      }),
    }),
    ack: nothing,
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary: 'Starts DTLS (RFC 5763) on a transport of `prepare` or `probe:open`.',
  },
  'transport:restart-ice': {
    payload: z.strictObject({ transportId: shortId }),
    ack: typed<{ iceParameters: object }>(),
    phase: 'prepared',
    permission: null,
    rate: 'normal',
    summary: 'Returns new ICE credentials for a transport whose network changed (section 8).',
  },
  'producer:create': {
    payload: z.strictObject({
      transportId: shortId,
      source: z.enum(SOURCES),
      rtpParameters: opaque,
      paused: z.boolean(),
    }),
    ack: typed<{ producerId: string }>(),
    phase: 'prepared',
    permission: 'publish',
    rate: 'normal',
    summary: 'Sends a stream. Before the join it stays paused on the server and reaches no one.',
  },
  'producer:close': {
    payload: z.strictObject({ producerId: shortId }),
    ack: nothing,
    phase: 'prepared',
    permission: 'publish',
    rate: 'normal',
    summary: 'Ends a stream.',
  },
  'consumer:ready': {
    payload: z.strictObject({ consumerIds: z.array(shortId).max(256) }),
    ack: nothing,
    phase: 'prepared',
    permission: null,
    rate: 'normal',
    summary:
      'The browser has set these consumers up. Ids of closed consumers are skipped; no need to await the ack.',
  },
  'consumer:prefer': {
    payload: z.strictObject({
      consumers: z
        .array(
          z.strictObject({
            consumerId: shortId,
            visible: z.boolean(),
            /** The highest useful simulcast layer, 0 (a quarter of the size) to 2 (full size); ignored for audio. */
            spatialLayer: z.int().min(0).max(2),
          }),
        )
        .max(256),
    }),
    ack: nothing,
    phase: 'prepared',
    permission: null,
    rate: 'normal',
    summary: 'What the page shows of each stream; the server sends nothing of a hidden one.',
  },
  'network:report': {
    payload: z.strictObject({
      level: z.enum(NETWORK_LEVELS),
      rttMs: z.number().min(0).max(60_000).nullish(),
      lossPercent: z.number().min(0).max(100).nullish(),
      /** Whether a TURN server relays the media. */
      relayed: z.boolean().optional(),
      /** Time from the click to the first remote picture, once it is there. */
      firstFrameMs: z.number().min(0).optional(),
    }),
    ack: nothing,
    phase: 'prepared',
    permission: null,
    rate: 'broadcast',
    summary:
      'The quality of the network as the page measures it: sent when the level changes, and every 15 s. All but `level` are figures for the operator.',
  },
  'probe:open': {
    payload: z.strictObject({ path: z.enum(PROBE_PATHS), rtpCapabilities: opaque }),
    ack: typed<ProbeResult>(),
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary:
      'Creates a transport and a silent consumer for a connection test, one per path. It closes after 20 s.',
  },
  'probe:close': {
    payload: empty,
    ack: nothing,
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary: 'Ends the connection test.',
  },
  join: {
    payload: z.strictObject({
      live: z.array(z.enum(DEVICE_SOURCES)).max(DEVICE_SOURCES.length),
      /** With the same key, a new connection takes the place of the previous one. */
      device: deviceKey.optional(),
      /** Whether to replace another connected device of the same person. */
      takeOver: z.boolean().optional(),
    }),
    ack: typed<JoinOutcome>(),
    phase: 'prepared',
    permission: null,
    rate: 'normal',
    summary: 'Enters the visit or the waiting room. The sources in `live` start with the entry.',
  },
  resume: {
    payload: z.strictObject({
      device: deviceKey,
      /** The sources that the page sends; the server stops all others. */
      live: z.array(z.enum(SOURCES)).max(SOURCES.length),
    }),
    ack: typed<ResumeOutcome>(),
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary: 'Continues with the transports and streams of a dropped connection (section 8).',
  },
  leave: {
    payload: empty,
    ack: nothing,
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary: 'Leaves the visit or the waiting room at once. The server disconnects next.',
  },
  moved: {
    payload: empty,
    ack: nothing,
    phase: 'connected',
    permission: null,
    rate: 'normal',
    summary: 'The page shows the streams of the new server and no longer needs this connection (section 9).',
  },
  'producer:pause': {
    payload: z.strictObject({ producerId: shortId }),
    ack: nothing,
    phase: 'joined',
    permission: 'publish',
    rate: 'normal',
    summary: 'Mutes a stream; the other participants see it.',
  },
  'producer:resume': {
    payload: z.strictObject({ producerId: shortId }),
    ack: nothing,
    phase: 'joined',
    permission: 'publish',
    rate: 'normal',
    summary: 'Unmutes a stream.',
  },
  'presence:set': {
    payload: z.strictObject({ away: z.boolean() }),
    ack: nothing,
    phase: 'joined',
    permission: null,
    rate: 'broadcast',
    summary: 'The page went to the background or came back.',
  },
  'session:end': {
    payload: empty,
    ack: nothing,
    phase: 'joined',
    permission: 'end_session',
    rate: 'normal',
    summary: 'Ends the visit for everyone.',
  },
} as const satisfies Record<string, MessageContract>;

/** The events from server to client that belong to no single feature. */
export const CORE_EVENTS = {
  'participant:joined': {
    payload: typed<ParticipantView>(),
    summary: 'A participant entered.',
  },
  'participant:updated': {
    payload: typed<ParticipantView>(),
    summary:
      'The streams, connection, hand or network of a participant changed. Your own hand is reported too, no other change of yours.',
  },
  'participant:left': {
    payload: typed<{ userId: string; reason: LeaveReason }>(),
    summary: 'A participant left.',
  },
  'consumer:new': {
    payload: typed<ConsumerParameters>(),
    summary: 'A stream to receive. Also sent before the join, in the preview.',
  },
  'consumer:closed': {
    payload: typed<{ consumerId: string }>(),
    summary: 'A stream has ended.',
  },
  'consumer:undecodable': {
    payload: typed<{ userId: string; source: Source }>(),
    summary:
      'You get no consumer of this stream, because your `rtpCapabilities` lack its codec. Its sender is notified, too, and may send another.',
  },
  'producer:undecodable': {
    payload: typed<{ source: Source }>(),
    summary: 'A participant can’t decode this stream of yours. Send it with another codec, if you can.',
  },
  'camera:demand': {
    /** 0 to 2; null if no participant looks. */
    payload: typed<{ spatialLayer: number | null }>(),
    summary: 'The highest layer of your camera that any participant views; layers above need not be sent.',
  },
  'room:updated': {
    payload: typed<RoomView>(),
    summary: 'The lock, the permission to share screens or the active speaker changed.',
  },
  admitted: {
    payload: typed<JoinResult>(),
    summary: 'To a waiting person: they are in the visit. Holds what the answer to `join` would have.',
  },
  'session:ended': {
    payload: typed<{ reason: EndReason }>(),
    summary: 'The visit is over for everyone. The server disconnects next.',
  },
  'media:renew': {
    payload: typed<undefined>(),
    summary:
      'The media is lost or about to move: send `prepare` and `join` again over this connection (section 8).',
  },
  'visit:moved': {
    payload: typed<undefined>(),
    summary: 'The visit moved to another server; a new connection leads there (section 9).',
  },
  replaced: {
    payload: typed<undefined>(),
    summary: 'The same person joined from another device or tab. The server disconnects next.',
  },
  dismissed: {
    payload: typed<{ reason: 'removed' | 'dismissed' }>(),
    summary: 'You are out of the visit: dismissed, or removed for good. The server disconnects next.',
  },
  'token:refreshed': {
    /** `expiresIn` in seconds. */
    payload: typed<{ token: string; expiresIn: number }>(),
    summary: 'A fresh join token, five minutes before the previous one expires.',
  },
} as const satisfies Record<string, EventContract>;
