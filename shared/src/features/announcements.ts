import { z } from 'zod';
import { feature, typed } from '../core/contract.ts';
import { line, sessionParams } from '../core/fields.ts';

/** A line of text from the backend to everyone in the visit. */
export interface AnnouncementView {
  readonly text: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export const announcementText = line(500);

/** `POST /sessions/{sessionId}/announcements`. */
export const announcementRequest = z
  .strictObject({ text: announcementText.meta({ description: 'One line, 1 to 500 characters.' }) })
  .meta({ id: 'AnnouncementRequest' });
export type AnnouncementRequest = z.infer<typeof announcementRequest>;

export const announcementResponse = z
  .strictObject({ delivered: z.int().min(1).meta({ description: 'How many people received it.' }) })
  .meta({ id: 'AnnouncementResponse' });
export type AnnouncementResponse = z.infer<typeof announcementResponse>;

export const announcements = feature({
  name: 'announcements',
  events: {
    announcement: {
      payload: typed<AnnouncementView>(),
      summary:
        'A line of text from the backend to all pages, those in the preview and the waiting room included.',
    },
  },
  operations: {
    announce: {
      method: 'post',
      path: '/sessions/{sessionId}/announcements',
      tag: 'People',
      summary: 'Show a line of text to everyone who is in the visit now',
      description:
        'In the call, the preview and the waiting room alike, until they close it. It is not stored: people who come later do ' +
        'not see it, and the audit log holds only that there was one. After a 503 it may have been shown all the same.',
      access: 'internal',
      params: sessionParams,
      body: announcementRequest,
      answers: { 200: { description: 'The number of people who received it', schema: announcementResponse } },
      errors: ['session_not_found', 'session_closed', 'nobody_here', 'node_unreachable'],
    },
  },
  facts: {
    'announcement.made': { kind: 'note', data: typed<object>(), details: [] },
  },
  errors: {
    nobody_here: {
      status: 409,
      title: 'Nobody is in the visit at the moment',
      remedy:
        'Try again when a person is in the visit; announcements are not stored for people who come later.',
    },
  },
});
