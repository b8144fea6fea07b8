import { iso } from '../../core/clock.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { FeatureServices } from '../feature.ts';
import { playableOf } from './player/playable.ts';
import type { RecordingLinks } from './recording-links.ts';
import type { StoredFile } from './recording-store.ts';
import { requireRecording, statusOf } from './rules.ts';

export interface PlayerOperationsOptions extends Pick<FeatureServices, 'sessions' | 'stores'> {
  readonly links: RecordingLinks;
}

/** Handles the page that plays a recording. */
export function playerOperations({ sessions, stores, links }: PlayerOperationsOptions) {
  return {
    handlers: {
      createPlayerLink: async ({ params, body: { expiresIn }, by }) => {
        const { sessionId, recordingId } = params;
        requireRecording(await sessions.get(sessionId), recordingId);
        const expires = links.expiryIn(expiresIn);
        await sessions.note(sessionId, { type: 'player.linked', recordingId, by });
        return {
          status: 200,
          body: { url: links.toPlayer(params, expires), expiresAt: iso(expires * 1000) },
        };
      },

      getPlayer: async ({ params, query }) => {
        const expires = links.checkPlayer(params, query);
        const { sessionId, recordingId } = params;
        const recording = requireRecording(await sessions.get(sessionId), recordingId);
        const [files, jobs] = await Promise.all([
          stores.recording.files(sessionId),
          stores.recording.jobs(sessionId),
        ]);
        const { composition, thumbnail, job, transcriptVersion } = playableOf(recordingId, files, jobs);
        const linkTo = (file: StoredFile | null) => file && { url: links.toFile(file, expires) };
        const transcriptAs = (format: 'json' | 'vtt') => links.toTranscript(params, format, expires);
        return {
          status: 200,
          body: {
            status: statusOf(recording),
            startedAt: iso(recording.startedAt),
            composition: linkTo(composition),
            thumbnail: linkTo(thumbnail),
            job: job && { status: job.status, progress: job.progress },
            transcript:
              transcriptVersion === null
                ? null
                : {
                    url: transcriptAs('json'),
                    captionsUrl: transcriptAs('vtt'),
                    version: transcriptVersion,
                  },
          },
        };
      },
    },
  } satisfies FeatureOperations<'createPlayerLink' | 'getPlayer'>;
}
