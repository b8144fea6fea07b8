import { createHmac } from 'node:crypto';

/** An entry of `RTCConfiguration.iceServers`. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** TURN servers and the secret that they share with this server (coturn's `static-auth-secret`). */
export interface TurnConfig {
  readonly urls: readonly string[];
  readonly secret: string;
}

/** The lifetime of credentials, in seconds: longer than any session, because Firefox can't replace them in a running connection. */
export const TURN_CREDENTIAL_SECONDS = 6 * 3600;

/**
 * Returns ICE servers with time-limited credentials bound to the session, as in the TURN REST API draft
 * (draft-uberti-behave-turn-rest): username `<expiry>:<sessionId>`, password its HMAC-SHA1.
 */
export function iceServers(turn: TurnConfig | null, sessionId: string, now: number): IceServer[] {
  if (!turn) return [];
  const username = `${Math.floor(now / 1000) + TURN_CREDENTIAL_SECONDS}:${sessionId}`;
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
  return [{ urls: [...turn.urls], username, credential }];
}
