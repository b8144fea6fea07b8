import { z } from 'zod';
import type { FactContract } from './core/contract.ts';
import { utcTime, webhookPerson as person } from './core/fields.ts';
import { FACTS, type Facts } from './features/index.ts';
import { END_REASONS, LEAVE_REASONS, PROVIDER_IDS } from './vocabulary.ts';

/** A period of a person's attendance. */
const interval = {
  interval: z.int().min(1).meta({
    description:
      'The number of the person’s attendance period, from 1. A later event about the same period replaces this one.',
  }),
  joinedAt: utcTime.meta({ description: 'When this attendance period began.' }),
  reconnects: z.int().min(0).meta({
    description:
      'How often the connection was lost and restored within it. A join with more than 0 continues the previous period.',
  }),
};
const leftAt = utcTime.meta({ description: 'When the person left.' });
const waited = z
  .array(
    z.strictObject({
      ...person,
      waitingSeconds: z.int().min(0).meta({
        description: 'Seconds in the waiting room, and in the visit if no host ever came.',
      }),
    }),
  )
  .meta({ description: 'Everyone who waited, and for how long, up to the end.' });
const plan = {
  scheduledAt: utcTime.meta({ description: 'When the visit begins.' }),
  durationMinutes: z.int().meta({ description: 'The planned length.' }),
};

const id = z.string().meta({
  description: 'Identifies the event. A retry has the same id, which is also in the header webhook-id.',
});
const timestamp = utcTime.meta({ description: 'When it happened.' });
const typeOf = <T extends string>(type: T) => z.literal(type).meta({ description: 'What happened.' });

function event<T extends string, D extends z.ZodRawShape>(type: T, about: string, data: D) {
  return z
    .strictObject({
      id,
      type: typeOf(type),
      timestamp,
      sessionId: z.string().meta({ description: 'Televisit’s id of the session.' }),
      appointmentId: z.string().meta({ description: 'Your own id of the appointment.' }),
      sequence: z.int().min(1).meta({
        description:
          'Grows with every event of the session. An endpoint receives the events in this order; numbers may be skipped.',
      }),
      data: z.strictObject(data).meta({ description: 'The details, without names.' }),
    })
    .meta({ id: `${pascalCase(type)}Event`, description: about });
}

/** The events that belong to no single feature. */
const CORE_WEBHOOK_EVENTS = {
  'session.created': event('session.created', 'A session was created.', plan),
  'session.updated': event(
    'session.updated',
    'The plan of a session changed; rescheduling changes scheduledAt.',
    {
      ...plan,
      fields: z.array(z.string()).meta({ description: 'The fields of the session that changed.' }),
    },
  ),
  'session.reminder': event(
    'session.reminder',
    'A session begins soon. Sent once for each reminder that the server is configured with.',
    {
      minutesBefore: z
        .int()
        .meta({ description: 'Identifies the reminder: its configured number of minutes.' }),
      startsAt: utcTime.meta({ description: 'When the visit begins.' }),
    },
  ),
  'session.closing_soon': event(
    'session.closing_soon',
    'The join window of a live session closes in five minutes. A longer durationMinutes extends it.',
    { closesAt: utcTime.meta({ description: 'When the session ends, unless it is extended.' }) },
  ),
  'session.cancelled': event(
    'session.cancelled',
    'A session was cancelled. If it was live, meeting.ended is sent too.',
    { cancelledAt: utcTime.meta({ description: 'When it was cancelled.' }), waited },
  ),
  'session.provider_changed': event(
    'session.provider_changed',
    'Another provider carries the visit from now on. Join links stay the same and lead there.',
    {
      from: z.enum(PROVIDER_IDS).meta({ description: 'The provider that could not be used.' }),
      to: z.enum(PROVIDER_IDS).meta({ description: 'The provider that carries the visit now.' }),
      reason: z.string().meta({ description: 'Why, as a code for logs.' }),
    },
  ),
  'session.provider_failed': event(
    'session.provider_failed',
    'The provider of a visit could not create its meeting, and no other provider is left. The server keeps trying.',
    {
      provider: z.enum(PROVIDER_IDS).meta({ description: 'The provider.' }),
      reason: z.string().meta({ description: 'Why, as a code for logs.' }),
    },
  ),
  'session.reopened': event(
    'session.reopened',
    'A session that was ended by mistake is live again. It is followed by another meeting.ended.',
    plan,
  ),
  'session.no_show': event('session.no_show', 'The join window of a session closed before anyone came.', {
    ...plan,
    closedAt: utcTime.meta({ description: 'When the join window closed.' }),
  }),
  'session.host_absent': event(
    'session.host_absent',
    'A session ended by itself: people had come, but no host. If it was live, meeting.ended is sent too.',
    { ...plan, endedAt: utcTime.meta({ description: 'When it ended.' }), waited },
  ),
  'meeting.started': event(
    'meeting.started',
    'A session is live: the first person entered, or your backend started it.',
    { startedAt: utcTime.meta({ description: 'When it became live.' }) },
  ),
  'meeting.ended': event(
    'meeting.ended',
    'A session is over. Everyone who was in it left at endedAt, without a participant.left of their own.',
    {
      startedAt: utcTime.nullable().meta({ description: 'When it became live; null if it never was.' }),
      endedAt: utcTime.meta({ description: 'When it ended.' }),
      reason: z.enum(END_REASONS).meta({ description: 'Why it is over.' }),
      participants: z.array(z.strictObject({ ...person, ...interval, leftAt })).meta({
        description: 'The last attendance period of everyone who was in the visit.',
      }),
      waited,
    },
  ),
  'participant.joined': event('participant.joined', 'A person is in the visit.', {
    ...person,
    ...interval,
  }),
  'participant.left': event(
    'participant.left',
    'A person is no longer in the visit. After connection_lost, a return may continue the same attendance period.',
    {
      ...person,
      ...interval,
      leftAt,
      reason: z.enum(LEAVE_REASONS).meta({ description: 'Why the person is no longer in the visit.' }),
    },
  ),
  'participant.removed': event(
    'participant.removed',
    'A person was removed and may not return. If they were in the visit, participant.left is sent too.',
    person,
  ),
  'participant.added': event('participant.added', 'A person was added to a session after its creation.', {
    ...person,
    replaces: z
      .string()
      .nullable()
      .meta({ description: 'The person whose role this one takes over; null if there is none.' }),
  }),
  'participant.restored': event(
    'participant.restored',
    'A person who was removed may return, with a new link.',
    person,
  ),
  'participant.updated': event('participant.updated', 'The details of a person were corrected.', {
    ...person,
    fields: z.array(z.string()).meta({ description: 'The fields of the person that changed.' }),
  }),
  'participant.links_revoked': event(
    'participant.links_revoked',
    'All links of a person became void. If they were in the visit, participant.left is sent too.',
    person,
  ),
  'quality.degraded': event(
    'quality.degraded',
    'The network of a person in the visit has been poor for a while.',
    person,
  ),
  'report.ready': event('report.ready', 'The report of a visit that is over is complete.', {}),
  'report.updated': event(
    'report.updated',
    'The provider of a visit reported attendance after report.ready: read the report again.',
    {},
  ),
} as const;

