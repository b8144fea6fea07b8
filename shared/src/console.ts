import { z } from 'zod';
import { role, utcTime } from './core/fields.ts';
import type { CONSOLE_EVENT_TYPES } from './console.vocabulary.ts';
import {
  CONSOLE_ROLES,
  JOIN_FAILURE_STAGES,
  LOGIN_METHODS,
  QUALITY_SECONDS,
  type ConsoleEventType,
} from './console.vocabulary.ts';
import { NODE_STATES, nodeView } from './node-operations.ts';
import { RECORDING_STATUSES } from './features/recording.vocabulary.ts';
import { notificationView } from './notifications.ts';
import { AUDIT_ACTIONS } from './reports.ts';
import { END_REASONS, NETWORK_LEVELS, PROVIDER_IDS, SESSION_STATUSES } from './vocabulary.ts';
import { webhookDeliveryView } from './webhook-endpoints.ts';

/**
 * What the API of the operator console answers. People appear by role and a short id; names, user ids and titles are null unless
 * the server has CONSOLE_SHOW_NAMES, and always in lists of several sessions. `console-operations.ts` lists the operations.
 */

const described = <S extends z.ZodType>(schema: S, description: string) => schema.meta({ description });
const nextCursor = described(z.string().nullable(), 'The cursor of the next page; null on the last page.');
const sessionId = described(z.string(), 'Televisit’s id of the session.');

/** The ways to log in, for everyone. */
export const consoleLogin = z.strictObject({
  methods: described(
    z.array(z.enum(LOGIN_METHODS)),
    '`oidc`: open `/console/api/login/oidc`; `link`: run `npm run console:link` on the server.',
  ),
  provider: described(
    z.string().nullable(),
    'The host of the identity provider, for the button; null without `oidc`.',
  ),
});
export type ConsoleLogin = z.infer<typeof consoleLogin>;

/** `POST /login/link`: the code in the fragment of a one-time link. */
export const linkLoginRequest = z.strictObject({
  code: z
    .string()
    .regex(/^[\w.-]{1,512}$/, 'must be the code of a login link')
    .meta({ description: 'The fragment of the link.' }),
});
export type LinkLoginRequest = z.input<typeof linkLoginRequest>;

/** The login of an operator. */
export const consoleSession = z.strictObject({
  subject: described(z.string(), 'Identifies the operator; the audit log has it.'),
  label: described(
    z.string(),
    'The operator’s name or address for the page; the subject if neither is known.',
  ),
  role: described(z.enum(CONSOLE_ROLES), 'Each role includes the ones before it.'),
  method: described(z.enum(LOGIN_METHODS), 'How the operator logged in.'),
  csrfToken: described(z.string(), 'For the header X-Console-Token of every request other than GET.'),
  loggedInAt: described(utcTime, 'When the operator logged in.'),
  expiresAt: described(utcTime, 'When the login ends at the latest.'),
  idleSeconds: described(
    z.int(),
    'After how many seconds without a request it ends earlier. An open event stream does not count as one.',
  ),
  showNames: described(z.boolean(), 'Whether names, user ids and titles are shown (CONSOLE_SHOW_NAMES).'),
});
export type ConsoleSession = z.infer<typeof consoleSession>;

export const loggedOut = z.strictObject({
  loggedOut: z.literal(true).meta({ description: 'Always true, also if there was no login.' }),
});

/** A person of a visit. */
export const consolePerson = z.strictObject({
  id: described(
    z.string(),
    'A short id that is the same in all visits of the person and on all servers: `p-` and 10 hex digits.',
  ),
  seat: described(z.int(), 'The place of the seat in the visit, from 0.'),
  role,
  name: described(z.string().nullable(), 'The name in the visit; null unless names are shown.'),
  userId: described(z.string().nullable(), 'The backend’s id; null unless names are shown.'),
});
export type ConsolePerson = z.infer<typeof consolePerson>;

/** A node with the number of visits on it. */
export const consoleNode = z.strictObject({
  ...nodeView.shape,
  openSessions: described(
    z.int().nullable(),
    'Visits on the node that are not over; null if it was not counted.',
  ),
});
export type ConsoleNode = z.infer<typeof consoleNode>;
export const consoleNodeList = z.strictObject({ nodes: described(z.array(consoleNode), 'By name.') });
export type ConsoleNodeList = z.infer<typeof consoleNodeList>;

