import jwt from 'jsonwebtoken';

export interface SdkGrant {
  readonly key: string;
  readonly secret: string;
  readonly meetingId: string;
  /** A host needs a ZAK as well. */
  readonly isHost: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** The lifetime of the signature, in seconds; Zoom takes 1800 to 172800. */
  readonly seconds?: number;
}

const LIFETIME_SECONDS = 7200;
const SHORTEST_SECONDS = 1800;
const LONGEST_SECONDS = 172_800;

/**
 * Returns the signature with which a client with Zoom's Meeting SDK joins a meeting: a JWT (RFC 7519) signed with HS256; see
 * https://developers.zoom.us/docs/meeting-sdk/auth/.
 */
export function meetingSdkJwt({
  key,
  secret,
  meetingId,
  isHost,
  now,
  seconds = LIFETIME_SECONDS,
}: SdkGrant): string {
  const iat = Math.floor(now / 1000);
  const exp = iat + Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, seconds));
  const claims = { appKey: key, sdkKey: key, mn: meetingId, role: isHost ? 1 : 0, iat, exp, tokenExp: exp };
  return jwt.sign(claims, secret, { algorithm: 'HS256' });
}
