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

/** A participant of a session. */
export interface TurnUser {
  readonly sessionId: string;
  readonly userId: string;
}

/**
 * Returns ICE servers with time-limited credentials, as in the TURN REST API draft (draft-uberti-behave-turn-rest): username
 * `<expiry>:<name>`, password its HMAC-SHA1. The name is a pseudonym of the participant, because TURN servers count their
 * quota for each name, and log it.
 */
export function iceServers(turn: TurnConfig | null, user: TurnUser, now: number): IceServer[] {
  if (!turn) return [];
  const username = `${Math.floor(now / 1000) + TURN_CREDENTIAL_SECONDS}:${pseudonymOf(user, turn.secret)}`;
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
  return [{ urls: [...turn.urls], username, credential }];
}

function pseudonymOf({ sessionId, userId }: TurnUser, secret: string): string {
  const hash = createHmac('sha256', secret)
    .update(JSON.stringify([sessionId, userId]))
    .digest('hex');
  return hash.slice(0, 24);
}
