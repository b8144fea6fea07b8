import { TelevisitError } from '@televisit/shared/errors';
import type { Handlers } from './registry.ts';

/** What hosts do with those who wait; who is let in or not hears it as the change of the session is followed. */
export const waitingHandlers: Handlers<'waiting:admit' | 'waiting:decline' | 'waiting:message'> = {
  'waiting:admit': async (connection, { userId }) => {
    const { room } = connection;
    try {
      await room.sessions.admitWaiting(room.sessionId, userId, room.rules.actor(connection.userId));
    } catch (error) {
      const notWaiting = error instanceof TelevisitError && error.code === 'not_waiting';
      // Another host was faster.
      if (!notWaiting || !room.rules.isAdmitted(userId)) throw error;
    }
    return null;
  },

  'waiting:decline': async (connection, { userId }) => {
    const { room } = connection;
    await room.sessions.declineWaiting(room.sessionId, userId, room.rules.actor(connection.userId));
    return null;
  },

  'waiting:message': ({ room, claims }, { userId, text }) => {
    room.waiting.write(userId, text, claims.name);
    return null;
  },
};
