import { FACTS, type Facts } from '@televisit/shared/features/index';
import {
  WEBHOOK_EVENTS,
  webhookTestEvent,
  type WebhookEvent,
  type WebhookEventOf,
  type WebhookEventType,
  type WebhookTestEvent,
} from '@televisit/shared/webhooks';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';

const SESSION_ID = 'sess_01k2x9v7q4m8r3t6w0z5';
const START = '2031-01-31T08:00:00.000Z';
const END = '2031-01-31T08:21:40.000Z';
const DOCTOR = { userId: 'dr-jones', role: 'doctor' } as const;
const PATIENT = { userId: 'patient-7', role: 'patient' } as const;
const STRETCH = { interval: 1, joinedAt: START, reconnects: 0 };
const PLAN = { scheduledAt: START, durationMinutes: 20 };

/** The events of the core; those of features have their examples in the contracts. */
const DATA: { readonly [T in Exclude<WebhookEventType, keyof Facts>]: WebhookEventOf<T>['data'] } = {
  'session.created': PLAN,
  'session.updated': { ...PLAN, fields: ['scheduledAt', 'durationMinutes'] },
  'session.reminder': { minutesBefore: 60, startsAt: START },
  'session.closing_soon': { closesAt: '2031-01-31T08:50:00.000Z' },
  'session.cancelled': { cancelledAt: START, waited: [] },
  'session.provider_changed': { from: 'zoom', to: 'sfu', reason: 'zoom_unavailable' },
  'session.provider_failed': { provider: 'zoom', reason: 'zoom_limited' },
  'session.reopened': PLAN,
  'session.no_show': { ...PLAN, closedAt: '2031-01-31T08:50:00.000Z' },
  'session.host_absent': {
    ...PLAN,
    endedAt: '2031-01-31T08:50:00.000Z',
    waited: [{ ...PATIENT, waitingSeconds: 3120 }],
  },
  'meeting.started': { startedAt: START },
  'meeting.ended': {
    startedAt: START,
    endedAt: END,
    reason: 'host_ended',
    participants: [DOCTOR, PATIENT].map((person) => ({ ...person, ...STRETCH, leftAt: END })),
    waited: [],
  },
  'participant.joined': { ...PATIENT, ...STRETCH },
  'participant.left': { ...PATIENT, ...STRETCH, leftAt: END, reason: 'left' },
  'participant.removed': PATIENT,
  'participant.added': { userId: 'dr-smith', role: 'doctor', replaces: DOCTOR.userId },
  'participant.restored': PATIENT,
  'participant.updated': { ...PATIENT, fields: ['language'] },
  'participant.links_revoked': PATIENT,
  'quality.degraded': DOCTOR,
  'report.ready': {},
  'report.updated': {},
};

/** The headers of Standard Webhooks. */
const HEADERS = z.object({
  'webhook-id': z.string().meta({ description: 'The id of the event; a repetition has the same id.' }),
  'webhook-timestamp': z
    .string()
    .regex(/^\d+$/)
    .meta({ description: 'When this attempt was signed, in seconds since 1970.' }),
  'webhook-signature': z.string().meta({
    description:
      '`v1,` and a base64 HMAC-SHA256 of id, timestamp and body, joined by dots; one for each valid secret, separated by spaces.',
  }),
});

/** Returns the `webhooks` of the OpenAPI document: the events, and how responses of endpoints are treated. */
export function webhooks(): ZodOpenApiPathsObject {
  const all = [...Object.values(WEBHOOK_EVENTS), webhookTestEvent].map((schema) => {
    const type = schema.shape.type.value;
    const webhook = {
      post: {
        operationId: operationIdOf(type),
        tags: ['Events'],
        summary: schema.meta()?.description ?? type,
        security: [],
        requestParams: { header: HEADERS },
        requestBody: {
          required: true,
          content: {
            'application/json': { schema, examples: { one: { summary: type, value: example(type) } } },
          },
        },
        responses: ANSWERS,
      },
    };
    return [type, webhook] as const;
  });
  return Object.fromEntries(all);
}

/** Returns an identifier in every language: `onSessionCreated` for `session.created`. */
function operationIdOf(type: string): string {
  return `on${type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

const ANSWERS = {
  '2XX': { description: 'Delivered. Respond within 15 seconds and do the work afterwards.' },
  '410': { description: 'The endpoint is disabled and receives no more events.' },
  '4XX': { description: 'Not delivered: retried for three days. Redirects are not followed.' },
  '5XX': { description: 'Not delivered: retried for three days. Retry-After is honoured.' },
};

function example(type: WebhookEventType | 'webhook.test'): WebhookEvent | WebhookTestEvent {
  if (type === 'webhook.test') {
    return { id: 'evt_test_0f4d8e3c-9f6a-4c51-8a57-6f9d1c2b3a40', type, timestamp: START, data: {} };
  }
  return {
    id: `evt_${SESSION_ID}_7`,
    type,
    timestamp: START,
    sessionId: SESSION_ID,
    appointmentId: 'appointment-1',
    sequence: 7,
    data:
      type in FACTS
        ? FACTS[type as keyof Facts & WebhookEventType].webhook.example
        : DATA[type as keyof typeof DATA],
  } as WebhookEvent;
}
