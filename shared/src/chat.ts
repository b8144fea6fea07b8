import { z } from 'zod';
import { role, utcTime } from './session.ts';

/** A file of the chat without its bytes. */
export const chatFileView = z
  .strictObject({
    fileId: z.string(),
    /** Made safe to save: no folder, no control characters. */
    name: z.string(),
    /** Media type (RFC 6838) as the sender's browser named it, without parameters. */
    contentType: z.string(),
    /** How many. */
    bytes: z.int(),
  })
  .meta({ id: 'ChatFile' });
export type ChatFileView = z.infer<typeof chatFileView>;

/** A chat message as the backend sees it. */
export const chatMessageView = z
  .strictObject({
    seq: z.int(),
    /** A pseudonym once the person was erased. */
    userId: z.string(),
    role,
    displayName: z.string().nullable(),
    /** Null where it is a file. Both are null once the sender was erased. */
    text: z.string().nullable(),
    file: chatFileView.nullable(),
    at: utcTime,
  })
  .meta({ id: 'ChatMessage' });
export type ChatMessageView = z.infer<typeof chatMessageView>;

/** `GET /sessions/{sessionId}/messages`. */
export const chatMessageList = z
  .strictObject({ messages: z.array(chatMessageView) })
  .meta({ id: 'ChatMessageList' });
export type ChatMessageList = z.infer<typeof chatMessageList>;

/** The header in which the name of an uploaded file stands: UTF-8, percent-encoded (RFC 3986, 2.1). */
export const FILE_NAME_HEADER = 'x-file-name';
