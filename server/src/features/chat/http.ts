import { TelevisitError } from '@televisit/shared/errors';
import { FILE_NAME_HEADER, type ChatMessageView } from '@televisit/shared/features/chat';
import type { JoinTokens } from '../../access/join-token.ts';
import type { RateLimits } from '../../access/rate-limits.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { limitFiles, linkOf } from '../../http/auth.ts';
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

/** A file that was uploaded, with its content. */
export interface FileContent {
  readonly name: string;
  /** The media type (RFC 6838), as its sender named it. */
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** Creates a response that browsers save to disk. Uploaded files are never displayed or run on our origin. */
export function fileReply({ name, contentType, content }: FileContent) {
  return {
    status: 200 as const,
    type: contentType,
    content,
    headers: {
      'Content-Disposition': attachment(name),
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    },
  };
}

/** Returns the Content-Disposition for a file name (RFC 6266, with RFC 8187 for non-ASCII letters). */
export function attachment(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .replaceAll(/["\\]/g, '_')
    .trim();
  const plain = /^[^.]/.test(ascii) ? ascii : `file${ascii}`;
  return `attachment; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded(name)}`}`;
}

/** Encodes a name, including the characters that `encodeURIComponent` leaves but RFC 8187, 3.2.1 forbids. */
function encoded(name: string): string {
  const escape = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, escape);
}
