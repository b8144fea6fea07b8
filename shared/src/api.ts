import { z } from 'zod';
import type { Permission, Role } from './permissions.ts';
import {
  description,
  displayName,
  durationMinutes,
  hostNotes,
  identifier,
  instant,
  languageTag,
  metadata,
  role,
  timeZone,
  title,
  utcTime,
  webAddress,
} from './core/fields.ts';
import { sessionOptions, type SessionOptions } from './session.ts';
import { END_REASONS, SESSION_STATUSES } from './vocabulary.ts';

/** The names under which the two people of a visit may be given; the role is the name without `Id`. */
export const PAIRS = [
  ['doctorId', 'patientId'],
  ['teacherId', 'studentId'],
  ['mentorId', 'menteeId'],
] as const;

const LANGUAGE =
  'In which the person is written to, and sees the join page: a BCP 47 tag; null for that of the visit.';
const TIME_ZONE =
  'In which the person is told times by mail: a name of the IANA database; null for MAIL_TIME_ZONE.';

/** A seat as a caller asks for it. */
const seatRequest = z.strictObject({
  userId: identifier,
  role,
  displayName: displayName.nullish(),
  email: z.email().max(254).nullish(),
  language: languageTag.nullish().meta({ description: LANGUAGE }),
  timeZone: timeZone.nullish().meta({ description: TIME_ZONE }),
});

/** What `PATCH /sessions/{sessionId}` can change and `POST /sessions` can set. */
const changeable = {
  title: title.nullish(),
  description: description.nullish(),
  scheduledAt: instant.optional(),
  durationMinutes: durationMinutes.optional(),
  options: sessionOptions.partial().optional(),
  hostNotes: hostNotes.nullish(),
  returnUrl: webAddress.nullish(),
};

/**
 * `POST /sessions`. The same appointment with the same people answers the first session again. Without `scheduledAt`
 * the visit is now. `seats` are people beyond the two; one with the id and role of the two gives that person a name.
 */
export const createSessionRequest = z
  .strictObject({
    appointmentId: identifier,
    doctorId: identifier.optional(),
    patientId: identifier.optional(),
    teacherId: identifier.optional(),
    studentId: identifier.optional(),
    mentorId: identifier.optional(),
    menteeId: identifier.optional(),
    ...changeable,
    courseId: identifier.nullish(),
    metadata: metadata.optional(),
    region: identifier.nullish(),
    seats: z.array(seatRequest).max(100).optional(),
  })
  .superRefine((request, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const given = PAIRS.filter((pair) => pair.some((name) => request[name] !== undefined));
    const [pair = PAIRS[0]] = given;
    if (given.length > 1) refuse([given[1]?.[0] ?? ''], `can’t be combined with ${pair[0]} and ${pair[1]}`);
    for (const name of pair) if (request[name] === undefined) refuse([name], 'is missing');
    if (request[pair[0]] === request[pair[1]]) refuse([pair[1]], `must differ from ${pair[0]}`);
    const roles = new Map<string | undefined, string>(
      pair.map((name) => [request[name], name.slice(0, -'Id'.length)]),
    );
    for (const [index, seat] of (request.seats ?? []).entries()) {
      const known = roles.get(seat.userId);
      if (known !== undefined && known !== seat.role)
        refuse(['seats', index, 'userId'], 'has another seat already');
      if (request.seats?.findIndex(({ userId }) => userId === seat.userId) !== index)
        refuse(['seats', index, 'userId'], 'is there twice');
    }
  })
  .meta({ id: 'CreateSessionRequest' });
export type CreateSessionRequest = z.input<typeof createSessionRequest>;

/** `201` for a new session, `200` for one that was there. */
export const createSessionResponse = z
  .strictObject({
    sessionId: z.string(),
    roomName: z.string(),
    sfuNodeId: z.string(),
    baseUrl: z.string(),
  })
  .meta({ id: 'CreateSessionResponse' });
export type CreateSessionResponse = z.infer<typeof createSessionResponse>;

/** `PATCH /sessions/{sessionId}`: what is not named stays, null clears. */
export const updateSessionRequest = z.strictObject(changeable).meta({ id: 'UpdateSessionRequest' });
export type UpdateSessionRequest = z.input<typeof updateSessionRequest>;

/** Somebody allowed into a session. */
export const seatView = z
  .strictObject({
    userId: z.string(),
    role,
    displayName: z.string().nullable(),
    email: z.string().nullable(),
    language: z.string().nullable().meta({ description: LANGUAGE }),
    timeZone: z.string().nullable().meta({ description: TIME_ZONE }),
    /** When the person was removed and may not return; null for everybody else. */
    removedAt: utcTime.nullable(),
  })
  .meta({ id: 'Seat' });

