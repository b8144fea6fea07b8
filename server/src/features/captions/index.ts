import { TelevisitError } from '@televisit/shared/errors';
import type { captions as contract } from '@televisit/shared/features/captions';
import { z } from 'zod';
import { requireSeat } from '../../domain/people.ts';
import { isOver } from '../../domain/session.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { FeatureServices, ServerFeature } from '../feature.ts';
import { RoomCaptions } from './room-captions.ts';
import { mayBeCaptioned } from './rules.ts';

const answers = z.array(z.number());

export const captions: ServerFeature<typeof contract> = {
  start: (services) => {
    const { speech, translator, ids } = services;
    return {
      http: captionsOperations(services),
      room: { prepare: () => (room) => new RoomCaptions(room, { speech, translator, ids }) },
    };
  },
};

/** Handles the captions of humans. */
function captionsOperations({ sessions, askRooms }: FeatureServices) {
  return {
    handlers: {
      addCaption: async ({ params: { sessionId }, body }) => {
        const session = await sessions.get(sessionId);
        if (isOver(session)) throw new TelevisitError('session_closed');
        if (session.options.captions === 'off') throw new TelevisitError('captions_off');
        if (!mayBeCaptioned(session, requireSeat(session, body.userId))) {
          throw new TelevisitError('captions_not_agreed');
        }
        const shown = answers.parse(await askRooms(sessionId, 'captions', body));
        return { status: 200, body: { delivered: shown.reduce((sum, pages) => sum + pages, 0) } };
      },
    },
  } satisfies FeatureOperations<'addCaption'>;
}
