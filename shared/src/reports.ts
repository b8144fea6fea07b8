import { z } from 'zod';
import { merge } from './core/contract.ts';
import { role, utcTime } from './core/fields.ts';
import { FACTS, FEATURES, type Feature } from './features/index.ts';
import { JOIN_FAILURE_STAGES } from './console.vocabulary.ts';
import { END_REASONS, NETWORK_LEVELS, PROVIDER_IDS, SESSION_STATUSES } from './vocabulary.ts';
import { sentNotification, storedSubscription } from './notifications.ts';

/** The actor of an action: a backend (identified by its secret's public id), a person of the visit, an operator, or the server. */
export const actorView = z
  .strictObject({
    type: z.enum(['backend', 'participant', 'operator', 'system']).meta({
      description:
        'The kind of actor: a backend, a person of the visit, an operator in the console, or the server itself.',
    }),
    userId: z.string().optional().meta({ description: 'For a person of the visit.' }),
    keyId: z
      .string()
      .optional()
      .meta({ description: 'For a backend: a digest of the internal secret that it used.' }),
    subject: z
      .string()
      .optional()
      .meta({ description: 'For an operator: who they are to the identity provider, or the login link.' }),
  })
  .meta({ id: 'Actor' });
export type ActorView = z.infer<typeof actorView>;

/** mediasoup's score, 0 (no packet arrives) to 10 (all arrive), as a mean over time; null if nothing was sent. */
const score = z.number().min(0).max(10).nullable();

/** How well media arrived: `sent` at the server from the person, `received` at the person from the server. */
export const qualityView = z
  .strictObject({
    sent: score.meta({
      description:
        'At the server, from the person: 0 (nothing arrives) to 10 (everything arrives); null if nothing was sent.',
    }),
    received: score.meta({
      description:
        'At the person, from the server: 0 (nothing arrives) to 10 (everything arrives); null if nothing was sent.',
    }),
  })
  .meta({ id: 'Quality' });

/** A period in the visit; a reconnect within the grace period continues it. */
const intervalView = z.strictObject({
  joinedAt: utcTime.meta({ description: 'When the person entered.' }),
  leftAt: utcTime.nullable().meta({ description: 'When the person left; null while they are in the visit.' }),
});

/** A seat and the attendance of its person. */
export const participantView = z
  .strictObject({
    userId: z.string().meta({ description: 'Your own id of the person.' }),
    role,
    displayName: z.string().nullable().meta({ description: 'The name that others in the visit see.' }),
    connected: z
      .boolean()
      .meta({ description: 'Whether the person is in the visit, or expected back after a lost connection.' }),
    intervals: z.array(intervalView).meta({
      description:
        'When the person was in the visit; a brief loss of the connection does not end an interval.',
    }),
    totalSeconds: z.int().meta({ description: 'How long the person was in the visit altogether.' }),
    reconnects: z.int().meta({ description: 'How often the connection was lost and restored.' }),
    removedAt: utcTime
      .nullable()
      .meta({ description: 'When the person was removed and may not return; null if they were not.' }),
  })
  .meta({ id: 'Participant' });
export type ParticipantAttendance = z.infer<typeof participantView>;

export const participantList = z
  .strictObject({
    participants: z.array(participantView).meta({ description: 'Everyone who has a seat, in seat order.' }),
  })
  .meta({ id: 'ParticipantList' });
export type ParticipantList = z.infer<typeof participantList>;

const waitingSeconds = z.int().meta({
  description: 'How many seconds the person was in the waiting room, and in the visit if no host ever came.',
});

