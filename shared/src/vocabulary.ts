/**
 * The enumerations, limits, roles and permissions of the contract, without zod: the page imports them at run time.
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
 * Firefox supports powers of two only, and sends the lowest one at a quarter. That layer fits a line of 300 kbit/s beside sound, at
 * a size and frame rate at which lips and signs can be read (EN 301 549, 6.5).
 */
export const CAMERA_LAYERS = [
  { scaleResolutionDownBy: 3, maxBitrate: 120_000 },
  { scaleResolutionDownBy: 2, maxBitrate: 250_000 },
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

/** What carries the meeting of a session: this server's own SFU, or another provider. */
export const PROVIDER_IDS = ['sfu', 'jitsi', 'jaas', 'zoom', 'google-meet', 'agora'] as const;
export type ProviderId = (typeof PROVIDER_IDS)[number];

/**
 * Whether a visit at another provider can be opened: `preparing` before its meeting exists, `unavailable` if the last attempt
 * to create it failed, `own` if this server's SFU carries it.
 */
export const MEETING_STATES = ['preparing', 'ready', 'unavailable', 'over', 'own'] as const;
export type MeetingState = (typeof MEETING_STATES)[number];

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

/** The permissions of a participant. The server checks it for every message; the client only hides unavailable actions. */
export const PERMISSIONS = ['publish', 'subscribe', 'moderate', 'end_session'] as const;
export type Permission = (typeof PERMISSIONS)[number];

const HOST = ['publish', 'subscribe', 'moderate', 'end_session'] as const satisfies readonly Permission[];
const PARTICIPANT = ['publish', 'subscribe'] as const satisfies readonly Permission[];
const OBSERVER = ['subscribe'] as const satisfies readonly Permission[];

const ROLE_PERMISSIONS = {
  doctor: HOST,
  teacher: HOST,
  mentor: HOST,
  instructor: HOST,
  patient: PARTICIPANT,
  student: PARTICIPANT,
  mentee: PARTICIPANT,
  pupil: PARTICIPANT,
  interpreter: PARTICIPANT,
  guest: PARTICIPANT,
  observer: OBSERVER,
} as const satisfies Record<string, readonly Permission[]>;

/** A seat's role, which decides the permissions and nothing else. */
export type Role = keyof typeof ROLE_PERMISSIONS;
export const ROLES = Object.keys(ROLE_PERMISSIONS) as [Role, ...Role[]];

/** Returns the permissions that the role's join tokens contain. */
export function permissionsOf(role: Role): readonly Permission[] {
  return ROLE_PERMISSIONS[role];
}
