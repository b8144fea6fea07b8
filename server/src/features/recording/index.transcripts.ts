import type { transcripts as contract } from '@televisit/shared/features/transcripts';
import type { FeatureServices, ServerFeature } from '../feature.ts';
import { RecordingJobs, type JobHandler } from './jobs.ts';
import { recordOf, requireRecording } from './rules.ts';
import { transcriptOperations } from './http.transcripts.ts';
import { RecordingLinks } from './recording-links.ts';
import { TranscriptionJob } from './transcripts/transcription-job.ts';
import { Transcripts } from './transcripts/transcripts.ts';

/** How long the link of the event is valid, in seconds. */
const EVENT_LINK_SECONDS = 24 * 60 * 60;

export const transcripts: ServerFeature<typeof contract> = {
  webhooks: {
    'transcript.ready': (_, { recordingId, people, transcriptUrl }) => ({
      recordingId,
      people,
      transcriptUrl,
    }),
  },
  start: (services) => {
    const { sessions, stores, clock, ids, logger, recording: backend, recordingObserver } = services;
    const store = stores.recording;
    const links = new RecordingLinks(services);
    const handler = handlerOf(services, links);
    const jobs = new RecordingJobs({
      store,
      handlers: handler ? { transcript: handler } : {},
      observer: recordingObserver,
      clock,
      ids,
      logger,
    });
    const files = backend?.files ?? null;
    const canTranscribe = handler !== null;
    return {
      http: transcriptOperations({
        sessions,
        links,
        transcripts: new Transcripts({ store, sessions, files, jobs, canTranscribe, clock, ids, logger }),
        recordOf: async (session, recordingId) => {
          const [known, own] = await Promise.all([
            store.files(session.sessionId),
            store.jobs(session.sessionId),
          ]);
          return recordOf(session, requireRecording(session, recordingId), known, own);
        },
      }),
      close: () => jobs.close(),
    };
  },
};

/** Returns what transcribes recordings; null if this server can't. */
function handlerOf(services: FeatureServices, links: RecordingLinks): JobHandler | null {
  const { sessions, stores, clock, ids, recording, speechToText } = services;
  if (!recording || !speechToText) return null;
  const job = new TranscriptionJob({
    store: stores.recording,
    sessions,
    files: recording.files,
    speechToText,
    folder: recording.transcripts,
    linkTo: (recording) => links.toTranscript(recording, 'json', links.expiryIn(EVENT_LINK_SECONDS)),
    clock,
    ids,
  });
  return (one, run) => job.run(one, run);
}
