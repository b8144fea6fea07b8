import type { TelevisitError } from '@televisit/shared/errors';
import type { AckError } from '@televisit/shared/signaling';

/** Returns what a client is answered whose message or connection is refused. */
export function refusalOf({ code, message, retryAfter }: TelevisitError): AckError {
  return { code, message, ...(retryAfter === null ? {} : { retryAfter }) };
}
