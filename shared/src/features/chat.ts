import { z } from 'zod';
import { feature, typed } from '../core/contract.ts';
import {
  shortId,
  fileParams,
  paragraph,
  role,
  sessionParams,
  utcTime,
  webhookPerson,
} from '../core/fields.ts';
import { MAX_CHAT_TEXT, MAX_FILE_BYTES, type Role } from '../vocabulary.ts';

/** A file of the chat; its bytes are at `/api/v1/visits/{sessionId}/files/{fileId}`. */
export interface ChatFile {
  readonly fileId: string;
  readonly name: string;
  /** Media type (RFC 6838) as the sender's browser named it. */
  readonly contentType: string;
  readonly bytes: number;
}

/** A chat message: a text or a file; neither once its sender was erased. */
export interface ChatMessage {
  /** 1, 2, 3 … within the session, in the order in which all participants see them; a number may be missing. */
  readonly seq: number;
  /** The sender's own id of the message: sending it again after a lost answer makes no second one. */
  readonly clientId: string;
  readonly userId: string;
  readonly displayName: string | null;
  readonly role: Role;
  readonly text: string | null;
  readonly file: ChatFile | null;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** A file of the chat without its bytes. */
export const chatFileView = z
  .strictObject({
    fileId: z.string().meta({ description: 'Televisit’s id of the file.' }),
    name: z
      .string()
      .meta({ description: 'The file’s name, safe to save: no folder, no control characters.' }),
    contentType: z.string().meta({
      description: 'The media type (RFC 6838) as the sender’s browser named it, without parameters.',
    }),
    bytes: z.int().meta({ description: 'The size in bytes.' }),
  })
  .meta({ id: 'ChatFile' });
export type ChatFileView = z.infer<typeof chatFileView>;

/** A chat message as the backend sees it. */
export const chatMessageView = z
  .strictObject({
    seq: z.int().meta({ description: 'The message’s position in the chat: 1, 2, 3 …' }),
    userId: z.string().meta({ description: 'The sender; a pseudonym after that person was erased.' }),
    role,
    displayName: z.string().nullable().meta({ description: 'The name that others in the visit see.' }),
    text: z
      .string()
      .nullable()
      .meta({ description: 'The text; null if the message is a file, or after the sender was erased.' }),
    file: chatFileView
      .nullable()
      .meta({ description: 'The file; null if the message is a text, or after the sender was erased.' }),
    at: utcTime.meta({ description: 'When it was sent.' }),
  })
  .meta({ id: 'ChatMessage' });
export type ChatMessageView = z.infer<typeof chatMessageView>;

/** `GET /sessions/{sessionId}/messages`. */
export const chatMessageList = z
  .strictObject({
    messages: z
      .array(chatMessageView)
      .meta({ description: 'The messages in order; empty if the visit does not keep its chat.' }),
  })
  .meta({ id: 'ChatMessageList' });
export type ChatMessageList = z.infer<typeof chatMessageList>;

/** The header with the name of an uploaded file: UTF-8, percent-encoded (RFC 3986, 2.1). */
export const FILE_NAME_HEADER = 'x-file-name';

/** The media type of a body of any type (RFC 9110, 12.5.1). */
export const ANY_TYPE = '*/*';

/** As `encodeURIComponent` writes it: headers carry ASCII only (RFC 9110, 5.5). */
const fileName = z
  .string()
  .max(2000)
  .refine(isEncoded, { message: 'must be UTF-8, percent-encoded' })
  .transform((encoded) => decodeURIComponent(encoded))
  .optional()
  .meta({ description: 'The file’s name as encodeURIComponent writes it; `file` if omitted.' });

/** Bytes of any media type; `maxBytes` is the limit. */
const anyFile = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array)
  .meta({ mediaType: ANY_TYPE, maxBytes: MAX_FILE_BYTES });

