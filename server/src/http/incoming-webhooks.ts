import { TelevisitError } from '@televisit/shared/errors';
import type { meetingEvent } from '@televisit/shared/webhook-endpoints';
import type { RequestHandler } from 'express';
import type { z } from 'zod';
import { keyId } from '../access/secrets.ts';
import type { ClientAddresses } from '../access/client-address.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Clock } from '../core/clock.ts';
import type { ReceivedEvents } from '../domain/session-store.ts';
import type { ProviderEvent } from '../domain/provider-events.ts';
import type { Sessions } from '../domain/sessions.ts';
import { SIGNATURE_HEADERS, TOLERANCE_SECONDS, verify } from '../webhooks/signature.ts';
import { expiredWebhook, forgedWebhook } from '../providers/webhook-proof.ts';
import { jsonBytes, parseJson, requireJson } from './request-body.ts';
import type { OperationHandlers } from './operation.ts';

export interface IncomingWebhookHandlersOptions {
  readonly sessions: Sessions;
  readonly receivedEvents: ReceivedEvents;
  /** Secrets that may sign events; empty if no events are accepted. */
  readonly meetingSecrets: readonly string[];
  readonly clock: Clock;
}

/** How long ids of events are kept, in milliseconds: longer than providers retry. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** The settings without which webhooks of a kind are refused with that error. */
const SETTINGS = {
  meeting_events_off: 'MEETING_WEBHOOK_SECRET',
  sms_reports_off: 'SMS_GATEWAY_SECRET',
} as const;

/** Handles `/webhooks/meeting`: events of meetings that an external provider runs. */
export function incomingWebhookHandlers(
  options: IncomingWebhookHandlersOptions,
): OperationHandlers<'receiveMeetingEvent'> {
  return {
    receiveMeetingEvent: async ({ headers, body }) => {
      const { sessions, receivedEvents, meetingSecrets, clock } = options;
      const eventId = headers['webhook-id'];
      if (await receivedEvents.has(eventId)) return { status: 200, body: { eventId, result: 'known' } };
      const by = { type: 'backend', keyId: keyId(meetingSecrets[0] ?? '') } as const;
      await sessions.report(body.data.sessionId, providerEvent(body), by);
      // Stored last: after a crash in between, the repeated event changes nothing.
      await receivedEvents.add(eventId, clock.now(), clock.now() - KEPT_MS);
      return { status: 200, body: { eventId, result: 'applied' } };
    },
  };
}

/**
 * Reads a JSON body and verifies its signature (Standard Webhooks). Limits wrong signatures per address.
 * @param whenOff the error if there are no secrets
 * @throws {TelevisitError} `whenOff`, `webhook_signature`, `webhook_expired`, `too_many_requests`, and those of `jsonBody`
 */
export function signedBody(
  secrets: readonly string[],
  whenOff: keyof typeof SETTINGS,
  clock: Clock,
  limits: RateLimits,
  addresses: ClientAddresses,
): RequestHandler[] {
  return [
    (_request, _response, next) => {
      if (secrets.length === 0) throw new TelevisitError(whenOff);
      next();
    },
    requireJson,
    jsonBytes,
    async (request, _response, next) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const webhook = {
        id: request.get(SIGNATURE_HEADERS.id),
        timestamp: request.get(SIGNATURE_HEADERS.timestamp),
        signature: request.get(SIGNATURE_HEADERS.signature),
        body,
      };
      const verdict = verify(secrets, webhook, clock.now());
      if (verdict === 'expired') throw expiredWebhook('The sender', TOLERANCE_SECONDS * 1000);
      if (verdict !== 'valid') {
        await limits.guess(addresses.of(request));
        throw forgedWebhook('webhook-signature', SETTINGS[whenOff]);
      }
      // The body has been read, so `jsonBody` leaves it alone.
      request.body = parseJson(body);
      next();
    },
  ];
}

function providerEvent({ type, timestamp, data }: z.output<typeof meetingEvent>): ProviderEvent {
  const at = Date.parse(timestamp);
  if (type === 'meeting.started' || type === 'meeting.ended') return { type, at };
  return { type, at, userId: data.userId ?? '' };
}
