import { z } from 'zod';
import { merge } from './core/contract.ts';
import { role, utcTime } from './core/fields.ts';
import { FACTS } from './facts.ts';
import { FEATURES, type Feature } from './features/index.ts';
import { END_REASONS, SESSION_STATUSES } from './vocabulary.ts';

/** Who did something: a backend (by the public name of its secret), a person of the visit, or the server itself. */
export const actorView = z
  .strictObject({
    type: z.enum(['backend', 'participant', 'system']),
    /** For a person. */
    userId: z.string().optional(),
    /** For a backend: which internal secret it used, as a digest. */
    keyId: z.string().optional(),
  })
  .meta({ id: 'Actor' });
export type ActorView = z.infer<typeof actorView>;

/** mediasoup's score, 0 (nothing arrives) to 10 (all arrives), as a mean over time; null where nothing was sent. */
const score = z.number().min(0).max(10).nullable();

/** How well media arrived: `sent` at the server from the person, `received` at the person from the server. */
export const qualityView = z.strictObject({ sent: score, received: score }).meta({ id: 'Quality' });

/** One stretch of time in the visit; a reconnect within the grace goes on in the same one. */
const intervalView = z.strictObject({ joinedAt: utcTime, leftAt: utcTime.nullable() });

/** A seat and when its person was in the visit. */
export const participantView = z
  .strictObject({
    userId: z.string(),
    role,
    displayName: z.string().nullable(),
    /** In the visit now, or expected back within the grace of a lost connection. */
    connected: z.boolean(),
    intervals: z.array(intervalView),
    totalSeconds: z.int(),
    reconnects: z.int(),
    removedAt: utcTime.nullable(),
  })
  .meta({ id: 'Participant' });
export type ParticipantAttendance = z.infer<typeof participantView>;

export const participantList = z
  .strictObject({ participants: z.array(participantView) })
  .meta({ id: 'ParticipantList' });
export type ParticipantList = z.infer<typeof participantList>;

/** What a visit was like, as far as it has come. */
export const sessionReport = z
  .strictObject({
    sessionId: z.string(),
    appointmentId: z.string(),
    status: z.enum(SESSION_STATUSES),
    scheduledAt: utcTime,
    startedAt: utcTime.nullable(),
    endedAt: utcTime.nullable(),
    endReason: z.enum(END_REASONS).nullable(),
    endedBy: actorView.nullable(),
    /** From the start until the last person left (or now); 0 where nobody came. */
    durationSeconds: z.int(),
    /** How long the first guest was there before a host was; null where nobody waited for a host who came. */
    waitingSeconds: z.int().nullable(),
    reconnects: z.int(),
    ...merge<Feature, 'report'>(FEATURES, 'report'),
    participants: z.array(
      z.strictObject({
        userId: z.string(),
        role,
        displayName: z.string().nullable(),
        firstJoinedAt: utcTime.nullable(),
        lastLeftAt: utcTime.nullable(),
        minutes: z.number(),
        reconnects: z.int(),
        quality: qualityView,
        /** For how long the person's network was poor. */
        impairedMinutes: z.number(),
      }),
    ),
  })
  .meta({ id: 'SessionReport' });
export type SessionReport = z.infer<typeof sessionReport>;

const dayFigures = {
  visits: z.int(),
  byStatus: z.strictObject({
    scheduled: z.int(),
    live: z.int(),
    ended: z.int(),
    cancelled: z.int(),
  }),
  noShows: z.int(),
  /** Minutes that visits lasted. */
  minutes: z.number(),
  meanWaitingSeconds: z.number().nullable(),
  meanRating: z.number().nullable(),
};

/** Figures over the visits that were scheduled from `from` (inclusive) to `to` (exclusive). */
export const analytics = z
  .strictObject({
    from: utcTime,
    to: utcTime,
    timeZone: z.string(),
    ...dayFigures,
    /** One entry for each calendar day in `timeZone` that has a visit. */
    days: z.array(z.strictObject({ date: z.iso.date(), ...dayFigures })),
  })
  .meta({ id: 'Analytics' });
export type Analytics = z.infer<typeof analytics>;

/** The actions in the audit log that belong to no single feature. */
const CORE_ACTIONS = [
  'session.created',
  'session.updated',
  'session.placed',
  'session.reminder',
  'session.cancelled',
  'session.no_show',
  'meeting.started',
  'meeting.ended',
  'participant.joined',
  'participant.left',
  'participant.removed',
  'quality.degraded',
  'report.ready',
  'user.erased',
  'link.issued',
  'report.read',
  'data.exported',
] as const;

/** Every action in the audit log. Names, tokens and messages of people are never part of it. */
export const AUDIT_ACTIONS = [...CORE_ACTIONS, ...(Object.keys(FACTS) as (keyof typeof FACTS)[])] as const;

/** Who did what, when, and to whom. */
export const auditEntry = z
  .strictObject({
    at: utcTime,
    actor: actorView,
    action: z.enum(AUDIT_ACTIONS),
    /** The person whom it concerns, if one; a pseudonym once that person was erased. */
    userId: z.string().nullable(),
    /** What else is known of the action, without names: a reason, the names of changed fields, a node. */
    details: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditLog = z.strictObject({ entries: z.array(auditEntry) }).meta({ id: 'AuditLog' });
export type AuditLog = z.infer<typeof auditLog>;

/** Everything that is kept about a person. */
export const userData = z
  .strictObject({
    userId: z.string(),
    exportedAt: utcTime,
    sessions: z.array(
      z.strictObject({
        sessionId: z.string(),
        appointmentId: z.string(),
        status: z.enum(SESSION_STATUSES),
        scheduledAt: utcTime,
        role,
        displayName: z.string().nullable(),
        email: z.string().nullable(),
        language: z.string().nullable(),
        timeZone: z.string().nullable(),
        /** The mails to the person about this visit. */
        mails: z.array(z.strictObject({ kind: z.enum(['reminder', 'moved', 'cancelled']), sentAt: utcTime })),
        removedAt: utcTime.nullable(),
        intervals: z.array(
          z.strictObject({
            ...intervalView.shape,
            reconnects: z.int(),
            quality: qualityView,
            /** For how long of it the person's network was poor. */
            impairedSeconds: z.int(),
          }),
        ),
        ...merge<Feature, 'personalData'>(FEATURES, 'personalData'),
        audit: z.array(auditEntry),
      }),
    ),
  })
  .meta({ id: 'UserData' });
export type UserData = z.infer<typeof userData>;

/** What an erasure did; asking again finds nothing and erases nothing. */
export const erasure = z
  .strictObject({
    /** What stands in the place of the userId now; null where there was nothing to erase. */
    pseudonym: z.string().nullable(),
    sessions: z.int(),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.infer<typeof erasure>;

/** Where a person's calendar can be subscribed; the address needs no header, so treat it as a secret. */
export const calendarLink = z.strictObject({ url: z.string() }).meta({ id: 'CalendarLink' });
export type CalendarLink = z.infer<typeof calendarLink>;
