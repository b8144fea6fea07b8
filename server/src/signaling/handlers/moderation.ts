import type { DeviceSource } from '@televisit/shared/vocabulary';
import { seatIndex } from '../../domain/session.ts';
import type { Connection } from '../connection.ts';
import { showHand } from './presence.ts';
import type { Handlers } from './registry.ts';

type ModerationNote =
  | { readonly type: 'participant.muted'; readonly source: DeviceSource }
  | { readonly type: 'participant.asked_to_unmute' }
  | { readonly type: 'screen_share.stopped_by_host' };

/** What hosts may do with others. What changes the session is carried out as that is followed. */
export const moderationHandlers: Handlers<
  | 'moderation:mute'
  | 'moderation:ask-unmute'
  | 'moderation:stop-share'
  | 'moderation:lower-hand'
  | 'moderation:remove'
  | 'moderation:lock'
  | 'moderation:screen-share'
  | 'notes:set'
> = {
  'moderation:mute': async (connection, { userId, source }) => {
    const { room, claims } = connection;
    const participant = room.participants.require(userId);
    if (!(await participant.switchOff(source, claims.name)) || room.closed) return null;
    if (room.participants.get(userId) === participant) room.changed(participant);
    note(connection, userId, { type: 'participant.muted', source });
    return null;
  },

  'moderation:ask-unmute': (connection, { userId }) => {
    const { room, claims } = connection;
    room.participants.require(userId).connection?.emit('unmute:asked', { by: claims.name });
    note(connection, userId, { type: 'participant.asked_to_unmute' });
    return null;
  },

  'moderation:stop-share': (connection, { userId }) => {
    const { room, claims } = connection;
    const participant = room.participants.require(userId);
    if (!participant.stopSharing(claims.name)) return null;
    room.changed(participant);
    note(connection, userId, { type: 'screen_share.stopped_by_host' });
    return null;
  },

  'moderation:lower-hand': ({ room }, { userId }) => {
    showHand(room, userId, false);
    return null;
  },

  'moderation:remove': async (connection, { userId }) => {
    const { room } = connection;
    await room.sessions.remove(room.sessionId, userId, room.rules.actor(connection.userId));
    return null;
  },

  'moderation:lock': async (connection, { locked }) => {
    const { room } = connection;
    await room.sessions.setLocked(room.sessionId, locked, room.rules.actor(connection.userId));
    return null;
  },

  'moderation:screen-share': async (connection, { allowed }) => {
    const { room } = connection;
    await room.sessions.allowScreenShare(room.sessionId, allowed, room.rules.actor(connection.userId));
    return null;
  },

  'notes:set': async (connection, { text }) => {
    const { room } = connection;
    await room.sessions.setHostNotes(room.sessionId, text, room.rules.actor(connection.userId));
    return null;
  },
};

/** Keeps in the audit log what a host did with somebody. Nobody waits for it. */
function note(host: Connection, userId: string, what: ModerationNote): void {
  const { sessions, sessionId, rules, logger } = host.room;
  const about = { seat: seatIndex(rules.session, userId), by: rules.actor(host.userId) };
  sessions
    .note(sessionId, { ...what, ...about })
    .catch((error: unknown) => logger.warn({ err: error, type: what.type }, 'a note could not be stored'));
}
