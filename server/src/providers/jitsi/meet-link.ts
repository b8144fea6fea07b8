import type { MeetingPerson, MeetingPlan } from '../meeting-provider.ts';

/** Jitsi Meet, self-hosted or by 8x8, has the same page with the same options and the same claims about people. */

/** How long before its window a token is valid, in seconds: the clock of the other server may be behind. */
const EARLY_SECONDS = 60;

/** Returns the claims of a token that say when it is valid: for the window of the visit, reloads included. */
export function validity({ opensAt, closesAt }: MeetingPlan, now: number) {
  return {
    iat: Math.floor(now / 1000),
    nbf: Math.floor(opensAt / 1000) - EARLY_SECONDS,
    exp: Math.ceil(closesAt / 1000),
  };
}

/** Returns what tokens say about a person; fields without a value are left out, as some versions fail at null. */
export function userClaims({ userId, displayName, email, isHost }: MeetingPerson) {
  return {
    id: userId,
    ...(displayName === null ? {} : { name: displayName }),
    ...(email === null ? {} : { email }),
    moderator: isHost,
  };
}

/** Returns what a person may use beyond sound and pictures. Recordings would leave a visit on other servers. */
export function featureClaims({ canPublish }: MeetingPerson) {
  return {
    livestreaming: false,
    recording: false,
    transcription: false,
    'outbound-call': false,
    'sip-outbound-call': false,
    'screen-sharing': canPublish,
  };
}

/**
 * Returns the address at which a person enters a room.
 * @param room the address of the room
 * @param tokenIn the part of the address that carries the token
 */
export function meetLink(
  room: string,
  token: string,
  tokenIn: 'fragment' | 'query',
  { canPublish, language }: MeetingPerson,
): string {
  const url = new URL(room);
  if (language !== null) url.searchParams.set('lang', language);
  if (tokenIn === 'query') url.searchParams.set('jwt', token);
  // Values of options are JSON. Our own page has checked devices, so the one of Jitsi Meet is skipped.
  const options = [
    ...(tokenIn === 'fragment' ? [`jwt=${token}`] : []),
    'config.prejoinConfig.enabled=false',
    'config.disableDeepLinking=true',
    'config.disableInviteFunctions=true',
    ...(canPublish ? [] : ['config.startWithAudioMuted=true', 'config.startWithVideoMuted=true']),
  ];
  url.hash = options.join('&');
  return url.href;
}
