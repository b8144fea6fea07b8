import { z } from 'zod';
import { identifier, instant, paragraph, utcTime, webAddress } from './core/fields.ts';
import { WEBHOOK_EVENT_TYPES } from './webhooks.ts';

/** Longest time that a previous secret keeps signing, in hours. */
export const MAX_OVERLAP_HOURS = 7 * 24;
const DEFAULT_OVERLAP_HOURS = 24;

/** `pending`: waiting for its first or next attempt; `dead`: abandoned after the last retry. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

const eventType = z.enum(WEBHOOK_EVENT_TYPES);
const eventFilter = z
  .array(eventType)
  .min(1)
  .max(WEBHOOK_EVENT_TYPES.length)
  .refine((types) => new Set(types).size === types.length, { message: 'must not name a type twice' })
  .nullable()
  .meta({ description: 'The event types that it receives; null for all, including future ones.' });
const url = webAddress.meta({
  description:
    'Where events are posted: an https address of a public host. Other hosts must be listed in WEBHOOK_ALLOW_HOSTS.',
});
const endpointDescription = paragraph(500).nullable().meta({ description: 'A few words of your own.' });
const enabled = z.boolean().meta({
  description:
    'Whether events are sent. Events that happen while it is disabled are sent once it is enabled.',
});
const error = z
  .string()
  .nullable()
  .meta({ description: 'Why there was no response, such as `timeout` or `tls`; null if there was one.' });
const status = z.int().nullable().meta({ description: 'The HTTP status; null if there was no response.' });
const answer = z
  .string()
  .nullable()
  .meta({ description: 'The first 1,024 bytes of the response as text; null if there was none.' });
const milliseconds = z.int().meta({ description: 'How long it took.' });
const eventId = z.string().meta({ description: 'The id of the event, as the receiver sees it.' });
const secret = z.string().meta({
  description: 'The secret that signs events (Standard Webhooks). It is shown only once: store it.',
});

/** A webhook endpoint as the API shows it. */
export const webhookEndpointView = z
  .strictObject({
    endpointId: z.string().meta({ description: 'Televisit’s id of the endpoint.' }),
    url,
    description: endpointDescription,
    events: eventFilter,
    enabled,
    disabledReason: z.enum(['gone', 'manual', 'config']).nullable().meta({
      description:
        'Why it is disabled: `gone`, it responded with 410; `manual`, by request; `config`, WEBHOOK_URL is no longer set. Null while it is enabled.',
    }),
    source: z.enum(['api', 'config']).meta({
      description: '`config` is the endpoint of WEBHOOK_URL, which the API can’t change.',
    }),
    oldSecretUntil: utcTime.nullable().meta({
      description: 'Until when the previous secret signs too; null if there is none.',
    }),
    createdAt: utcTime.meta({ description: 'When it was created. It receives events from then on.' }),
    updatedAt: utcTime.meta({ description: 'When it last changed.' }),
  })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpointView = z.infer<typeof webhookEndpointView>;

/** The same with its secret, which is shown only once. */
export const webhookEndpointSecret = z
  .strictObject({ ...webhookEndpointView.shape, secret })
  .meta({ id: 'WebhookEndpointWithSecret' });
export type WebhookEndpointSecret = z.infer<typeof webhookEndpointSecret>;

export const webhookEndpointList = z
  .strictObject({
    endpoints: z.array(webhookEndpointView).meta({ description: 'All endpoints, oldest first.' }),
  })
  .meta({ id: 'WebhookEndpointList' });
export type WebhookEndpointList = z.infer<typeof webhookEndpointList>;

/** `POST /webhook-endpoints` */
export const createWebhookEndpointRequest = z
  .strictObject({
    url,
    description: endpointDescription.optional(),
    events: eventFilter.optional(),
    enabled: enabled.optional(),
  })
  .meta({ id: 'CreateWebhookEndpointRequest' });
export type CreateWebhookEndpointRequest = z.input<typeof createWebhookEndpointRequest>;

/** `PATCH /webhook-endpoints/{endpointId}`: omitted fields keep their value. */
export const updateWebhookEndpointRequest = createWebhookEndpointRequest
  .partial()
  .meta({ id: 'UpdateWebhookEndpointRequest' });
export type UpdateWebhookEndpointRequest = z.input<typeof updateWebhookEndpointRequest>;

/** `POST /webhook-endpoints/{endpointId}/rotate-secret` */
export const rotateWebhookSecretRequest = z
  .strictObject({
    overlapHours: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_HOURS)
      .default(DEFAULT_OVERLAP_HOURS)
      .meta({ description: 'For how many hours the previous secret keeps signing beside the new one.' }),
  })
  .meta({ id: 'RotateWebhookSecretRequest' });
export type RotateWebhookSecretRequest = z.input<typeof rotateWebhookSecretRequest>;

