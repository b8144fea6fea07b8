import type { waitingRoom as contract } from '@televisit/shared/features/waiting-room';
import { iso } from '../../core/clock.ts';
import { eventPerson } from '../../domain/people.ts';
import type { ServerFeature } from '../feature.ts';
import { WaitingRoom } from './waiting-room.ts';

export const waitingRoom: ServerFeature<typeof contract> = {
  webhooks: {
    'participant.waiting': (session, { seat, at }) => ({
      ...eventPerson(session, seat),
      waitingSince: iso(at),
    }),
    'participant.admitted': (session, { seat }) => eventPerson(session, seat),
  },
  start: ({ graceMs }) => ({ room: { prepare: () => (room) => new WaitingRoom(room, graceMs) } }),
};
