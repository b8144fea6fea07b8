import type { polls as contract } from '@televisit/shared/features/polls';
import type { ServerFeature } from '../feature.ts';
import { Polls } from './polls.ts';
import { RoomPolls } from './room-polls.ts';

export const polls: ServerFeature<typeof contract> = {
  // The polls are in the store.
  report: () => ({ polls: [] }),
  webhooks: { 'poll.closed': (_, { pollId, counts, voters }) => ({ pollId, counts: [...counts], voters }) },
  start: ({ sessions, stores, clock, ids, logger }) => {
    const store = stores.polls;
    const onError = (error: unknown) => logger.warn({ err: error }, 'failed to close the polls of a visit');
    const all = new Polls({ store, sessions, clock, ids, onError });
    return {
      http: {
        handlers: {
          listPolls: async ({ params: { sessionId } }) => {
            return { status: 200, body: { polls: await all.records(await sessions.get(sessionId)) } };
          },
        },
      },
      room: {
        prepare: async (session) => {
          const stored = await all.of(session);
          return (room) => new RoomPolls(room, all, stored);
        },
      },
      storedReport: async (session) => ({ polls: await all.records(session) }),
      personalData: async ({ sessionId }, seat) => ({
        polls: (await store.export(sessionId, seat)).map(({ question, answers }) => ({
          question,
          answers: [...answers],
        })),
      }),
      onSessionChanged: (changed) => all.sessionChanged(changed),
      close: () => all.settled(),
    };
  },
};