/** A session as the API shows it. */
export const sessionView = z
  .strictObject({
    ...createSessionResponse.shape,
    appointmentId: z.string(),
    status: z.enum(SESSION_STATUSES),
    title: z.string().nullable(),
    description: z.string().nullable(),
    courseId: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    region: z.string().nullable(),
    seats: z.array(seatView),
    options: sessionOptions,
    /** What hosts and the backend write down for each other. */
    hostNotes: z.string().nullable(),
    /** Where the page leads after the visit; null for the server's own address, if it has one. */
    returnUrl: z.string().nullable(),
    scheduledAt: utcTime,
    durationMinutes: z.int(),
    /** People may enter from here … */
    opensAt: utcTime,
    /** … to here. */
    closesAt: utcTime,
    createdAt: utcTime,
    updatedAt: utcTime,
    startedAt: utcTime.nullable(),
    endedAt: utcTime.nullable(),
    endReason: z.enum(END_REASONS).nullable(),
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionView>;

/** Sessions, newest first. Pages stay stable under writes: nothing is seen twice, nothing that was there is missed. */
export const sessionList = z
  .strictObject({ sessions: z.array(sessionView), nextCursor: z.string().nullable() })
  .meta({ id: 'SessionList' });
export type SessionList = z.infer<typeof sessionList>;

/** `POST /sessions/{sessionId}/join`. Any role may be asked for; only the seat's own is given (else 403). */
export const joinSessionRequest = z
  .strictObject({ role: identifier, userId: identifier })
  .meta({ id: 'JoinSessionRequest' });
export type JoinSessionRequest = z.infer<typeof joinSessionRequest>;

export const joinSessionResponse = z
  .strictObject({
    joinUrl: z.string(),
    /** Seconds until the link's token expires. */
    expiresIn: z.int(),
  })
  .meta({ id: 'JoinSessionResponse' });
export type JoinSessionResponse = z.infer<typeof joinSessionResponse>;

/** An error body, `application/problem+json` (RFC 9457). */
export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    remedy: z.string(),
    instance: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    /** With `not_open_yet`: when the visit opens. */
    opensAt: utcTime.optional(),
    /** With `session_over`: when the visit closed. */
    closedAt: utcTime.optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/**
 * What the join page asks for first: `GET /api/v1/visits/{sessionId}` with `Authorization: Bearer <join token>`.
 * It holds all that the page can do ahead of the signaling connection.
 */
export const visitBootstrap = z
  .strictObject({
    session: z.strictObject({
      sessionId: z.string(),
      roomName: z.string(),
      sfuNodeId: z.string(),
      title: z.string().nullable(),
      description: z.string().nullable(),
      scheduledAt: utcTime,
      durationMinutes: z.int(),
      closesAt: utcTime,
      options: sessionOptions,
      /** Who has a seat. */
      people: z.array(z.strictObject({ userId: z.string(), role, displayName: z.string().nullable() })),
      /** For hosts only; null for everybody else. */
      hostNotes: z.string().nullable(),
      /** Where the page leads after the visit; null for nowhere. */
      returnUrl: z.string().nullable(),
    }),
    self: z.strictObject({
      userId: z.string(),
      role,
      displayName: z.string().nullable(),
      permissions: z.array(z.string()),
    }),
    /** For RTCPeerConnection; TURN entries carry time-limited credentials. */
    iceServers: z.array(
      z.strictObject({
        urls: z.array(z.string()),
        username: z.string().optional(),
        credential: z.string().optional(),
      }),
    ),
    /** mediasoup `RtpCapabilities` of every router, fixed by the server's configuration. */
    rtpCapabilities: z.looseObject({}),
    /** Opus settings for the sender; mono and in-band FEC always. */
    opusDtx: z.boolean(),
  })
  .meta({ id: 'VisitBootstrap' });

/** The bootstrap with the types that the schema can't say. */
export interface VisitBootstrap {
  readonly session: {
    readonly sessionId: string;
    readonly roomName: string;
    readonly sfuNodeId: string;
    readonly title: string | null;
    readonly description: string | null;
    readonly scheduledAt: string;
    readonly durationMinutes: number;
    readonly closesAt: string;
    readonly options: SessionOptions;
    readonly people: readonly { userId: string; role: Role; displayName: string | null }[];
    readonly hostNotes: string | null;
    readonly returnUrl: string | null;
  };
  readonly self: {
    readonly userId: string;
    readonly role: Role;
    readonly displayName: string | null;
    readonly permissions: readonly Permission[];
  };
  readonly iceServers: readonly { urls: string[]; username?: string; credential?: string }[];
  readonly rtpCapabilities: object;
  readonly opusDtx: boolean;
}
