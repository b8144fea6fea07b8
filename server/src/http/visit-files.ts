import { FILE_NAME_HEADER } from '@televisit/shared/features/chat';
import type { JoinTokens } from '../access/join-token.ts';
import type { Chats } from '../features/chat/chats.ts';
import { fileReply } from './file-reply.ts';
import { claimsOf } from './auth.ts';
import type { OperationHandlers } from './operation.ts';

export interface VisitFileHandlersOptions {
  readonly chats: Chats;
  readonly tokens: JoinTokens;
}

/** Handles `/visits/{sessionId}/files`: files of the chat, for people in the visit. */
export function visitFileHandlers({
  chats,
  tokens,
}: VisitFileHandlersOptions): OperationHandlers<'uploadVisitFile' | 'getVisitFile'> {
  return {
    uploadVisitFile: async ({ params, headers, body, request }) => {
      const { sid, sub } = claimsOf(tokens, request, params.sessionId);
      const name = headers[FILE_NAME_HEADER] ?? '';
      const given = { name, contentType: request.get('content-type'), bytes: body };
      return { status: 201, body: await chats.addFile(sid, sub, given) };
    },

    getVisitFile: async ({ params, request }) => {
      const { sid, sub } = claimsOf(tokens, request, params.sessionId);
      return fileReply(await chats.fileFor(sid, sub, params.fileId));
    },
  };
}
