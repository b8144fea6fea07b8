import type { recording as contract } from '@televisit/shared/features/recording';
import { eventPerson } from '../../domain/people.ts';
import type { ServerFeature } from '../feature.ts';
import { recordingOperations } from './http.ts';
import { Recordings } from './recordings.ts';
import { RoomRecording } from './room-recording.ts';
import { consentRecord, consentRecordOf, fileRecord } from './rules.ts';
import { RecordingRuns } from './runs.ts';

export const recording: ServerFeature<typeof contract> = {
  // The files are in the store.
  report: (session) => ({
    recordings: [],
    consents: session.consents.map((consent) => consentRecord(session, consent)),
  }),
  webhooks: {
    'recording.started': (_, { recordingId }) => ({ recordingId }),
    'recording.paused': (_, { recordingId }) => ({ recordingId }),
    'recording.resumed': (_, { recordingId }) => ({ recordingId }),
    'recording.stopped': (_, { recordingId }) => ({ recordingId }),
    'recording.ready': (_, { recordingId, files, complete }) => ({ recordingId, files, complete }),
    'recording.deleted': (_, { recordingId }) => ({ recordingId }),
    'recording.erased': (session, { seat }) => eventPerson(session, seat),
    'consent.given': (session, { seat, ...answer }) => ({
      ...eventPerson(session, seat),
      ...aboutAnswer(answer),
    }),
    'consent.refused': (session, { seat, ...answer }) => ({
      ...eventPerson(session, seat),
      ...aboutAnswer(answer),
    }),
    'consent.withdrawn': (session, { seat, ...answer }) => ({
      ...eventPerson(session, seat),
      ...aboutAnswer(answer),
    }),
  },
  start: ({ recording: backend, ...services }) => {
    const { sessions, stores, clock, ids, logger } = services;
    const store = stores.recording;
    const { files = null, retentionMs = null } = backend ?? {};
    const recordings = new Recordings({ store, sessions, files, retentionMs, clock, ids, logger });
    const runs =
      backend &&
      new RecordingRuns({
        ...backend,
        store,
        sessions,
        clock,
        ids,
        logger,
        onStored: (sessionId) => recordings.complete(sessionId),
      });
    return {
      http: recordingOperations({ ...services, recordings }),
      room: {
        prepare: async (session) => {
          const known = session.recordings.length === 0 ? [] : await recordings.files(session.sessionId);
          const recorded = new Set(known.flatMap(({ seat }) => seat ?? []));
          return (room) => new RoomRecording(room, { recordings, runs, recorded });
        },
      },
      storedReport: async (session) => ({ recordings: await recordings.records(session) }),
      personalData: async (session, seat) => ({
        consents: session.consents.filter((consent) => consent.seat === seat).map(consentRecordOf),
        recordedFiles: (await store.export(session.sessionId, seat)).map(fileRecord),
      }),
      onSessionChanged: (changed) => recordings.sessionChanged(changed),
      settle: () => recordings.settle(),
      close: async () => {
        await runs?.close();
        await recordings.settled();
      },
    };
  },
};

function aboutAnswer<T extends { purpose: unknown; wording: unknown; language: unknown }>({
  purpose,
  wording,
  language,
}: T): Pick<T, 'purpose' | 'wording' | 'language'> {
  return { purpose, wording, language };
}
