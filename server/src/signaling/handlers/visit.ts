import type { Handlers } from './registry.ts';

/** Entering, leaving and ending a visit. */
export const visitHandlers: Handlers<'join' | 'resume' | 'leave' | 'moved' | 'session:end'> = {
  join: (connection, { live, ...claim }) => connection.room.join(connection, live, claim),

  resume: (connection, { device, live }) => connection.room.resume(connection, device, live),

  leave: (connection) => {
    connection.room.leave(connection);
    return null;
  },

  moved: (connection) => {
    connection.room.movedAway(connection);
    return null;
  },

  'session:end': async (connection) => {
    const { room } = connection;
    await room.sessions.end(room.sessionId, 'host_ended', room.rules.actor(connection.userId));
    return null;
  },
};
