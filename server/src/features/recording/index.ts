import type { recording as contract } from '@televisit/shared/features/recording';
import { eventPerson } from '../../domain/people.ts';
import type { ServerFeature } from '../feature.ts';
import { CompositionJob } from './composition-job.ts';
import { Compositions } from './compositions.ts';
import { recordingOperations } from './http.ts';
import { RecordingJobs, transcriptJob } from './jobs.ts';
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
    'recording.composed': (_, { recordingId, layout }) => ({ recordingId, layout }),
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
  start: ({ recording: backend, recordingObserver: observer, ...services }) => {
    const { sessions, stores, clock, ids, logger } = services;
    const store = stores.recording;
    const { files = null, retentionMs = null } = backend ?? {};
    const making =
      backend &&
      new CompositionJob({
        store,
        sessions,
        files: backend.files,
        folder: backend.compositions,
        clock,
        ids,
        logger,
      });
    const jobs = new RecordingJobs({
      store,
      handlers: making ? { composition: (job, run) => making.run(job, run) } : {},
      observer,
      clock,
      ids,
      logger,
    });
    observer?.watchJobs(() => store.openJobs());
    const compositions = new Compositions({ store, sessions, jobs });
    const recordings = new Recordings({
      store,
      sessions,
      files,
      retentionMs,
      observer,
      onReady: async (session, recordingId) => {
        await compositions.recordingReady(session, recordingId);
        if (session.options.transcript === 'required') await jobs.put(transcriptJob(session, recordingId));
      },
      onErased: (session) => compositions.personErased(session),
      clock,
      ids,
      logger,
    });
    const runs =
      backend &&
      new RecordingRuns({
        ...backend,
        store,
        sessions,
        observer,
        clock,
        ids,
        logger,
        onErased: (session) => compositions.personErased(session),
        onStored: (sessionId) => recordings.complete(sessionId),
      });
    return {
      http: recordingOperations({ ...services, recordings, compositions }),
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
      settle: async () => {
        await recordings.settle();
        await making?.tidy();
      },
      close: async () => {
        await jobs.close();
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
