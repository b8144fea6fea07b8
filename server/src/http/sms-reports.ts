import { TelevisitError } from '@televisit/shared/errors';
import express, { Router, type RequestHandler } from 'express';
import type { ClientAddresses } from '../access/client-address.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import { twilioReport, type DeliveryReports } from '../notify/delivery-reports.ts';
import { isSignedByTwilio } from '../notify/twilio-signature.ts';
import { forgedWebhook } from '../providers/webhook-proof.ts';
import { MAX_BODY_BYTES } from './request-body.ts';
import type { OperationHandlers } from './operation.ts';

export interface SmsReportOptions {
  readonly smsReports: DeliveryReports;
  /** The auth tokens that may have signed reports of Twilio; empty if none are accepted. */
  readonly twilioTokens: readonly string[];
  readonly clientBaseUrl: () => string;
}

/** The address that Twilio sends delivery reports to, on the public address. */
export const TWILIO_REPORTS_PATH = '/webhooks/sms/twilio';
const FORM = 'application/x-www-form-urlencoded';

/** Handles `/webhooks/sms/gateway`: delivery reports of an SMS gateway. */
export function smsReportHandlers({
  smsReports,
}: Pick<SmsReportOptions, 'smsReports'>): OperationHandlers<'reportSms'> {
  return {
    reportSms: async ({ body: { notificationId, status: state, code } }) => {
      const error = state === 'failed' ? (code ?? 'undelivered') : null;
      const changed = await smsReports.apply(notificationId, { state, providerId: null, error });
      return { status: 200, body: { result: changed ? 'applied' : 'known' } };
    },
  };
}

/**
 * Handles delivery reports of Twilio (StatusCallback), which are forms signed by `X-Twilio-Signature`. They are no operation of the
 * API, because Twilio alone decides on their form.
 */
export function twilioReportRoutes(
  { smsReports, twilioTokens, clientBaseUrl }: SmsReportOptions,
  limits: RateLimits,
  addresses: ClientAddresses,
  ...before: readonly RequestHandler[]
): Router {
  const router = Router({ caseSensitive: true });
  const read: RequestHandler = express.raw({ type: FORM, limit: MAX_BODY_BYTES, inflate: false });
  const requireTwilio: RequestHandler = (_request, _response, next) => {
    if (twilioTokens.length === 0) throw new TelevisitError('not_found');
    next();
  };
  router.post(TWILIO_REPORTS_PATH, ...before, requireTwilio, read, async (request, response) => {
    const bytes: unknown = request.body;
    if (!Buffer.isBuffer(bytes)) throw new TelevisitError('unsupported_media_type');
    const form = new URLSearchParams(bytes.toString('utf8'));
    const [, search = ''] = /(\?.*)$/.exec(request.originalUrl) ?? [];
    // The public address, whatever proxies in between have made of it.
    const url = clientBaseUrl() + TWILIO_REPORTS_PATH + search;
    if (!isSignedByTwilio(twilioTokens, request.get('x-twilio-signature'), url, form)) {
      await limits.guess(addresses.of(request));
      throw forgedWebhook('X-Twilio-Signature', 'TWILIO_AUTH_TOKEN');
    }
    const report = twilioReport(form);
    const notificationId = new URLSearchParams(search).get('notification') ?? '';
    if (report) await smsReports.apply(notificationId, report);
    response.status(204).end();
  });
  return router;
}
