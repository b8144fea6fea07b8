import type { Handlers } from './registry.ts';

/** What people write to each other. */
export const chatHandlers: Handlers<'chat:send'> = {
  'chat:send': ({ room, userId }, saying) => room.chat.say(userId, saying),
};
