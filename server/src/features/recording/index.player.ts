import type { player as contract } from '@televisit/shared/features/recording-player';
import type { ServerFeature } from '../feature.ts';
import { playerOperations } from './http.player.ts';
import { RecordingLinks } from './recording-links.ts';

/** How long the link in a report is valid, in seconds. */
const REPORT_LINK_SECONDS = 24 * 60 * 60;

export const player: ServerFeature<typeof contract> = {
  // A link needs the keys of the running server.
  report: () => ({ recordingUrl: null }),
  start: (services) => {
    const links = new RecordingLinks(services);
    return {
      http: playerOperations({ ...services, links }),
      storedReport: ({ sessionId, recordings }) => {
        const ready = recordings.filter(({ readyAt }) => readyAt !== null).at(-1);
        const recordingUrl = ready
          ? links.toPlayer({ sessionId, recordingId: ready.recordingId }, links.expiryIn(REPORT_LINK_SECONDS))
          : null;
        return Promise.resolve({ recordingUrl });
      },
    };
  },
};
