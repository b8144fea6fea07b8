import { TelevisitError } from '@televisit/shared/errors';
import { FILE_NAME_HEADER, type ChatMessageView } from '@televisit/shared/features/chat';
import type { JoinTokens } from '../../access/join-token.ts';
import type { RateLimits } from '../../access/rate-limits.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { limitFiles, linkOf } from '../../http/auth.ts';
import { fileReply } from '../../http/file-reply.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { Chats } from './chats.ts';
import { limitUploads } from './http.uploads.ts';

export interface ChatOperationsOptions {
  readonly sessions: Sessions;
  readonly chats: Chats;
  readonly tokens: JoinTokens;
  readonly rateLimits: RateLimits;
}

/** Handles messages and files of visits that keep their chat, for the backend, and files for people in the visit. */
export function chatOperations({ sessions, chats, tokens, rateLimits }: ChatOperationsOptions) {
  return {
    handlers: {
      listMessages: async ({ params: { sessionId }, by }) => {
        const { options } = await sessions.get(sessionId);
        const stored = options.keepChat ? await chats.messages(sessionId) : [];
        await sessions.note(sessionId, { type: 'chat.read', by });
        const messages = stored.map(
          ({ seq, userId, role, displayName, text, file, at }): ChatMessageView => ({
            seq,
            userId,
            role,
            displayName,
            text,
            file,
            at,
          }),
        );
        return { status: 200, body: { messages } };
      },

      getFile: async ({ params: { sessionId, fileId }, by }) => {
        const { options } = await sessions.get(sessionId);
        if (!options.keepChat) throw new TelevisitError('file_not_found');
        const file = await chats.file(sessionId, fileId);
        await sessions.note(sessionId, { type: 'chat.read', by });
        return fileReply(file);
      },

      uploadVisitFile: async ({ params, headers, body, request }) => {
        const { sid, sub } = await linkOf({ tokens, sessions }, request, params.sessionId);
        const name = headers[FILE_NAME_HEADER] ?? '';
        const given = { name, contentType: request.get('content-type'), bytes: body };
        return { status: 201, body: await chats.addFile(sid, sub, given) };
      },

      getVisitFile: async ({ params, request }) => {
        const { sid, sub } = await linkOf({ tokens, sessions }, request, params.sessionId);
        return fileReply(await chats.fileFor(sid, sub, params.fileId));
      },
    },
    // People who are not in the visit, or who send too many files, are rejected before a large body is read.
    before: {
      uploadVisitFile: [limitFiles(tokens, rateLimits), limitUploads({ tokens, sessions }, chats)],
      getVisitFile: [limitFiles(tokens, rateLimits)],
    },
  } satisfies FeatureOperations<'listMessages' | 'getFile' | 'uploadVisitFile' | 'getVisitFile'>;
}
