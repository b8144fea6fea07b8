import { TelevisitError } from '@televisit/shared/errors';
import type { Sessions } from '../../domain/sessions.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { AskRooms } from '../feature.ts';
import { shownTo } from './announcements.ts';

export interface AnnouncementOperationsOptions {
  readonly sessions: Sessions;
  readonly askRooms: AskRooms;
}

/** Handles `/sessions/{sessionId}/announcements`. */
export function announcementOperations({ sessions, askRooms }: AnnouncementOperationsOptions) {
  return {
    handlers: {
      announce: async ({ params: { sessionId }, body, by }) => {
        const delivered = shownTo(await askRooms(sessionId, 'announcements', body)).size;
        if (delivered === 0) throw new TelevisitError('nobody_here');
        await sessions.note(sessionId, { type: 'announcement.made', by });
        return { status: 200, body: { delivered } };
      },
    },
  } satisfies FeatureOperations<'announce'>;
}