/** A line of a list of sessions. */
export const consoleSessionLine = z.strictObject({
  sessionId,
  appointmentId: described(z.string(), 'The backend’s id of the appointment.'),
  status: z.enum(SESSION_STATUSES),
  title: described(z.string().nullable(), 'Null unless names are shown.'),
  scheduledAt: utcTime,
  durationMinutes: described(z.int(), 'The planned length.'),
  startedAt: utcTime.nullable(),
  endedAt: utcTime.nullable(),
  endReason: z.enum(END_REASONS).nullable(),
  createdAt: utcTime,
  nodeId: described(z.string(), 'The SFU node that it is placed on.'),
  region: z.string().nullable(),
  provider: described(z.enum(PROVIDER_IDS), '`sfu` is this server.'),
  people: described(
    z.array(z.strictObject({ ...consolePerson.shape, present: z.boolean(), waiting: z.boolean() })),
    'Everyone who has a seat and was not removed.',
  ),
  impairedSeconds: described(
    z.int(),
    'For how many seconds the networks of its people were poor, as stored when they left.',
  ),
});
export type ConsoleSessionLine = z.infer<typeof consoleSessionLine>;
export const consoleSessionList = z.strictObject({ sessions: z.array(consoleSessionLine), nextCursor });
export type ConsoleSessionList = z.infer<typeof consoleSessionList>;

/** What a search found: sessions whose id, appointment or person is exactly the text. */
export const consoleSearchResult = z.strictObject({
  matches: described(
    z.enum(['session', 'appointment', 'user']).nullable(),
    'What the text is an id of; null if nothing was found.',
  ),
  sessions: described(z.array(consoleSessionLine), 'At most 50, the newest first.'),
});
export type ConsoleSearchResult = z.infer<typeof consoleSearchResult>;

/** How well media arrived, 0 to 10; null if nothing was sent. */
const score = z.number().min(0).max(10).nullable();

/** Everything about the people of one session. */
export const consoleSessionDetail = z.strictObject({
  ...consoleSessionLine.shape,
  updatedAt: utcTime,
  opensAt: described(utcTime, 'The time from which people may enter.'),
  closesAt: described(utcTime, 'The time until which people may enter.'),
  nodeState: described(
    z.enum(NODE_STATES).nullable(),
    'The state of its node; null if no server knows the node.',
  ),
  durationSeconds: described(z.int(), 'From the start until the last person left, or until now.'),
  attendance: described(
    z.array(
      z.strictObject({
        person: consolePerson,
        present: z.boolean(),
        waiting: described(z.boolean(), 'Whether the person is in the waiting room.'),
        removedAt: utcTime.nullable(),
        intervals: z.array(z.strictObject({ joinedAt: utcTime, leftAt: utcTime.nullable() })),
        minutes: z.number(),
        waitingSeconds: z.int(),
        reconnects: z.int(),
        impairedMinutes: z.number(),
        quality: z.strictObject({
          sent: described(score, 'At the server, from the person: 0 to 10.'),
          received: described(score, 'At the person, from the server: 0 to 10.'),
        }),
        rating: described(z.int().nullable(), 'The person’s stars, 1 to 5; null if none were given.'),
      }),
    ),
    'Everyone who has or had a seat, in seat order.',
  ),
});
export type ConsoleSessionDetail = z.infer<typeof consoleSessionDetail>;

/** The quality of a visit over time. */
export const consoleQuality = z.strictObject({
  stepSeconds: described(z.int(), `The time between two points: ${QUALITY_SECONDS}.`),
  series: z.array(
    z.strictObject({
      person: consolePerson,
      points: described(
        z.array(
          z.strictObject({
            at: utcTime,
            network: described(
              z.enum(NETWORK_LEVELS).nullable(),
              'The network as the page judges it; null if unknown.',
            ),
            sent: described(score, 'The score of what arrives from the person: 0 to 10.'),
            received: described(score, 'The score of what arrives at the person: 0 to 10.'),
          }),
        ),
        'The latest 480, oldest first. There is none for times at which the person was away.',
      ),
    }),
  ),
});
export type ConsoleQuality = z.infer<typeof consoleQuality>;

