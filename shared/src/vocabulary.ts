/**
 * The enumerations and limits of the contract, without zod: the page imports them at run time. Roles and permissions are in
 * `permissions.ts`.
 */

/** Path at which Socket.IO listens. */
export const SIGNALING_PATH = '/signaling';

/** Largest message that reaches a handler, in bytes of its JSON. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Origin of a stream. `screenAudio` is the sound of a shared screen, if the browser captures it. */
export const SOURCES = ['microphone', 'camera', 'screen', 'screenAudio'] as const;
export type Source = (typeof SOURCES)[number];

/** The sources that a participant joins with; a screen is shared later. */
export const DEVICE_SOURCES = ['microphone', 'camera'] as const satisfies readonly Source[];
export type DeviceSource = (typeof DEVICE_SOURCES)[number];

/**
 * The simulcast layers of a camera (RFC 8853), lowest first: the factor by which the picture is smaller, and the bitrate in bit/s.
 * The factors are powers of two because Firefox supports no others. The middle layer fits a line of 300 kbit/s beside sound.
 */
export const CAMERA_LAYERS = [
  { scaleResolutionDownBy: 4, maxBitrate: 100_000 },
  { scaleResolutionDownBy: 2, maxBitrate: 200_000 },
  { scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
] as const;

/** How well a participant's network carries the visit; `poor` counts as impaired in the report. */
export const NETWORK_LEVELS = ['good', 'fair', 'poor'] as const;
export type NetworkLevel = (typeof NETWORK_LEVELS)[number];

/** The path that a connection test takes: UDP, TCP to the SFU, or TURN relays only. */
export const PROBE_PATHS = ['udp', 'tcp', 'turn'] as const;
export type ProbePath = (typeof PROBE_PATHS)[number];

/** Why a participant is no longer in the visit; a `dismissed` one may return, a `removed` one may not. */
export const LEAVE_REASONS = [
  'left',
  'connection_lost',
  'session_ended',
  'replaced',
  'server_shutdown',
  'removed',
  'dismissed',
] as const;
export type LeaveReason = (typeof LEAVE_REASONS)[number];

/** Lifecycle of a session; `ended` and `cancelled` are final. */
export const SESSION_STATUSES = ['scheduled', 'live', 'ended', 'cancelled'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** Why a session is over. */
export const END_REASONS = [
  'host_ended',
  'backend_ended',
  'window_closed',
  'empty',
  'no_show',
  'host_absent',
  'cancelled',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** How guests enter: at once, when a host is present (`until-host`), or when a host admits them. */
export const WAITING_ROOMS = ['off', 'until-host', 'admit'] as const;

export const REACTIONS = ['thumbs_up', 'heart', 'clap', 'laugh', 'surprise', 'sad'] as const;
export type Reaction = (typeof REACTIONS)[number];

/** Longest chat message, in UTF-16 code units. */
export const MAX_CHAT_TEXT = 4000;
/** Longest message from a host to a waiting participant, in UTF-16 code units. */
export const MAX_WAITING_TEXT = 300;
/** Largest file in the chat, in bytes. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Longest host notes, in UTF-16 code units. */
export const MAX_HOST_NOTES = 10_000;
