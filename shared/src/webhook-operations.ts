import { z } from 'zod';
import { commaList, cursor, pageSize } from './core/queries.ts';
import { identifier, instant } from './core/fields.ts';
import {
  createWebhookEndpointRequest,
  DELIVERY_STATES,
  meetingEvent,
  meetingEventReceipt,
  replayRequest,
  replayResult,
  rotateWebhookSecretRequest,
  updateWebhookEndpointRequest,
  webhookDeliveryDetails,
  webhookDeliveryList,
  webhookEndpointList,
  webhookEndpointSecret,
  webhookEndpointView,
  webhookTestResult,
} from './webhook-endpoints.ts';
import { WEBHOOK_EVENT_TYPES } from './webhooks.ts';

const endpointId = z.string().meta({ description: 'Televisit’s id of the endpoint.' });
const endpointParams = z.object({ endpointId });
const deliveryParams = z.object({
  deliveryId: z.string().meta({ description: 'Televisit’s id of the delivery.' }),
});

/** `GET /webhook-deliveries`. Filters are joined with "and". */
export const deliveryQuery = z.strictObject({
  endpointId: identifier.optional().meta({ description: 'To this endpoint.' }),
  sessionId: identifier.optional().meta({ description: 'Of this session.' }),
  state: commaList(DELIVERY_STATES).optional(),
  type: commaList(WEBHOOK_EVENT_TYPES).optional(),
  from: instant.optional().meta({ description: 'Events that happened at this time or later.' }),
  to: instant.optional().meta({ description: 'Events that happened before this time.' }),
  limit: pageSize,
  cursor,
});

const signatureHeaders = z.object({
  'webhook-id': z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 visible ASCII characters')
    .meta({ description: 'Names the event; a repetition has the same one.' }),
});

/** The operations of webhooks, by their operationId. */
export const WEBHOOK_OPERATIONS = {
  createWebhookEndpoint: {
    method: 'post',
    path: '/webhook-endpoints',
    tag: 'Webhooks',
    summary: 'Make an endpoint that is told what happens from now on',
    description:
      'The answer has the secret that events are signed with, this once. There can be 100 endpoints.',
    access: 'internal',
    body: createWebhookEndpointRequest,
    answers: { 201: { description: 'The endpoint with its secret', schema: webhookEndpointSecret } },
    errors: ['too_many_endpoints'],
  },
  listWebhookEndpoints: {
    method: 'get',
    path: '/webhook-endpoints',
    tag: 'Webhooks',
    summary: 'List endpoints, oldest first',
    access: 'internal',
    query: z.strictObject({}),
    answers: { 200: { description: 'All endpoints, that of WEBHOOK_URL too', schema: webhookEndpointList } },
    errors: [],
  },
  getWebhookEndpoint: {
    method: 'get',
    path: '/webhook-endpoints/{endpointId}',
    tag: 'Webhooks',
    summary: 'Read an endpoint',
    access: 'internal',
    params: endpointParams,
    answers: { 200: { description: 'The endpoint', schema: webhookEndpointView } },
    errors: ['endpoint_not_found'],
  },
  updateWebhookEndpoint: {
    method: 'patch',
    path: '/webhook-endpoints/{endpointId}',
    tag: 'Webhooks',
    summary: 'Change, disable or enable an endpoint',
    description:
      'What is not named stays as it is. Enabling one sends what happened while it was disabled. The endpoint of ' +
      'WEBHOOK_URL can be enabled and disabled alone.',
    access: 'internal',
    params: endpointParams,
    body: updateWebhookEndpointRequest,
    answers: { 200: { description: 'The endpoint as it is now', schema: webhookEndpointView } },
    errors: ['endpoint_not_found', 'endpoint_from_config', 'conflict'],
  },
  deleteWebhookEndpoint: {
    method: 'delete',
    path: '/webhook-endpoints/{endpointId}',
    tag: 'Webhooks',
    summary: 'Delete an endpoint with all its deliveries',
    access: 'internal',
    params: endpointParams,
    answers: { 200: { description: 'The endpoint as it was', schema: webhookEndpointView } },
    errors: ['endpoint_not_found', 'endpoint_from_config'],
  },
  rotateWebhookSecret: {
    method: 'post',
    path: '/webhook-endpoints/{endpointId}/rotate-secret',
    tag: 'Webhooks',
    summary: 'Replace an endpoint’s secret; for some hours both sign',
    access: 'internal',
    params: endpointParams,
    body: rotateWebhookSecretRequest,
    answers: { 200: { description: 'The endpoint with its new secret', schema: webhookEndpointSecret } },
    errors: ['endpoint_not_found', 'endpoint_from_config', 'conflict'],
  },
  testWebhookEndpoint: {
    method: 'post',
    path: '/webhook-endpoints/{endpointId}/test',
    tag: 'Webhooks',
    summary: 'Send an endpoint a webhook.test event now, and tell what came of it',
    description:
      'It is signed like all others, is tried once, and is no delivery. A disabled endpoint gets it too.',
    access: 'internal',
    params: endpointParams,
    answers: { 200: { description: 'What came of it', schema: webhookTestResult } },
    errors: ['endpoint_not_found'],
  },
  replayWebhookEndpoint: {
    method: 'post',
    path: '/webhook-endpoints/{endpointId}/replay',
    tag: 'Webhooks',
    summary: 'Send the events of a stretch of time again',
    description:
      'They go out as they went first, with the same ids; what is delivered and what is dead where nothing is said.',
    access: 'internal',
    params: endpointParams,
    body: replayRequest,
    answers: { 200: { description: 'How many', schema: replayResult } },
    errors: ['endpoint_not_found'],
  },
  listWebhookDeliveries: {
    method: 'get',
    path: '/webhook-deliveries',
    tag: 'Webhooks',
    summary: 'List deliveries, the newest event first; state=dead has the dead letters',
    access: 'internal',
    query: deliveryQuery,
    answers: { 200: { description: 'A page of deliveries', schema: webhookDeliveryList } },
    errors: [],
  },
  getWebhookDelivery: {
    method: 'get',
    path: '/webhook-deliveries/{deliveryId}',
    tag: 'Webhooks',
    summary: 'Read a delivery with its attempts and their answers',
    access: 'internal',
    params: deliveryParams,
    answers: { 200: { description: 'The delivery', schema: webhookDeliveryDetails } },
    errors: ['delivery_not_found'],
  },
  replayWebhookDelivery: {
    method: 'post',
    path: '/webhook-deliveries/{deliveryId}/replay',
    tag: 'Webhooks',
    summary: 'Send an event to its endpoint again',
    access: 'internal',
    params: deliveryParams,
    answers: { 200: { description: 'The delivery, which is pending now', schema: webhookDeliveryDetails } },
    errors: ['delivery_not_found'],
  },
  receiveMeetingEvent: {
    method: 'post',
    path: '/webhooks/meeting',
    tag: 'Webhooks',
    summary: 'Tell what happened in a meeting that another provider runs',
    description:
      'Signed as Standard Webhooks say, with MEETING_WEBHOOK_SECRET, at most five minutes ago. It starts or ends the ' +
      'session, or notes that a person came or left, as of the event’s own time. An event whose webhook-id was taken ' +
      'before changes nothing.',
    access: 'webhook_signature',
    headers: signatureHeaders,
    body: meetingEvent,
    answers: { 200: { description: 'The event was taken', schema: meetingEventReceipt } },
    errors: [
      'meeting_events_off',
      'session_not_found',
      'participant_not_found',
      'session_closed',
      'not_open_yet',
      'not_joined',
      'removed',
      'visit_full',
      'conflict',
    ],
  },
} as const;