/** The history of a session. */
export const consoleHistory = z.strictObject({
  entries: described(
    z.array(
      z.strictObject({
        at: utcTime,
        action: z.enum(AUDIT_ACTIONS),
        actor: z.strictObject({
          type: z.enum(['backend', 'participant', 'operator', 'system']),
          person: described(consolePerson.nullable(), 'For a participant.'),
          subject: described(z.string().nullable(), 'For an operator of the console.'),
        }),
        person: described(consolePerson.nullable(), 'The person concerned, if any.'),
        details: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
      }),
    ),
    'A page, oldest first.',
  ),
  nextCursor,
});
export type ConsoleHistory = z.infer<typeof consoleHistory>;

export const consoleDelivery = webhookDeliveryView;
export type ConsoleDelivery = z.infer<typeof consoleDelivery>;
export const consoleDeliveryList = z.strictObject({ deliveries: z.array(consoleDelivery), nextCursor });
export type ConsoleDeliveryList = z.infer<typeof consoleDeliveryList>;

const { kind, state, minutesBefore, createdAt, dueAt, settledAt, attempts, error, channel } =
  notificationView.shape;

/** An e-mail, text message or push message, without address and text. */
export const consoleMessage = z.strictObject({
  messageId: z.string(),
  channel: z.enum(['mail', ...channel.options]),
  person: consolePerson.nullable(),
  kind,
  minutesBefore,
  state,
  createdAt,
  dueAt,
  settledAt,
  attempts,
  error,
});
export type ConsoleMessage = z.infer<typeof consoleMessage>;
export const consoleMessageList = z.strictObject({
  messages: described(z.array(consoleMessage), 'All of them, oldest first.'),
});
export type ConsoleMessageList = z.infer<typeof consoleMessageList>;

/** A recording without media: the console neither plays nor downloads it. */
export const consoleRecording = z.strictObject({
  recordingId: z.string(),
  status: z.enum(RECORDING_STATUSES),
  startedAt: utcTime,
  stoppedAt: utcTime.nullable(),
  readyAt: utcTime.nullable(),
  complete: described(z.boolean(), 'False if files are missing.'),
  legalHold: z.boolean(),
  expiresAt: described(utcTime.nullable(), 'When it is deleted; null for never.'),
  files: described(z.int(), 'The number of its files.'),
  bytes: described(z.int(), 'Their size altogether.'),
});
export type ConsoleRecording = z.infer<typeof consoleRecording>;
export const consoleRecordingList = z.strictObject({
  recordings: described(z.array(consoleRecording), 'All of them, oldest first.'),
});
export type ConsoleRecordingList = z.infer<typeof consoleRecordingList>;

/** An attempt to join that was refused. */
export const consoleJoinFailure = z.strictObject({
  failureId: z.string(),
  at: utcTime,
  sessionId,
  person: described(consolePerson.nullable(), 'Null if the person has no seat any longer.'),
  stage: described(
    z.enum(JOIN_FAILURE_STAGES),
    '`page`: the first request of the page; `connection`: its signaling connection; `join`: its message "join".',
  ),
  code: described(z.string(), 'The error code that the page received.'),
  title: described(z.string(), 'What the code means, in English.'),
});
export type ConsoleJoinFailure = z.infer<typeof consoleJoinFailure>;
export const consoleJoinFailureList = z.strictObject({
  failures: described(z.array(consoleJoinFailure), 'The newest first.'),
  nextCursor,
});
export type ConsoleJoinFailureList = z.infer<typeof consoleJoinFailureList>;

/**
 * The data of server-sent events, by `event`; the page reads the changed things again. `GET /events` also sends a comment every
 * 15 s, so that proxies keep the connection.
 */
export const consoleEvents = {
  /** The stream is open: read everything that is shown, because changes before it were not reported. */
  hello: z.strictObject({}),
  /** A node appeared, disappeared, or changed its state or load. */
  nodes: z.strictObject({}),
  /** Sessions were created, started, ended, or people came or left. At most once a second. */
  sessions: z.strictObject({}),
  /** One session changed. */
  session: z.strictObject({ sessionId }),
  /** An attempt to join was refused. */
  failures: z.strictObject({ sessionId }),
  /** The stream closes: the login is over (`logged_out`, `expired`), or the server stops and another answers (`restart`). */
  bye: z.strictObject({ reason: z.enum(['logged_out', 'expired', 'restart']) }),
} as const satisfies Record<ConsoleEventType, z.ZodType>;
export type ConsoleEvents = {
  [T in (typeof CONSOLE_EVENT_TYPES)[number]]: z.infer<(typeof consoleEvents)[T]>;
};
