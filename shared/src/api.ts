import { z } from 'zod';
import {
  description,
  displayName,
  durationMinutes,
  emailAddress,
  hostNotes,
  identifier,
  instant,
  languageTag,
  metadata,
  phoneNumber,
  role,
  timeZone,
  title,
  utcTime,
  webAddress,
} from './core/fields.ts';
import { sessionOptions, type SessionOptions } from './session.ts';
import {
  END_REASONS,
  MEETING_STATES,
  PROVIDER_IDS,
  SESSION_STATUSES,
  type Permission,
  type ProviderId,
  type Role,
} from './vocabulary.ts';

/** The pairs of fields that name the two people of a visit; the role is the field name without `Id`. */
export const PAIRS = [
  ['doctorId', 'patientId'],
  ['teacherId', 'studentId'],
  ['mentorId', 'menteeId'],
] as const;

const LANGUAGE =
  'Language of the person’s messages and join page: a BCP 47 tag; null for the language of the visit.';
const TIME_ZONE = 'Time zone of the times in the person’s messages: an IANA name; null for MAIL_TIME_ZONE.';
const RETURN_URL =
  'Where the join page sends people after the visit. The host must be that of the server’s RETURN_URL or one of RETURN_ALLOW_HOSTS; null for RETURN_URL itself.';
const REGION =
  'Where the people are. A server with this REGION is preferred; null for the region of the server that handles the request.';
const PROVIDER =
  'What carries the visit: `sfu` is this server. The others of MEETING_PROVIDERS stay its fallbacks, in their order. Null for the first of them.';
const EMAIL =
  'Where reminders of the visit are sent, with a personal link, if the server is configured to send mail (SMTP_URL).';
const PHONE =
  'Where text messages about the visit are sent, with a personal link, if the server is configured to send them (SMS_PROVIDER): a number with its country code (E.164).';
const SMS_OPT_OUT =
  'Whether the person wants no text messages; also set when they choose it on the page behind their link, or the provider reports that they have opted out.';

/** A person's name and contact details. */
const personDetails = {
  displayName: displayName.nullish(),
  email: emailAddress.nullish().meta({ description: EMAIL }),
  phone: phoneNumber.nullish().meta({ description: PHONE }),
  smsOptOut: z.boolean().optional().meta({ description: SMS_OPT_OUT }),
  language: languageTag.nullish().meta({ description: LANGUAGE }),
  timeZone: timeZone.nullish().meta({ description: TIME_ZONE }),
};

/** A seat as a caller requests it. */
const seatRequest = z.strictObject({
  userId: identifier.meta({ description: 'Your own id of the person.' }),
  role,
  ...personDetails,
});

/** `PUT /sessions/{sessionId}/participants/{userId}`: omitted fields keep their value, null clears. */
export const putParticipantRequest = z
  .strictObject({ role, ...personDetails })
  .meta({ id: 'PutParticipantRequest' });
export type PutParticipantRequest = z.input<typeof putParticipantRequest>;

/** `POST /sessions/{sessionId}/participants/{userId}/replace`: the other person, who gets the same role. */
export const replaceParticipantRequest = z
  .strictObject({
    userId: identifier.meta({ description: 'Your own id of the person who comes instead.' }),
    ...personDetails,
  })
  .meta({ id: 'ReplaceParticipantRequest' });
export type ReplaceParticipantRequest = z.input<typeof replaceParticipantRequest>;

/** The fields that `PATCH /sessions/{sessionId}` can change and `POST /sessions` can set. */
const changeable = {
  title: title.nullish(),
  description: description.nullish(),
  scheduledAt: instant
    .optional()
    .meta({ description: 'When the visit begins, with a UTC offset. The join window moves with it.' }),
  durationMinutes: durationMinutes.optional(),
  options: sessionOptions
    .partial()
    .optional()
    .meta({ description: 'What the visit allows; omitted options keep their value.' }),
  hostNotes: hostNotes.nullish(),
  returnUrl: webAddress.nullish().meta({ description: RETURN_URL }),
};

/**
 * `POST /sessions`. The same appointment with the same people returns the first session again. Without `scheduledAt` the
 * visit starts now. `seats` are people beyond the two; an entry with the id and role of one of the two sets that person’s
 * name and contact details.
 */
