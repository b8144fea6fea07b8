import { captionFiles, whisperFiles } from '../speech/speech-folder.ts';
import type { SpeechSettings } from '../speech/speech-settings.ts';
import { attempt, type Finding, type Subject } from './finding.ts';

const DEADLINE_MS = 5_000;

export interface SpeechOptions extends SpeechSettings {
  /** The service that translates captions; null if there is none. */
  readonly translateUrl: string | null;
}

/** What turns speech into text: installed engines, or services that answer. Nothing that was said is sent. */
export function speech({ dir, modelDir, transcripts, captions, translateUrl }: SpeechOptions): Subject {
  return {
    name: 'speech',
    check: async () => {
      const findings: Finding[] = [];
      if (transcripts?.engine === 'whisper')
        findings.push(await installed('transcripts', () => whisperFiles(dir, modelDir)));
      if (transcripts?.engine === 'http')
        findings.push(await answers('transcripts', transcripts.url, 'STT_URL'));
      if (captions?.engine === 'local') findings.push(await installed('captions', () => captionFiles(dir)));
      if (captions?.engine === 'deepgram') {
        findings.push(await answers('captions', captions.url.replace(/^ws/, 'http'), 'CAPTIONS_URL'));
      }
      if (translateUrl !== null) findings.push(await answers('translation', translateUrl, 'TRANSLATE_URL'));
      return findings;
    },
  };
}

function installed(name: string, find: () => unknown): Promise<Finding> {
  return attempt(
    name,
    'Run "node scripts/setup.mjs --speech" and set SPEECH_DIR to the folder that it prints.',
    () => {
      find();
      return Promise.resolve('the engine and its model are installed');
    },
  );
}

/** Any answer will do: only a request with sound could tell whether the key is right. */
function answers(name: string, url: string, setting: string): Promise<Finding> {
  return attempt(name, `Check ${setting} and the firewall.`, async () => {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.body?.cancel();
    return `${new URL(url).host} answers`;
  });
}
