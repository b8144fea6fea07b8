import { TelevisitError } from '@televisit/shared/errors';
import { Router, type RequestHandler } from 'express';
import type { Clock } from '../core/clock.ts';
import { answerReservation, type ReservedMeeting } from '../providers/jitsi/jitsi-reservations.ts';
import type { JitsiSettings } from '../providers/jitsi/jitsi-settings.ts';
import { jwksOf, pemOf } from '../providers/jitsi/jitsi-tokens.ts';
import { headersOf } from './meetings.ts';
import { rawBytes } from './request-body.ts';

export interface JitsiRoutesOptions {
  readonly settings: JitsiSettings;
  /** Returns the meeting of a room; null if there is none, or the visit is over. */
  readonly reserved: (meetingId: string) => Promise<ReservedMeeting | null>;
}

const ROOT = '/webhooks/jitsi';
/** How long Prosody may keep our public key, in seconds. */
const KEYS_SECONDS = 3600;

/**
 * Answers what a Jitsi server asks: whether a room may open (the module `reservations`), and our public key
 * (`cache_keys_url`, or `asap_key_server` with a file for each key).
 */
export function jitsiRoutes(
  { settings, reserved }: JitsiRoutesOptions,
  clock: Clock,
  ...before: readonly RequestHandler[]
): Router {
  const router = Router({ caseSensitive: true });
  router.get(`${ROOT}/keys`, ...before, (_request, response) => {
    response.setHeader('Cache-Control', `public, max-age=${KEYS_SECONDS}`);
    response.json(jwksOf(settings));
  });
  router.get(`${ROOT}/keys/:name`, ...before, ({ params }, response) => {
    const pem = pemOf(settings, String(params.name));
    if (pem === null) throw new TelevisitError('not_found');
    response.setHeader('Cache-Control', `public, max-age=${KEYS_SECONDS}`);
    response.type('application/x-pem-file').send(pem);
  });
  router.all(
    [`${ROOT}/conference`, `${ROOT}/conference/:meetingId`],
    ...before,
    rawBytes,
    async (request, response) => {
      const { status, body } = await answerReservation(
        settings,
        {
          method: request.method,
          path: request.path.slice(ROOT.length),
          headers: headersOf(request.headers),
          rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          now: clock.now(),
        },
        reserved,
      );
      response.status(status).json(body);
    },
  );
  return router;
}
