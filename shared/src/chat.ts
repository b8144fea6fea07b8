import { z } from 'zod';
import { role, utcTime } from './session.ts';

/** A file of the chat without its bytes. */
export const chatFileView = z
  .strictObject({
    fileId: z.string().meta({ description: 'Televisit’s id of the file.' }),
    name: z
      .string()
      .meta({ description: 'The file’s name, safe to save: no folder, no control characters.' }),
    contentType: z
      .string()
      .meta({
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

/** The header in which the name of an uploaded file stands: UTF-8, percent-encoded (RFC 3986, 2.1). */
export const FILE_NAME_HEADER = 'x-file-name';