/** The result of a test event. */
export const webhookTestResult = z
  .strictObject({
    eventId,
    delivered: z
      .boolean()
      .meta({ description: 'Whether the endpoint responded with a status of 200 to 299.' }),
    status,
    error,
    answer,
    milliseconds,
  })
  .meta({ id: 'WebhookTestResult' });
export type WebhookTestResult = z.infer<typeof webhookTestResult>;

/** `POST /webhook-endpoints/{endpointId}/replay` */
export const replayRequest = z
  .strictObject({
    from: instant.meta({ description: 'Events that happened at this time or later.' }),
    to: instant.meta({ description: 'Events that happened before this time.' }),
    states: z
      .array(z.enum(DELIVERY_STATES))
      .min(1)
      .max(DELIVERY_STATES.length)
      .default(['delivered', 'dead'])
      .meta({ description: 'Deliveries in these states.' }),
  })
  .meta({ id: 'ReplayRequest' });
export type ReplayRequest = z.input<typeof replayRequest>;

export const replayResult = z
  .strictObject({ replayed: z.int().meta({ description: 'How many deliveries are sent again.' }) })
  .meta({ id: 'ReplayResult' });
export type ReplayResult = z.infer<typeof replayResult>;

/** The delivery of an event to an endpoint. */
export const webhookDeliveryView = z
  .strictObject({
    deliveryId: z.string().meta({ description: 'Televisit’s id of the delivery.' }),
    eventId,
    type: eventType.meta({ description: 'What happened.' }),
    sequence: z.int().meta({ description: 'The event’s place in the history of the session.' }),
    timestamp: utcTime.meta({ description: 'When it happened.' }),
    sessionId: z
      .string()
      .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
    endpointId: z.string().meta({ description: 'The endpoint.' }),
    state: z.enum(DELIVERY_STATES).meta({
      description:
        '`pending`: waiting for its first or next attempt; `delivered`: the endpoint responded with 200 to 299; `dead`: abandoned after three days.',
    }),
    tries: z.int().meta({ description: 'The number of attempts since it was created or last replayed.' }),
    nextAttemptAt: utcTime.nullable().meta({
      description: 'The earliest time of the next attempt; null unless it is pending.',
    }),
    lastStatus: z
      .int()
      .nullable()
      .meta({ description: 'The HTTP status of the last response; null if there was none.' }),
    lastError: error.meta({ description: 'Why the last attempt had no response; null if it had one.' }),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDeliveryView = z.infer<typeof webhookDeliveryView>;

/** The same with the result of each attempt. */
export const webhookDeliveryDetails = z
  .strictObject({
    ...webhookDeliveryView.shape,
    attempts: z
      .array(
        z.strictObject({
          at: utcTime.meta({ description: 'When it was sent.' }),
          milliseconds,
          status,
          error,
          answer,
        }),
      )
      .meta({ description: 'The latest 20 attempts, oldest first.' }),
  })
  .meta({ id: 'WebhookDeliveryDetails' });
export type WebhookDeliveryDetails = z.infer<typeof webhookDeliveryDetails>;

/** Deliveries, the newest event first. */
export const webhookDeliveryList = z
  .strictObject({
    deliveries: z.array(webhookDeliveryView).meta({ description: 'The newest event first.' }),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'The cursor of the next page; null on the last page.' }),
  })
  .meta({ id: 'WebhookDeliveryList' });
export type WebhookDeliveryList = z.infer<typeof webhookDeliveryList>;

/** The events of a meeting that another provider runs. */
export const MEETING_EVENT_TYPES = [
  'meeting.started',
  'meeting.ended',
  'participant.joined',
  'participant.left',
] as const;

/** `POST /webhooks/meeting`, signed (Standard Webhooks). */
export const meetingEvent = z
  .strictObject({
    type: z.enum(MEETING_EVENT_TYPES).meta({ description: 'What happened.' }),
    timestamp: instant.meta({ description: 'When it happened.' }),
    data: z
      .strictObject({
        sessionId: z
          .string()
          .max(128)
          .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
        userId: identifier
          .optional()
          .meta({ description: 'The person who came or left; for participant.… only.' }),
      })
      .meta({ description: 'The session and the person concerned.' }),
  })
  .superRefine(({ type, data: { userId } }, context) => {
    const personal = type.startsWith('participant.');
    if (personal === (userId !== undefined)) return;
    const message = personal ? 'is missing' : 'is for participant.joined and participant.left only';
    context.addIssue({ code: 'custom', path: ['data', 'userId'], message });
  })
  .meta({ id: 'MeetingEvent' });
export type MeetingEvent = z.input<typeof meetingEvent>;

export const meetingEventReceipt = z
  .strictObject({
    eventId: z.string().meta({ description: 'The webhook-id of the event.' }),
    result: z.enum(['applied', 'known']).meta({
      description: '`known`: an event with this id was processed before, so nothing changed.',
    }),
  })
  .meta({ id: 'MeetingEventReceipt' });
export type MeetingEventReceipt = z.infer<typeof meetingEventReceipt>;
