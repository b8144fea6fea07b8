import { createHmac } from 'node:crypto';

/** An entry of `RTCConfiguration.iceServers`. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** TURN servers that share a secret with us (coturn's `static-auth-secret`). */
export interface TurnConfig {
  readonly urls: readonly string[];
  readonly secret: string;
}

/** Credentials outlive any visit, because Firefox can't take fresh ones into a running connection. Seconds. */
export const TURN_CREDENTIAL_SECONDS = 6 * 3600;

/**
 * ICE servers with time-limited credentials bound to the session, after the TURN REST API draft
 * (draft-uberti-behave-turn-rest): username `<expiry>:<sessionId>`, password its HMAC-SHA1.
 */
export function iceServers(turn: TurnConfig | null, sessionId: string, now: number): IceServer[] {
  if (!turn) return [];
  const username = `${Math.floor(now / 1000) + TURN_CREDENTIAL_SECONDS}:${sessionId}`;
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
  return [{ urls: [...turn.urls], username, credential }];
}