export const chat = feature({
  name: 'chat',
  messages: {
    'chat:send': {
      /** A text, or a file that was uploaded before; exactly one of them. */
      payload: z
        .strictObject({
          clientId: shortId,
          text: paragraph(MAX_CHAT_TEXT).optional(),
          fileId: shortId.optional(),
        })
        .refine(({ text, fileId }) => (text === undefined) !== (fileId === undefined), {
          message: 'must have either a text or a fileId',
        }),
      ack: typed<ChatMessage>(),
      phase: 'joined',
      permission: 'publish',
      rate: 'broadcast',
      summary: 'Sends a text, or a file that was uploaded before.',
    },
  },
  events: {
    'chat:message': {
      payload: typed<ChatMessage>(),
      summary: 'A participant wrote; the sender receives it too.',
    },
  },
  snapshot: typed<{
    /** All messages so far. */
    readonly chat: readonly ChatMessage[];
  }>(),
  options: {
    chat: {
      schema: z.boolean().meta({ description: 'Whether people may exchange messages and files.' }),
      default: true,
    },
    keepChat: {
      schema: z.boolean().meta({
        description:
          'Whether you can read messages and files, also after the visit; otherwise they are deleted when it is over.',
      }),
      default: false,
    },
  },
  operations: {
    listMessages: {
      method: 'get',
      path: '/sessions/{sessionId}/messages',
      tag: 'Chat',
      summary: 'Read the chat of a visit that keeps it',
      description:
        'Empty if the visit does not keep its chat (options.keepChat): then only the people in the visit can read it, ' +
        'and it is deleted when the visit is over. Reading it is recorded in the audit log.',
      access: 'internal',
      params: sessionParams,
      answers: { 200: { description: 'All messages in order', schema: chatMessageList } },
      errors: ['session_not_found'],
    },
    getFile: {
      method: 'get',
      path: '/sessions/{sessionId}/files/{fileId}',
      tag: 'Chat',
      summary: 'Read a file from the chat of a visit that keeps it',
      description: 'Reading it is recorded in the audit log.',
      access: 'internal',
      params: fileParams,
      answers: { 200: { description: 'The file as an attachment with its name', schema: anyFile } },
      errors: ['session_not_found', 'file_not_found'],
    },
    uploadVisitFile: {
      method: 'post',
      path: '/api/v1/visits/{sessionId}/files',
      tag: 'Join page',
      summary: 'Upload a file to the chat, during the visit',
      description:
        'The body is the file itself, 1 byte to 10 MiB, with its media type. It stays invisible until the signaling message ' +
        '"chat:send" names it. A visit takes at most 50 files. Of each person, at most 3 files wait to be named (a further ' +
        'one replaces the oldest), and two uploads may run at once.',
      access: 'join_token',
      params: sessionParams,
      headers: z.object({ [FILE_NAME_HEADER]: fileName }),
      body: anyFile,
      answers: { 201: { description: 'The stored file', schema: chatFileView } },
      errors: [
        'session_not_found',
        'session_over',
        'removed',
        'not_joined',
        'chat_off',
        'forbidden',
        'chat_full',
        'file_too_large',
        'unsupported_media_type',
        'conflict',
      ],
    },
    getVisitFile: {
      method: 'get',
      path: '/api/v1/visits/{sessionId}/files/{fileId}',
      tag: 'Join page',
      summary: 'Read a file of the chat, as a participant',
      access: 'join_token',
      params: fileParams,
      answers: { 200: { description: 'The file as an attachment with its name', schema: anyFile } },
      errors: ['session_not_found', 'session_over', 'removed', 'not_joined', 'chat_off', 'file_not_found'],
    },
  },
  report: {
    messages: z.int().meta({ description: 'The number of chat messages.' }),
  },
  personalData: {
    messages: z
      .array(chatMessageView.pick({ text: true, file: true, at: true }))
      .meta({ description: 'The person’s chat messages, if they are kept.' }),
  },
  facts: {
    'chat.file_shared': {
      kind: 'event',
      data: typed<{ readonly seat: number; readonly bytes: number; readonly contentType: string }>(),
      details: ['bytes', 'contentType'],
      webhook: {
        description: 'A person shared a file in the chat.',
        data: {
          ...webhookPerson,
          bytes: z.int().meta({ description: 'How many bytes it has.' }),
          contentType: z
            .string()
            .meta({ description: 'The media type (RFC 6838), as the sender’s browser named it.' }),
        },
        example: { userId: 'dr-jones', role: 'doctor', bytes: 48_213, contentType: 'application/pdf' },
      },
    },
    'chat.read': { kind: 'note', data: typed<object>(), details: [] },
  },
  errors: {
    chat_off: {
      status: 403,
      title: 'This visit has no chat',
      remedy: 'Create the visit with options.chat true.',
    },
    chat_full: {
      status: 409,
      title: 'The chat of this visit is full',
      remedy: 'Continue by voice; a visit keeps a limited amount of text and number of files.',
    },
    file_not_found: {
      status: 404,
      title: 'There is no such file',
      remedy: 'Files go when the visit is over unless it keeps its chat; upload it again.',
    },
    file_too_large: {
      status: 413,
      title: 'The file is too large',
      remedy: 'Send a file of at most 10 MiB.',
    },
  },
});

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