type Published<F> = F extends { readonly webhook: { readonly data: infer D extends z.ZodRawShape } }
  ? D
  : never;
type FeatureWebhookEvents = {
  [T in keyof Facts as [Published<Facts[T]>] extends [never] ? never : T]: ReturnType<
    typeof event<T & string, Published<Facts[T]>>
  >;
};

function featureWebhookEvents(): FeatureWebhookEvents {
  const events = Object.entries<FactContract>(FACTS).flatMap(([type, { webhook }]) =>
    webhook ? [[type, event(type, webhook.description, webhook.data)] as const] : [],
  );
  return Object.fromEntries(events) as unknown as FeatureWebhookEvents;
}

/** Every event that an endpoint can receive: no names, no e-mail addresses, no messages of people. */
export const WEBHOOK_EVENTS = { ...CORE_WEBHOOK_EVENTS, ...featureWebhookEvents() };

export type WebhookEventType = keyof typeof WEBHOOK_EVENTS;
export const WEBHOOK_EVENT_TYPES = Object.keys(WEBHOOK_EVENTS) as [WebhookEventType, ...WebhookEventType[]];

/** One type of event. */
export type WebhookEventOf<T extends WebhookEventType> = z.infer<(typeof WEBHOOK_EVENTS)[T]>;
export type WebhookEvent = { [T in WebhookEventType]: WebhookEventOf<T> }[WebhookEventType];

type Bodies = (typeof WEBHOOK_EVENTS)[WebhookEventType];

/** The body of every webhook (Standard Webhooks), discriminated by `type`. */
export const webhookEvent: z.ZodType<WebhookEvent> = z.discriminatedUnion(
  'type',
  Object.values(WEBHOOK_EVENTS) as [Bodies, ...Bodies[]],
);

/** The body that `POST /webhook-endpoints/{endpointId}/test` sends; it belongs to no session. */
export const webhookTestEvent = z
  .strictObject({
    id,
    type: typeOf('webhook.test'),
    timestamp,
    data: z.strictObject({}).meta({ description: 'Nothing.' }),
  })
  .meta({ id: 'WebhookTestEvent', description: 'A test that you requested.' });
export type WebhookTestEvent = z.infer<typeof webhookTestEvent>;

/** Returns the id of the event with this position in the history of a session; retries have the same id. */
export function webhookEventId(sessionId: string, sequence: number): string {
  return `evt_${sessionId}_${sequence}`;
}

function pascalCase(type: string): string {
  return type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
