import { TelevisitError } from '@televisit/shared/errors';
import type { NotificationChannel } from '@televisit/shared/notifications';
import express, { Router, type RequestHandler, type Response } from 'express';
import type { Invitations } from '../access/link-signature.ts';
import { wantsMessages } from '../domain/seats.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { refuseField } from './problem.ts';
import { MAX_BODY_BYTES } from './request-body.ts';
import { scriptlessPagePolicy } from './security-headers.ts';

export interface MessagesOptions {
  readonly sessions: Sessions;
  readonly invitations: Invitations;
  readonly clientBaseUrl: () => string;
  /** Whether a person can be reached; erasure ends that. */
  readonly hasAddress: (session: Session, seat: number) => Promise<boolean>;
  /** Renders the page, without scripts. */
  readonly messagesPage: (session: Session, seat: number) => Promise<string>;
  /** The style sheet in that page. */
  readonly pageStyle: string;
}

/** The folder of the page, on the public address. */
export const MESSAGES_PATH = '/m';
const FORM = 'application/x-www-form-urlencoded';
const FIELDS: Readonly<Record<NotificationChannel, 'smsOptOut' | 'pushOptOut'>> = {
  sms: 'smsOptOut',
  push: 'pushOptOut',
};

/**
 * Handles the page on which a person stops and restarts text and push messages about a visit. Its link contains no
 * name and opens nothing else; following it changes nothing, because mail scanners follow links.
 */
export function messagesRoutes(options: MessagesOptions, ...before: readonly RequestHandler[]): Router {
  const { sessions, invitations, clientBaseUrl, hasAddress, messagesPage } = options;
  const policy = scriptlessPagePolicy(options.pageStyle, "'self'");
  const router = Router({ caseSensitive: true });
  const found = async (code: string): Promise<{ session: Session; place: number } | null> => {
    const session = await sessions.find(invitations.sessionOf(code) ?? '');
    const place = session && invitations.invitedByCode(session, code, 'messages')?.seat;
    if (!session || place === undefined || !(await hasAddress(session, place))) return null;
    return { session, place };
  };
  /** The join page explains a link that is not, or no longer, valid. */
  const refuse = (code: string, response: Response): void => {
    const sessionId = invitations.sessionOf(code) ?? 'none';
    response.redirect(303, `${clientBaseUrl()}/join/${sessionId}`);
  };
  router.get(`${MESSAGES_PATH}/:code`, ...before, async ({ params }, response) => {
    const code = String(params.code);
    const known = await found(code);
    response.setHeader('Cache-Control', 'no-store');
    if (!known) {
      refuse(code, response);
      return;
    }
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.type('html').send(await messagesPage(known.session, known.place));
  });
  const read: RequestHandler = express.raw({ type: FORM, limit: MAX_BODY_BYTES, inflate: false });
  router.post(`${MESSAGES_PATH}/:code`, ...before, read, async ({ params, body }, response) => {
    const code = String(params.code);
    const known = await found(code);
    response.setHeader('Cache-Control', 'no-store');
    if (!known) {
      refuse(code, response);
      return;
    }
    const { channel, wanted } = choiceOf(body);
    const { session, place } = known;
    const by = { type: 'participant', seat: place } as const;
    await sessions.apply(session.sessionId, wantsMessages(place, FIELDS[channel], wanted, by));
    response.redirect(303, `${clientBaseUrl()}${MESSAGES_PATH}/${code}`);
  });
  return router;
}

/** @throws {TelevisitError} `unsupported_media_type`, `validation_failed` */
function choiceOf(body: unknown): { readonly channel: NotificationChannel; readonly wanted: boolean } {
  if (!Buffer.isBuffer(body)) throw new TelevisitError('unsupported_media_type');
  const form = new URLSearchParams(body.toString('utf8'));
  const channel = form.get('channel');
  const wanted = form.get('wanted');
  if (channel !== 'sms' && channel !== 'push') refuseField('channel', 'must be sms or push');
  if (wanted !== 'true' && wanted !== 'false') refuseField('wanted', 'must be true or false');
  return { channel, wanted: wanted === 'true' };
}
