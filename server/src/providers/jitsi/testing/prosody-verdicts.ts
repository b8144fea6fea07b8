import type { ProsodyOptions, ProsodyVerdict } from './prosody.ts';

/**
 * Verdicts of a real Prosody 0.12.3 on one token each, recorded by hand with the token modules of Jitsi Meet of 2026. Jitsi
 * publishes its modules in git only, so the run is repeated at releases, not in CI.
 */

/** The configuration of the recorded run. */
export const RECORDED: ProsodyOptions = {
  domain: 'meet.test',
  app_id: 'televisit',
  app_secret: 'a-secret-of-at-least-32-characters-1',
  asap_accepted_issuers: ['televisit', 'partner'],
  asap_accepted_audiences: ['jitsi'],
};
export const ROOM = 'room_sess_abc';
/** Seconds since the Unix epoch. */
export const NOW = 1_770_000_000;

/** A token that was joined with: parts that are changed in it, undefined for parts that are left out. */
export interface RecordedToken {
  readonly title: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signed with another secret. */
  readonly secret?: string;
  readonly verdict: ProsodyVerdict;
}

export const PLAIN_HEADER = { alg: 'HS256', typ: 'JWT' };
export const PLAIN_CLAIMS = {
  iss: 'televisit',
  aud: 'jitsi',
  sub: 'meet.test',
  room: ROOM,
  nbf: NOW - 60,
  exp: NOW + 3600,
  context: { user: { id: 'p-1', name: 'Pat', affiliation: 'member' } },
};

const user = (changes: Readonly<Record<string, unknown>>) => ({
  context: { user: { id: 'p-1', ...changes } },
});

export const RECORDED_TOKENS: readonly RecordedToken[] = [
  { title: 'a complete token', verdict: 'member' },
  { title: 'an issuer of asap_accepted_issuers', claims: { iss: 'partner' }, verdict: 'member' },
  { title: 'the subject *', claims: { sub: '*' }, verdict: 'member' },
  { title: 'the subject in other case', claims: { sub: 'Meet.Test' }, verdict: 'member' },
  { title: 'the room in other case', claims: { room: 'Room_Sess_ABC' }, verdict: 'member' },
  { title: 'the room *', claims: { room: '*' }, verdict: 'member' },
  { title: 'another room', claims: { room: 'room_sess_xyz' }, verdict: 'mismatched' },
  { title: 'another subject', claims: { sub: 'other.test' }, verdict: 'mismatched' },
  { title: 'another issuer', claims: { iss: 'stranger' }, verdict: 'refused' },
  { title: 'another audience', claims: { aud: 'stranger' }, verdict: 'refused' },
  { title: 'the audience in a list', claims: { aud: ['jitsi'] }, verdict: 'refused' },
  { title: 'an end in the past', claims: { exp: NOW - 10 }, verdict: 'refused' },
  { title: 'a beginning in the future', claims: { nbf: NOW + 600 }, verdict: 'refused' },
  { title: 'another secret', secret: 'another-secret-of-32-characters-22', verdict: 'refused' },
  { title: 'the algorithm none', header: { alg: 'none' }, verdict: 'refused' },
  { title: 'a header without type', header: { typ: undefined }, verdict: 'refused' },
  { title: 'no end', claims: { exp: undefined }, verdict: 'member' },
  { title: 'no subject', claims: { sub: undefined }, verdict: 'stuck' },
  { title: 'no room', claims: { room: undefined }, verdict: 'stuck' },
  { title: 'no context', claims: { context: undefined }, verdict: 'member' },
  { title: 'an avatar that is null', claims: user({ avatar: null }), verdict: 'member' },
  { title: 'the affiliation owner', claims: user({ affiliation: 'owner' }), verdict: 'moderator' },
  { title: 'moderator true', claims: user({ moderator: true }), verdict: 'moderator' },
  { title: 'the affiliation member', claims: user({ affiliation: 'member' }), verdict: 'member' },
];