/** Facts and figures of a visit, up to now if it is not over. */
export const sessionReport = z
  .strictObject({
    sessionId: z
      .string()
      .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
    appointmentId: z.string().meta({ description: 'Your own id of the appointment; it has one session.' }),
    status: z.enum(SESSION_STATUSES).meta({ description: 'The state of the visit.' }),
    scheduledAt: utcTime.meta({ description: 'When the visit is scheduled to begin.' }),
    startedAt: utcTime.nullable().meta({ description: 'When the visit began; null before that.' }),
    endedAt: utcTime.nullable().meta({ description: 'When the visit ended; null if it has not ended.' }),
    endReason: z
      .enum(END_REASONS)
      .nullable()
      .meta({ description: 'Why the visit is over; null if it is not.' }),
    endedBy: actorView.nullable().meta({ description: 'Who ended the visit; null if nobody has.' }),
    durationSeconds: z
      .int()
      .meta({ description: 'From the start until the last person left, or until now; 0 if nobody came.' }),
    waitingSeconds: z.int().nullable().meta({
      description:
        'How long the first guest waited for a host, up to the end of the visit if no host ever came; null if no guest came, or no host has come yet.',
    }),
    reconnects: z.int().meta({ description: 'How often the connection was lost and restored.' }),
    ...merge<Feature, 'report'>(FEATURES, 'report'),
    provider: z.enum(PROVIDER_IDS).meta({ description: 'What carried the visit.' }),
    visitors: z
      .array(
        z.strictObject({
          name: z
            .string()
            .nullable()
            .meta({ description: 'The name that the person chose there; null if it is unknown.' }),
          joinedAt: utcTime.meta({ description: 'When the person entered.' }),
          leftAt: utcTime
            .nullable()
            .meta({ description: 'When the person left; null while they are in the visit.' }),
        }),
      )
      .meta({ description: 'People in the meeting at another provider for whom no seat is known.' }),
    participants: z
      .array(
        z.strictObject({
          userId: z.string().meta({ description: 'Your own id of the person.' }),
          role,
          displayName: z.string().nullable().meta({ description: 'The name that others in the visit see.' }),
          firstJoinedAt: utcTime
            .nullable()
            .meta({ description: 'When the person first entered; null if they never did.' }),
          lastLeftAt: utcTime.nullable().meta({
            description:
              'When the person last left; null while they are in the visit, and if they never entered.',
          }),
          minutes: z.number().meta({ description: 'How many minutes the person was in the visit.' }),
          waitingSeconds,
          reconnects: z.int().meta({ description: 'How often the connection was lost and restored.' }),
          quality: qualityView.meta({ description: 'How well media arrived.' }),
          impairedMinutes: z
            .number()
            .meta({ description: 'For how many minutes the person’s network was poor.' }),
        }),
      )
      .meta({ description: 'Everyone who has a seat, in seat order.' }),
  })
  .meta({ id: 'SessionReport' });
export type SessionReport = z.infer<typeof sessionReport>;

const dayFigures = {
  visits: z.int().meta({ description: 'The number of visits.' }),
  byStatus: z
    .strictObject({
      scheduled: z.int().meta({ description: 'Not begun yet.' }),
      live: z.int().meta({ description: 'In progress.' }),
      ended: z.int().meta({ description: 'Over.' }),
      cancelled: z.int().meta({ description: 'Cancelled by the backend.' }),
    })
    .meta({ description: 'The number of visits with each status.' }),
  noShows: z.int().meta({ description: 'Visits whose join window closed before anyone came.' }),
  hostAbsences: z
    .int()
    .meta({ description: 'Visits that ended by themselves with people who waited, and no host came.' }),
  minutes: z.number().meta({ description: 'How many minutes the visits lasted.' }),
  meanWaitingSeconds: z
    .number()
    .nullable()
    .meta({ description: 'How long guests waited for a host on average; null if none waited.' }),
  meanRating: z
    .number()
    .nullable()
    .meta({ description: 'The mean of all ratings, 1 to 5; null if there are none.' }),
};

