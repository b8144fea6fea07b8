import { TelevisitError } from '@televisit/shared/errors';
import {
  announcementRequest,
  type announcements as contract,
} from '@televisit/shared/features/announcements';
import { z } from 'zod';
import { iso } from '../../core/clock.ts';
import type { PartOf, RoomContext } from '../../room/room-part.ts';
import type { ServerFeature } from '../feature.ts';

const answer = z.array(z.string());

/** Shows lines of text from the backend to everyone, also in the preview and the waiting room. */
export class Announcements implements PartOf<typeof contract> {
  readonly #room: RoomContext;

  constructor(room: RoomContext) {
    this.#room = room;
  }

  /** Shows the text of an announcement. @returns the recipients, once for each page */
  onRequest(request: unknown): z.input<typeof answer> {
    const { text } = announcementRequest.parse(request);
    const { clock, members } = this.#room;
    const { connections } = members;
    const line = { text, at: iso(clock.now()) };
    for (const connection of connections) connection.emit('announcement', line);
    return connections.map(({ userId }) => userId);
  }
}

/** Returns the people who were shown an announcement, from the answers of all rooms. */
export function shownTo(answers: readonly unknown[]): ReadonlySet<string> {
  return new Set(answers.flatMap((one) => answer.parse(one)));
}

export const announcements: ServerFeature<typeof contract> = {
  start: ({ sessions, askRooms }) => ({
    room: { prepare: () => (room) => new Announcements(room) },
    http: {
      handlers: {
        announce: async ({ params: { sessionId }, body, by }) => {
          const delivered = shownTo(await askRooms(sessionId, 'announcements', body)).size;
          if (delivered === 0) throw new TelevisitError('nobody_here');
          await sessions.note(sessionId, { type: 'announcement.made', by });
          return { status: 200, body: { delivered } };
        },
      },
    },
  }),
};
