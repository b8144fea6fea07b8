import { z } from 'zod';
import { sessionParams } from './core/fields.ts';
import {
  notificationList,
  pushState,
  pushSubscriptionRequest,
  smsReport,
  smsReportReceipt,
} from './notifications.ts';

/** The operations of text and push messages, by operationId. */
export const NOTIFICATION_OPERATIONS = {
  listNotifications: {
    method: 'get',
    path: '/sessions/{sessionId}/notifications',
    tag: 'People',
    summary: 'List the text and push messages about the visit with their delivery state',
    access: 'internal',
    params: sessionParams,
    answers: { 200: { description: 'All of them, oldest first', schema: notificationList } },
    errors: ['session_not_found'],
  },
  subscribePush: {
    method: 'put',
    path: '/api/v1/visits/{sessionId}/push',
    tag: 'Join page',
    summary: 'Send push messages about the visit to this browser',
    description:
      'A person may have five browsers; a further one replaces the oldest. The subscription must be made with `pushKey` of the bootstrap.',
    access: 'join_token',
    params: sessionParams,
    body: pushSubscriptionRequest,
    answers: { 200: { description: 'The number of browsers', schema: pushState } },
    errors: ['push_off', 'push_endpoint', 'session_not_found', 'session_over', 'removed', 'conflict'],
  },
  unsubscribePush: {
    method: 'delete',
    path: '/api/v1/visits/{sessionId}/push',
    tag: 'Join page',
    summary: 'Send no more push messages about the visit to any browser of the person',
    access: 'join_token',
    params: sessionParams,
    answers: { 200: { description: 'No browser is left', schema: pushState } },
    errors: ['session_not_found'],
  },
  reportSms: {
    method: 'post',
    path: '/webhooks/sms/gateway',
    tag: 'Webhooks',
    summary: 'Report what became of a text message that this server handed to your SMS gateway',
    description:
      'Sign it as Standard Webhooks specify, with SMS_GATEWAY_SECRET, at most five minutes before sending. Reports may arrive ' +
      'late, repeatedly and in any order.',
    access: 'webhook_signature',
    headers: z.object({
      'webhook-id': z
        .string()
        .regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 visible ASCII characters')
        .meta({ description: 'Identifies the report; it is part of what is signed.' }),
    }),
    body: smsReport,
    answers: { 200: { description: 'The report was processed', schema: smsReportReceipt } },
    errors: ['sms_reports_off', 'conflict'],
  },
} as const;
