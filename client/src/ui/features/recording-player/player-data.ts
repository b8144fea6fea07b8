import type { RecordingPlayerRecord } from '@televisit/shared/features/recording-player';
import type { TranscriptRecord } from '@televisit/shared/features/transcripts';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PlayerLink } from './player-link.ts';

/** How often the page looks whether there is something to play, in milliseconds. */
const POLL_MS = 3_000;
/** How often it looks for another video or transcript while something is played, in milliseconds. */
const NEWS_MS = 10_000;

/** Why there is nothing to play: the link, the recording, or the way to the server. */
export type PlayerProblem = 'bad' | 'expired' | 'gone' | 'unreachable';

/** What is known of a recording. */
export interface PlayerData {
  readonly record: RecordingPlayerRecord | null;
  readonly transcript: TranscriptRecord | null;
  readonly problem: PlayerProblem | null;
}

const NO_TRANSCRIPT = { url: null, version: null } as const;

const PROBLEMS: Readonly<Record<number, PlayerProblem>> = {
  400: 'bad',
  403: 'bad',
  404: 'gone',
  410: 'expired',
};

/** Reads what there is to play, again every few seconds; `check` reads it at once, because the video can’t be played. */
export function usePlayerData(link: PlayerLink): PlayerData & { readonly check: () => void } {
  const [data, setData] = useState<PlayerData>({ record: null, transcript: null, problem: null });
  const check = useRef<() => void>(() => undefined);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    let reads = 0;
    let isPlaying = false;
    const readAgain = async (isBroken = false) => {
      clearTimeout(timer);
      const number = ++reads;
      const read = await readPlayer(link);
      if (isOver || number !== reads) return;
      const { record, problem } = read;
      // The video continues while the server can’t be reached, and as long as it can after the link has expired.
      const mayContinue = problem === 'unreachable' || (problem === 'expired' && !isBroken);
      setData((before) => ({
        ...before,
        record: record ?? before.record,
        problem: mayContinue && before.record?.composition ? null : problem,
      }));
      if (record) isPlaying = record.composition !== null;
      if (record || problem === 'unreachable') {
        timer = setTimeout(() => void readAgain(), isPlaying ? NEWS_MS : POLL_MS);
      }
    };
    check.current = () => void readAgain(true);
    void readAgain();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [link]);
  const { url, version } = (data.record?.composition && data.record.transcript) ?? NO_TRANSCRIPT;
  useEffect(() => {
    let isOver = false;
    const reading = url === null ? Promise.resolve({ value: null, status: 404 }) : readJson(url);
    void reading.then(({ value, status }) => {
      // While the server can’t be reached, the previous one stays.
      if (isOver || (value === null && status !== 404)) return;
      setData((before) => ({ ...before, transcript: value as TranscriptRecord | null }));
    });
    return () => {
      isOver = true;
    };
  }, [url, version]);
  return { ...data, check: () => check.current() };
}

async function readPlayer({ baseUrl, path, secret }: PlayerLink): Promise<Omit<PlayerData, 'transcript'>> {
  const address = `${baseUrl}/api/v1/sessions/${path.session}/recordings/${path.recording}/player?${secret}`;
  const { value, status } = await readJson(address);
  return {
    record: value as RecordingPlayerRecord | null,
    problem: value ? null : (PROBLEMS[status] ?? 'unreachable'),
  };
}

/** Returns the content of an address, null if there is none, and the status of the answer, 0 without an answer. */
async function readJson(address: string): Promise<{ readonly value: unknown; readonly status: number }> {
  try {
    const response = await fetch(address, {
      headers: { Accept: 'application/json, application/problem+json' },
    });
    return { value: response.ok ? await response.json() : null, status: response.status };
  } catch {
    return { value: null, status: 0 };
  }
}
