import { TelevisitError } from '@televisit/shared/errors';
import type { ChatMessageView } from '@televisit/shared/features/chat';
import type { Chats } from '../features/chat/chats.ts';
import type { Sessions } from '../domain/sessions.ts';
import { fileReply } from './file-reply.ts';
import type { OperationHandlers } from './operation.ts';

export interface ChatHandlersOptions {
  readonly sessions: Sessions;
  readonly chats: Chats;
}

/** Handles messages and files of visits that keep their chat, for the backend. */
export function chatHandlers({
  sessions,
  chats,
}: ChatHandlersOptions): OperationHandlers<'listMessages' | 'getFile'> {
  return {
    listMessages: async ({ params: { sessionId }, by }) => {
      const { options } = await sessions.get(sessionId);
      const stored = options.keepChat ? await chats.messages(sessionId) : [];
      await sessions.note(sessionId, { type: 'chat.read', by });
      const messages = stored.map(({ seq, userId, role, displayName, text, file, at }): ChatMessageView => ({
        seq,
        userId,
        role,
        displayName,
        text,
        file,
        at,
      }));
      return { status: 200, body: { messages } };
    },

    getFile: async ({ params: { sessionId, fileId }, by }) => {
      const { options } = await sessions.get(sessionId);
      if (!options.keepChat) throw new TelevisitError('file_not_found');
      const file = await chats.file(sessionId, fileId);
      await sessions.note(sessionId, { type: 'chat.read', by });
      return fileReply(file);
    },
  };
}