/** Figures of the visits that were scheduled from `from` (inclusive) to `to` (exclusive). */
export const analytics = z
  .strictObject({
    from: utcTime.meta({ description: 'Start of the range (inclusive).' }),
    to: utcTime.meta({ description: 'End of the range (exclusive).' }),
    timeZone: z.string().meta({ description: 'The time zone of the calendar days: an IANA name.' }),
    ...dayFigures,
    days: z
      .array(
        z.strictObject({
          date: z.iso.date().meta({ description: 'A calendar day in the requested time zone.' }),
          ...dayFigures,
        }),
      )
      .meta({ description: 'One entry for each calendar day that has a visit.' }),
  })
  .meta({ id: 'Analytics' });
export type Analytics = z.infer<typeof analytics>;

/** The actions in the audit log that belong to no single feature. */
const CORE_ACTIONS = [
  'session.created',
  'session.updated',
  'session.placed',
  'session.provider_changed',
  'session.provider_failed',
  'session.reminder',
  'session.closing_soon',
  'session.cancelled',
  'session.reopened',
  'session.no_show',
  'session.host_absent',
  'meeting.started',
  'meeting.ended',
  'participant.joined',
  'participant.left',
  'participant.removed',
  'participant.added',
  'participant.restored',
  'participant.updated',
  'participant.links_revoked',
  'quality.degraded',
  'report.ready',
  'report.updated',
  'user.erased',
  'link.issued',
  'report.read',
  'console.read',
  'console.found',
  'console.replayed',
  'data.exported',
  'calendar.revoked',
  'notification.sent',
  'notification.delivered',
  'notification.failed',
  'push.subscribed',
  'push.unsubscribed',
] as const;

/** Every action in the audit log. Names, tokens and messages of people are never part of it. */
export const AUDIT_ACTIONS = [...CORE_ACTIONS, ...(Object.keys(FACTS) as (keyof typeof FACTS)[])] as const;