export const createSessionRequest = z
  .strictObject({
    appointmentId: identifier.meta({ description: 'Your own id of the appointment; it has one session.' }),
    doctorId: identifier.nullish().meta({ description: 'Your id of the doctor. Requires patientId.' }),
    patientId: identifier.nullish().meta({ description: 'Your id of the patient. Requires doctorId.' }),
    teacherId: identifier
      .nullish()
      .meta({ description: 'Your id of the teacher, instead of a doctor. Requires studentId.' }),
    studentId: identifier.nullish().meta({ description: 'Your id of the student. Requires teacherId.' }),
    mentorId: identifier
      .nullish()
      .meta({ description: 'Your id of the mentor, instead of a doctor. Requires menteeId.' }),
    menteeId: identifier.nullish().meta({ description: 'Your id of the mentee. Requires mentorId.' }),
    ...changeable,
    scheduledAt: changeable.scheduledAt.nullable().meta({
      description: 'When the visit begins, with a UTC offset; the current time if omitted.',
    }),
    durationMinutes: changeable.durationMinutes.nullable().meta({
      description: 'The planned length in minutes; 30 if omitted.',
    }),
    options: changeable.options.nullable().meta({
      description: 'What the visit allows; omitted options have their default.',
    }),
    courseId: identifier
      .nullish()
      .meta({ description: 'Your own id of a course or series that the visit belongs to.' }),
    metadata: metadata.nullish(),
    region: identifier.nullish().meta({ description: REGION }),
    provider: z.enum(PROVIDER_IDS).nullish().meta({ description: PROVIDER }),
    seats: z.array(seatRequest).max(100).nullish().meta({
      description:
        'People in addition to the pair. An entry with the id and role of one of the pair sets that person’s name and contact details.',
    }),
  })
  .superRefine((request, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const given = PAIRS.filter((pair) => pair.some((name) => request[name] != null));
    const [pair = PAIRS[0]] = given;
    if (given.length > 1) refuse([given[1]?.[0] ?? ''], `can’t be combined with ${pair[0]} and ${pair[1]}`);
    for (const name of pair) if (request[name] == null) refuse([name], 'is missing');
    if (request[pair[0]] != null && request[pair[0]] === request[pair[1]])
      refuse([pair[1]], `must differ from ${pair[0]}`);
    const roles = new Map<string | null | undefined, string>(
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

const sessionIdentity = {
  sessionId: z
    .string()
    .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
  roomName: z.string().meta({ description: 'The name of the media room.' }),
  sfuNodeId: z.string().meta({ description: 'The media node that the visit runs on.' }),
  baseUrl: z.string().meta({ description: 'The address of the join page, without a token.' }),
};

/**
 * `201` for a new session; with all fields `200` for an existing one of the appointment, and `201` again for a repeated
 * Idempotency-Key. One schema, which client generators expect.
 */
export const createSessionResponse = z
  .strictObject({
    ...sessionIdentity,
    status: z.enum(SESSION_STATUSES).optional().meta({
      description:
        'Only for an existing session: the state of the visit. Links of an ended or cancelled one are refused.',
    }),
    scheduledAt: utcTime
      .optional()
      .meta({ description: 'Only for an existing session: when the visit is scheduled to begin.' }),
    durationMinutes: z
      .int()
      .optional()
      .meta({ description: 'Only for an existing session: the planned length in minutes.' }),
    provider: z
      .enum(PROVIDER_IDS)
      .optional()
      .meta({ description: 'What carries the visit; left out if it is this server.' }),
    differs: z.array(z.string()).optional().meta({
      description:
        'Only for an existing session: the fields of the request whose values differ from the session, which was not changed; PATCH changes it.',
    }),
  })
  .meta({ id: 'CreateSessionResponse' });
export type CreateSessionResponse = z.infer<typeof createSessionResponse>;

/** `PATCH /sessions/{sessionId}`: omitted fields keep their value, null clears. */
export const updateSessionRequest = z.strictObject(changeable).meta({ id: 'UpdateSessionRequest' });
export type UpdateSessionRequest = z.input<typeof updateSessionRequest>;

/** A person allowed into a session. */
export const seatView = z
  .strictObject({
    userId: z.string().meta({ description: 'Your own id of the person.' }),
    role,
    displayName: z.string().nullable().meta({ description: 'The name that others in the visit see.' }),
    email: z.string().nullable().meta({ description: EMAIL }),
    phone: z.string().nullable().meta({ description: PHONE }),
    smsOptOut: z.boolean().meta({ description: SMS_OPT_OUT }),
    pushOptOut: z.boolean().meta({
      description: 'Whether the person wants no push messages about this visit; they choose it themselves.',
    }),
    language: z.string().nullable().meta({ description: LANGUAGE }),
    timeZone: z.string().nullable().meta({ description: TIME_ZONE }),
    removedAt: utcTime
      .nullable()
      .meta({ description: 'When the person was removed and may not return; null if they were not.' }),
  })
  .meta({ id: 'Seat' });
export type SeatView = z.infer<typeof seatView>;

/** A session as the API shows it. */
export const sessionView = z
  .strictObject({
    ...sessionIdentity,
    appointmentId: z.string().meta({ description: 'Your own id of the appointment; it has one session.' }),
    status: z.enum(SESSION_STATUSES).meta({ description: 'The state of the visit.' }),
    title: z.string().nullable().meta({ description: 'A short title on one line.' }),
    description: z
      .string()
      .nullable()
      .meta({ description: 'What the visit is about; may have several lines.' }),
    courseId: z
      .string()
      .nullable()
      .meta({ description: 'Your own id of a course or series that the visit belongs to.' }),
    metadata: z
      .record(z.string(), z.string())
      .meta({ description: 'Your own key-value pairs, returned unchanged.' }),
    region: z.string().nullable().meta({ description: REGION }),
    provider: z.enum(PROVIDER_IDS).meta({ description: 'What carries the visit; `sfu` is this server.' }),
    providerReason: z.string().nullable().meta({
      description: 'Why another provider carries it than the first choice, as a code; null if none does.',
    }),
    meetingState: z.enum(MEETING_STATES).meta({
      description: 'Whether the meeting exists at its provider; `own` if this server carries it.',
    }),
    seats: z.array(seatView).meta({ description: 'The people who may be in the visit.' }),
    options: sessionOptions.meta({ description: 'What the visit allows.' }),
    hostNotes: z.string().nullable().meta({
      description:
        'Notes that hosts and your backend share about the visit; nobody else sees them. Erasing any person of the visit clears them.',
    }),
    returnUrl: z.string().nullable().meta({ description: RETURN_URL }),
    scheduledAt: utcTime.meta({ description: 'When the visit is scheduled to begin.' }),
    durationMinutes: z.int().meta({ description: 'The planned length in minutes.' }),
    opensAt: utcTime.meta({ description: 'The time from which people may enter.' }),
    closesAt: utcTime.meta({ description: 'The time until which people may enter.' }),
    createdAt: utcTime.meta({ description: 'When the session was created.' }),
    updatedAt: utcTime.meta({ description: 'When the session last changed.' }),
    startedAt: utcTime.nullable().meta({ description: 'When the visit began; null before that.' }),
    endedAt: utcTime.nullable().meta({ description: 'When the visit ended; null if it has not ended.' }),
    endReason: z
      .enum(END_REASONS)
      .nullable()
      .meta({ description: 'Why the visit is over; null if it is not.' }),
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionView>;

/** A page of sessions. By creation, pages stay stable under writes: no session appears twice or is skipped. */
export const sessionList = z
  .strictObject({
    sessions: z
      .array(sessionView)
      .meta({ description: 'The sessions in the requested order, newest first by default.' }),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'The cursor of the next page; null on the last page.' }),
  })
  .meta({ id: 'SessionList' });
export type SessionList = z.infer<typeof sessionList>;

/** `POST /sessions/{sessionId}/join`. Any role is accepted here; a role other than the seat's is answered with 403. */
export const joinSessionRequest = z
  .strictObject({
    role: identifier.meta({ description: 'The role of the seat. Any other role is answered with 403.' }),
    userId: identifier.meta({ description: 'Your own id of the person.' }),
    expiresIn: z
      .int()
      .min(60)
      .max(3600)
      .optional()
      .meta({ description: 'For how many seconds the link is valid; 3600 if omitted.' }),
  })
  .meta({ id: 'JoinSessionRequest' });
export type JoinSessionRequest = z.infer<typeof joinSessionRequest>;

export const joinSessionResponse = z
  .strictObject({
    joinUrl: z.string().meta({ description: 'The link with its token. Treat it as a secret.' }),
    expiresIn: z.int().meta({ description: 'Seconds until the link’s token expires.' }),
  })
  .meta({ id: 'JoinSessionResponse' });
export type JoinSessionResponse = z.infer<typeof joinSessionResponse>;

/** An error body, `application/problem+json` (RFC 9457). */
export const problem = z
  .strictObject({
    type: z.string().meta({ description: 'The code as a URN.' }),
    title: z.string().meta({ description: 'A summary that never changes for a code.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    code: z.string().meta({ description: 'The reason, for programs. Its meaning never changes.' }),
    detail: z.string().meta({ description: 'A sentence about this occurrence, for people.' }),
    remedy: z.string().meta({ description: 'What to do next, for people.' }),
    instance: z.string().meta({
      description: 'Identifies this occurrence; X-Request-Id and the server’s log have the same id.',
    }),
    errors: z
      .array(
        z.strictObject({
          path: z
            .string()
            .meta({ description: 'The invalid field as a dotted path; empty for the whole body.' }),
          message: z.string().meta({ description: 'What is wrong with the field.' }),
        }),
      )
      .optional()
      .meta({ description: 'With `validation_failed`: the invalid fields.' }),
    opensAt: utcTime.optional().meta({ description: 'With `not_open_yet`: when the visit opens.' }),
    closedAt: utcTime.optional().meta({ description: 'With `session_over`: when the visit closed.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/**
 * The first request of the join page: `GET /api/v1/visits/{sessionId}` with `Authorization: Bearer <join token>`.
 * The answer holds all that the page needs before it connects to signaling.
 */
export const visitBootstrap = z
  .strictObject({
    session: z
      .strictObject({
        sessionId: z
          .string()
          .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
        roomName: z.string().meta({ description: 'The name of the media room.' }),
        sfuNodeId: z.string().meta({ description: 'The media node that the visit runs on.' }),
        provider: z.enum(PROVIDER_IDS).meta({ description: 'What carries the visit; `sfu` is this server.' }),
        title: z.string().nullable().meta({ description: 'A short title on one line.' }),
        description: z
          .string()
          .nullable()
          .meta({ description: 'What the visit is about; may have several lines.' }),
        scheduledAt: utcTime.meta({ description: 'When the visit is scheduled to begin.' }),
        durationMinutes: z.int().meta({ description: 'The planned length in minutes.' }),
        closesAt: utcTime.meta({ description: 'The time until which people may enter.' }),
        options: sessionOptions.meta({ description: 'What the visit allows.' }),
        people: z
          .array(
            z.strictObject({
              userId: z.string().meta({ description: 'Your own id of the person.' }),
              role,
              displayName: z
                .string()
                .nullable()
                .meta({ description: 'The name that others in the visit see.' }),
            }),
          )
          .meta({ description: 'The people who may be in the visit.' }),
        hostNotes: z.string().nullable().meta({
          description:
            'Notes that hosts and the backend share about the visit; null for people who are not hosts.',
        }),
        returnUrl: z
          .string()
          .nullable()
          .meta({ description: 'Where the join page sends people after the visit; null for nowhere.' }),
        pushKey: z.string().optional().meta({
          description:
            'The server’s public key for push messages (RFC 8292), in base64url; missing if it sends none.',
        }),
      })
      .meta({ description: 'The visit.' }),
    self: z
      .strictObject({
        userId: z.string().meta({ description: 'Your own id of the person.' }),
        role,
        displayName: z.string().nullable().meta({ description: 'The name that others in the visit see.' }),
        permissions: z.array(z.string()).meta({ description: 'What the role may do.' }),
      })
      .meta({ description: 'The person that the token was issued to.' }),
    iceServers: z
      .array(
        z.strictObject({
          urls: z.array(z.string()).meta({ description: 'The server’s addresses.' }),
          username: z.string().optional().meta({ description: 'Valid for a limited time.' }),
          credential: z.string().optional().meta({ description: 'Valid for a limited time.' }),
        }),
      )
      .meta({ description: 'For RTCPeerConnection; TURN entries have time-limited credentials.' }),
    rtpCapabilities: z.looseObject({}).meta({
      description: 'The mediasoup RtpCapabilities of every router, fixed by the server’s configuration.',
    }),
    opusDtx: z.boolean().meta({ description: 'Whether the sender stops audio packets during silence.' }),
  })
  .meta({ id: 'VisitBootstrap' });

/** The bootstrap with the types that the schema cannot express. */
export interface VisitBootstrap {
  readonly session: {
    readonly sessionId: string;
    readonly roomName: string;
    readonly sfuNodeId: string;
    readonly provider: ProviderId;
    readonly title: string | null;
    readonly description: string | null;
    readonly scheduledAt: string;
    readonly durationMinutes: number;
    readonly closesAt: string;
    readonly options: SessionOptions;
    readonly people: readonly { userId: string; role: Role; displayName: string | null }[];
    readonly hostNotes: string | null;
    readonly returnUrl: string | null;
    /** The server's public key for push messages (RFC 8292), in base64url; missing if it sends none. */
    readonly pushKey?: string;
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
