import { TelevisitError } from '@televisit/shared/errors';
import type { VisitRoom } from '../visit-room.ts';
import type { Handlers } from './registry.ts';

/**
 * A hand goes up or down; everybody hears of it, since a host may lower the hand of another.
 * @throws TelevisitError `participant_not_found`
 */
export function showHand({ participants }: VisitRoom, userId: string, raised: boolean): void {
  const participant = participants.require(userId);
  if (participant.setHand(raised)) participants.tell('participant:updated', participant.view());
}

/** How people are, and the small signs that they give. */
export const presenceHandlers: Handlers<'presence:set' | 'hand:set' | 'reaction:send' | 'network:report'> = {
  'presence:set': ({ room, userId }, { away }) => {
    const participant = room.participants.require(userId);
    if (participant.setAway(away)) room.changed(participant);
    return null;
  },

  'hand:set': ({ room, userId }, { raised }) => {
    showHand(room, userId, raised);
    return null;
  },

  'reaction:send': ({ room, userId }, { reaction }) => {
    if (!room.rules.session.options.reactions) throw new TelevisitError('reactions_off');
    room.participants.tell('reaction', { userId, reaction });
    return null;
  },

  'network:report': (connection, { level }) => {
    const { room } = connection;
    connection.network = level;
    if (room.waiting.has(connection)) room.waiting.changed();
    if (!connection.joined) return null;
    const participant = room.participants.require(connection.userId);
    if (participant.setNetwork(level)) room.changed(participant);
    return null;
  },
};