/** One action: the actor, the time and the person concerned. */
export const auditEntry = z
  .strictObject({
    at: utcTime.meta({ description: 'When it happened.' }),
    actor: actorView.meta({ description: 'Who did it.' }),
    action: z.enum(AUDIT_ACTIONS).meta({ description: 'What was done.' }),
    userId: z
      .string()
      .nullable()
      .meta({ description: 'The person concerned, if any; a pseudonym after that person was erased.' }),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
      .meta({ description: 'Further details without names: a reason, the changed fields, a node.' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditLog = z
  .strictObject({ entries: z.array(auditEntry).meta({ description: 'The log, oldest first.' }) })
  .meta({ id: 'AuditLog' });
export type AuditLog = z.infer<typeof auditLog>;

/** Everything that is stored about a person. */
export const userData = z
  .strictObject({
    userId: z.string().meta({ description: 'Your own id of the person.' }),
    exportedAt: utcTime.meta({ description: 'When the export was made.' }),
    calendarFeed: z
      .boolean()
      .meta({ description: 'Whether an address of the person’s calendar feed was created or revoked.' }),
    sessions: z
      .array(
        z.strictObject({
          sessionId: z
            .string()
            .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
          appointmentId: z
            .string()
            .meta({ description: 'Your own id of the appointment; it has one session.' }),
          status: z.enum(SESSION_STATUSES).meta({ description: 'The state of the visit.' }),
          scheduledAt: utcTime.meta({ description: 'When the visit is scheduled to begin.' }),
          role,
          displayName: z.string().nullable().meta({ description: 'The person’s name in the visit.' }),
          email: z.string().nullable().meta({ description: 'Where reminders of the visit are sent.' }),
          phone: z.string().nullable().meta({ description: 'The number for text messages about the visit.' }),
          smsOptOut: z.boolean().meta({ description: 'Whether the person wants no text messages.' }),
          pushOptOut: z.boolean().meta({ description: 'Whether the person wants no push messages.' }),
          language: z.string().nullable().meta({
            description:
              'Language of the person’s e-mails and join page: a BCP 47 tag; null for the language of the visit.',
          }),
          timeZone: z.string().nullable().meta({
            description:
              'Time zone of the times in the person’s e-mails: an IANA name; null for MAIL_TIME_ZONE.',
          }),
          mails: z
            .array(
              z.strictObject({
                kind: z.enum(['invited', 'reminder', 'moved', 'withdrawn', 'cancelled']).meta({
                  description:
                    'The kind of e-mail: `invited`, `reminder`, `moved` (a new time), `withdrawn` (the person is no longer expected) or `cancelled` (the visit).',
                }),
                sentAt: utcTime.meta({ description: 'When the mail server accepted it.' }),
              }),
            )
            .meta({ description: 'The e-mails to the person about this visit.' }),
          notifications: z
            .array(sentNotification)
            .meta({ description: 'The text messages and push messages to the person about this visit.' }),
          pushSubscriptions: z.array(storedSubscription).meta({
            description: 'The browsers in which the person asked for push messages about this visit.',
          }),
          removedAt: utcTime
            .nullable()
            .meta({ description: 'When the person was removed and may not return; null if they were not.' }),
          waitingSeconds,
          intervals: z
            .array(
              z.strictObject({
                ...intervalView.shape,
                reconnects: z.int().meta({ description: 'How often the connection was lost and restored.' }),
                quality: qualityView.meta({ description: 'How well media arrived.' }),
                impairedSeconds: z
                  .int()
                  .meta({ description: 'For how many of its seconds the person’s network was poor.' }),
              }),
            )
            .meta({
              description:
                'When the person was in the visit; a brief loss of the connection does not end an interval.',
            }),
          refusedJoins: z
            .array(
              z.strictObject({
                at: utcTime.meta({ description: 'When it was refused.' }),
                stage: z.enum(JOIN_FAILURE_STAGES).meta({
                  description:
                    'Where: at the `page`’s first request, at its `connection`, or when the person pressed Join (`join`).',
                }),
                code: z.string().meta({ description: 'The code of the error, such as `session_ended`.' }),
              }),
            )
            .meta({
              description: 'The person’s attempts to join that were refused, the latest ones, newest first.',
            }),
          qualityOverTime: z
            .array(
              z.strictObject({
                ...qualityView.shape,
                at: utcTime.meta({ description: 'When it was measured.' }),
                network: z.enum(NETWORK_LEVELS).nullable().meta({
                  description: 'As the person’s page judged its network; null if it did not say.',
                }),
              }),
            )
            .meta({
              description: 'How well media arrived, every half minute, for the last four hours of the visit.',
            }),
          ...merge<Feature, 'personalData'>(FEATURES, 'personalData'),
          audit: z
            .array(auditEntry)
            .meta({ description: 'What the person did, and what was done to them, oldest first.' }),
        }),
      )
      .meta({ description: 'Every visit in which the person had a seat.' }),
  })
  .meta({ id: 'UserData' });
export type UserData = z.infer<typeof userData>;

/** The result of an erasure; repeating it finds nothing to erase. */
export const erasure = z
  .strictObject({
    pseudonym: z
      .string()
      .nullable()
      .meta({ description: 'The pseudonym that replaces the userId; null if there was nothing to erase.' }),
    sessions: z.int().meta({ description: 'In how many sessions the person was erased.' }),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.infer<typeof erasure>;

/** The result of revoking the addresses of a person's calendar feed. */
export const calendarRevocation = z
  .strictObject({
    visits: z.int().meta({ description: 'In the audit logs of how many visits the revocation is recorded.' }),
  })
  .meta({ id: 'CalendarRevocation' });
export type CalendarRevocation = z.infer<typeof calendarRevocation>;

/** The address of a person's calendar feed; it needs no header, so treat it as a secret. */
export const calendarLink = z
  .strictObject({
    url: z.string().meta({ description: 'The signed address. It needs no header, so treat it as a secret.' }),
  })
  .meta({ id: 'CalendarLink' });
export type CalendarLink = z.infer<typeof calendarLink>;
