import { z } from 'zod';
import type { FactContract } from './core/contract.ts';
import { utcTime, webhookPerson as person } from './core/fields.ts';
import { FACTS, type Facts } from './facts.ts';
import { END_REASONS, LEAVE_REASONS } from './vocabulary.ts';

/** A stretch of somebody's attendance. */
const interval = {
  interval: z.int().min(1).meta({
    description:
      'Which of the person’s stretches of attendance it is, from 1. What a later event says of it counts.',
  }),
  joinedAt: utcTime.meta({ description: 'When this stretch of attendance began.' }),
  reconnects: z.int().min(0).meta({
    description:
      'How often the connection was lost and came back within it. Who joins with more than 0 goes on in the stretch of before.',
  }),
};
const leftAt = utcTime.meta({ description: 'When the person left.' });
const plan = {
  scheduledAt: utcTime.meta({ description: 'When the visit begins.' }),
  durationMinutes: z.int().meta({ description: 'The planned length.' }),
};

const id = z.string().meta({
  description: 'Names the event. A repetition has the same id, which is the header webhook-id as well.',
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
          'Grows with every event of the session, which an endpoint gets in this order. Numbers may be left out.',
      }),
      data: z.strictObject(data).meta({ description: 'What else is known, without names.' }),
    })
    .meta({ id: `${pascalCase(type)}Event`, description: about });
}

/** The events that belong to no single feature. */
const CORE_WEBHOOK_EVENTS = {
  'session.created': event('session.created', 'A session was created.', plan),
  'session.updated': event(
    'session.updated',
    'The plan of a session was changed; moving it changes scheduledAt.',
    {
      ...plan,
      fields: z.array(z.string()).meta({ description: 'The fields of the session that changed.' }),
    },
  ),
  'session.reminder': event(
    'session.reminder',
    'A session begins soon. Sent once for each reminder that the server is set to.',
    {
      minutesBefore: z.int().meta({ description: 'Which of the reminders it is.' }),
      startsAt: utcTime.meta({ description: 'When the visit begins.' }),
    },
  ),
  'session.cancelled': event(
    'session.cancelled',
    'A session was cancelled. Where it was live, meeting.ended comes too.',
    { cancelledAt: utcTime.meta({ description: 'When it was cancelled.' }) },
  ),
  'session.no_show': event('session.no_show', 'The time of a session ran out before anybody came.', {
    ...plan,
    closedAt: utcTime.meta({ description: 'When its time ran out.' }),
  }),
  'meeting.started': event(
    'meeting.started',
    'A session is live: the first person came, or you started it.',
    { startedAt: utcTime.meta({ description: 'When it became live.' }) },
  ),
  'meeting.ended': event(
    'meeting.ended',
    'A session is over. Whoever was in it left at endedAt; no participant.left tells it.',
    {
      startedAt: utcTime.nullable().meta({ description: 'When it became live; null where it never was.' }),
      endedAt: utcTime.meta({ description: 'When it ended.' }),
      reason: z.enum(END_REASONS).meta({ description: 'Why it is over.' }),
      participants: z.array(z.strictObject({ ...person, ...interval, leftAt })).meta({
        description: 'The last stretch of attendance of everybody who was there.',
      }),
    },
  ),
  'participant.joined': event('participant.joined', 'A person is in the visit.', {
    ...person,
    ...interval,
  }),
  'participant.left': event(
    'participant.left',
    'A person is no longer in the visit. After connection_lost they may come back into the same stretch of attendance.',
    {
      ...person,
      ...interval,
      leftAt,
      reason: z.enum(LEAVE_REASONS).meta({ description: 'Why they are no longer in the visit.' }),
    },
  ),
  'participant.removed': event(
    'participant.removed',
    'A person was removed and may not return. Where they were in the visit, participant.left comes too.',
    person,
  ),
  'quality.degraded': event(
    'quality.degraded',
    'The network of a person in the visit has been poor for a while.',
    person,
  ),
  'report.ready': event('report.ready', 'The report of a visit that is over is complete.', {}),
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

/** What an endpoint is sent when something happened to a session (Standard Webhooks); the type tells which one it is. */
export const webhookEvent: z.ZodType<WebhookEvent> = z.discriminatedUnion(
  'type',
  Object.values(WEBHOOK_EVENTS) as [Bodies, ...Bodies[]],
);

/** What `POST /webhook-endpoints/{endpointId}/test` sends: an event of no session. */
export const webhookTestEvent = z
  .strictObject({
    id,
    type: typeOf('webhook.test'),
    timestamp,
    data: z.strictObject({}).meta({ description: 'Nothing.' }),
  })
  .meta({ id: 'WebhookTestEvent', description: 'You asked for a test.' });
export type WebhookTestEvent = z.infer<typeof webhookTestEvent>;

/** The id of the event with this place in the history of a session: the same in every repetition. */
export function webhookEventId(sessionId: string, sequence: number): string {
  return `evt_${sessionId}_${sequence}`;
}

function pascalCase(type: string): string {
  return type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
