import { z } from 'zod';
import { commaList, cursor, identifier, instant, pageSize } from './core/fields.ts';
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
    .meta({ description: 'Identifies the event; a retry has the same one.' }),
});

/** The operations of webhooks, by operationId. */
export const WEBHOOK_OPERATIONS = {
  createWebhookEndpoint: {
    method: 'post',
    path: '/webhook-endpoints',
    tag: 'Webhooks',
    summary: 'Create an endpoint that receives the events from now on',
    description:
      'The response has the secret that signs the events; it is shown only this once. At most 100 endpoints can exist.',
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
    answers: {
      200: { description: 'All endpoints, including that of WEBHOOK_URL', schema: webhookEndpointList },
    },
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
      'Omitted fields keep their value. Enabling an endpoint sends the events that happened while it was disabled. The ' +
      'endpoint of WEBHOOK_URL can only be enabled and disabled.',
    access: 'internal',
    repeatable: true,
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
    summary: 'Replace an endpoint’s secret; both secrets sign for some hours',
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
    summary: 'Send a webhook.test event to an endpoint now and return the result',
    description:
      'It is signed like any other event, is tried once, and does not appear among the deliveries. A disabled endpoint receives it too.',
    access: 'internal',
    minTimeoutMs: 20_000,
    params: endpointParams,
    answers: { 200: { description: 'The result', schema: webhookTestResult } },
    errors: ['endpoint_not_found'],
  },
  replayWebhookEndpoint: {
    method: 'post',
    path: '/webhook-endpoints/{endpointId}/replay',
    tag: 'Webhooks',
    summary: 'Send the events of a time range again',
    description:
      'They are sent as before, with the same ids. By default, delivered and dead ones are replayed.',
    access: 'internal',
    params: endpointParams,
    body: replayRequest,
    answers: { 200: { description: 'The number of replayed deliveries', schema: replayResult } },
    errors: ['endpoint_not_found'],
  },
  listWebhookDeliveries: {
    method: 'get',
    path: '/webhook-deliveries',
    tag: 'Webhooks',
    summary: 'List deliveries, the newest event first; state=dead lists the dead letters',
    access: 'internal',
    query: deliveryQuery,
    answers: { 200: { description: 'A page of deliveries', schema: webhookDeliveryList } },
    errors: [],
  },
  getWebhookDelivery: {
    method: 'get',
    path: '/webhook-deliveries/{deliveryId}',
    tag: 'Webhooks',
    summary: 'Read a delivery with its attempts and their responses',
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
    answers: { 200: { description: 'The delivery, which is now pending', schema: webhookDeliveryDetails } },
    errors: ['delivery_not_found'],
  },
  receiveMeetingEvent: {
    method: 'post',
    path: '/webhooks/meeting',
    tag: 'Webhooks',
    summary: 'Report an event of a meeting that another provider runs',
    description:
      'Sign it as Standard Webhooks specify, with MEETING_WEBHOOK_SECRET, at most five minutes before sending. It starts or ends ' +
      'the session, or records that a person came or left, at the event’s own time. An event whose webhook-id was processed ' +
      'before changes nothing.',
    access: 'webhook_signature',
    headers: signatureHeaders,
    body: meetingEvent,
    answers: { 200: { description: 'The event was processed', schema: meetingEventReceipt } },
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
