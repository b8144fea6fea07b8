import type { chat as contract } from '@televisit/shared/features/chat';
import { iso } from '../../core/clock.ts';
import { eventPerson } from '../../domain/people.ts';
import type { ServerFeature } from '../feature.ts';
import { Chats, fileView } from './chats.ts';
import { chatOperations } from './http.ts';
import { RoomChat } from './room-chat.ts';

export const chat: ServerFeature<typeof contract> = {
  report: ({ messages }) => ({ messages }),
  webhooks: {
    'chat.file_shared': (session, { seat, bytes, contentType }) => ({
      ...eventPerson(session, seat),
      bytes,
      contentType,
    }),
  },
  start: ({ sessions, stores, clock, ids, logger, tokens, rateLimits }) => {
    const store = stores.chat;
    const onError = (error: unknown) => logger.warn({ err: error }, 'failed to delete a chat');
    const chats = new Chats({ store, sessions, clock, ids, onError });
    return {
      http: chatOperations({ sessions, chats, tokens, rateLimits }),
      room: {
        prepare: async ({ sessionId }) => {
          const history = await chats.messages(sessionId);
          return (room) => new RoomChat(room, chats, history);
        },
      },
      personalData: async ({ sessionId }, seat) => {
        const messages = await store.export(sessionId, seat);
        const views = messages.map(({ text, file, at }) => ({
          text,
          file: file && fileView(file),
          at: iso(at),
        }));
        return { messages: views };
      },
      onSessionChanged: (changed) => chats.sessionChanged(changed),
      settle: () => chats.settle(),
      close: () => chats.close(),
    };
  },
};
