import type { LeaveReason } from '@televisit/shared/vocabulary';

/** The consequences when a member leaves a place, loses it, or loses the connection. */
export interface DepartureRule {
  /** The reason that is stored, and that the others are sent. */
  readonly reason: LeaveReason;
  /** How long the place is kept, with the media of a participant; null if the member is out at once. */
  readonly keeps: 'grace' | 'migration' | null;
  /** Whether the other participants are sent the change. */
  readonly tellsOthers: boolean;
  /** The event that the member's pages receive; `session:ended` goes to all pages of a room at once. */
  readonly tellsSelf: 'dismissed' | 'declined' | 'session:ended' | null;
  /** The effect on the attendance interval of a participant. */
  readonly interval: 'close' | 'hand-over' | 'keep';
  /** Whether the end of waiting is stored; `if-expected`: only for a member that the room has not seen yet. */
  readonly endsWaiting: 'yes' | 'no' | 'if-expected';
  /** How the page that had the place ends: a client that is dropped reconnects, one that is dismissed may not. */
  readonly page: 'dismiss' | 'dismiss-all' | 'drop' | 'keep';
}

/**
 * Every way out of a place.
 *
 * - `dropped`: the connection dropped; the member has the grace period to return.
 * - `migrating`: the connection is gone while the session migrates, and the member with it to the other node.
 * - `left`: a page left on purpose.
 * - `connection_lost`: the grace period is over.
 * - `removed`, `dismissed`: a host or the backend made the member leave; a removed one may not return.
 * - `declined`: a host does not let a waiting member in for now, which is stored already.
 * - `not_admitted`: a member who wanted to wait, or had been let in, could not.
 *
 * The others are departures of everyone, with which the room closes:
 *
 * - `session_ended`, `server_shutdown`.
 * - `media_failed`: no media worker is available; clients reconnect, into a new room.
 * - `migrated`: the session lives on another node now, and so do its participants.
 * - `ownership_lost`: another process owns the session; nothing of it may be written here, and clients go there.
 */
// prettier-ignore
export const DEPARTURES = {
  //                    reason             keeps        others  self             interval     waiting        page
  dropped:         rule('connection_lost', 'grace',     true,   null,            'keep',      'no',          'keep'),
  migrating:       rule('connection_lost', 'migration', false,  null,            'keep',      'no',          'keep'),
  left:            rule('left',            null,        true,   null,            'close',     'yes',         'dismiss'),
  connection_lost: rule('connection_lost', null,        true,   null,            'close',     'yes',         'keep'),
  removed:         rule('removed',         null,        true,   'dismissed',     'close',     'no',          'dismiss-all'),
  dismissed:       rule('dismissed',       null,        true,   'dismissed',     'close',     'no',          'dismiss-all'),
  declined:        rule('left',            null,        false,  'declined',      'keep',      'no',          'keep'),
  not_admitted:    rule('left',            null,        false,  null,            'keep',      'yes',         'keep'),
  session_ended:   rule('session_ended',   null,        false,  'session:ended', 'close',     'if-expected', 'dismiss'),
  server_shutdown: rule('server_shutdown', null,        false,  null,            'close',     'if-expected', 'dismiss'),
  media_failed:    rule('connection_lost', null,        false,  null,            'close',     'if-expected', 'drop'),
  migrated:        rule('connection_lost', null,        false,  null,            'hand-over', 'no',          'dismiss'),
  ownership_lost:  rule('connection_lost', null,        false,  null,            'keep',      'no',          'drop'),
} as const;

export type Departure = keyof typeof DEPARTURES;

/** Departures of everyone. */
export type RoomDeparture =
  'session_ended' | 'server_shutdown' | 'media_failed' | 'migrated' | 'ownership_lost';

function rule(
  reason: DepartureRule['reason'],
  keeps: DepartureRule['keeps'],
  tellsOthers: DepartureRule['tellsOthers'],
  tellsSelf: DepartureRule['tellsSelf'],
  interval: DepartureRule['interval'],
  endsWaiting: DepartureRule['endsWaiting'],
  page: DepartureRule['page'],
): DepartureRule {
  return { reason, keeps, tellsOthers, tellsSelf, interval, endsWaiting, page };
}
