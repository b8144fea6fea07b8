import { TelevisitError } from '@televisit/shared/errors';
import type { TranscriptRecord } from '@televisit/shared/features/transcripts';
import type { TranscriptFormat } from '@televisit/shared/features/transcripts.vocabulary';
import { iso } from '../../../core/clock.ts';
import { consentOf } from '../../../domain/consents.ts';
import type { Session } from '../../../domain/session.ts';
import { planComposition, positionOf } from '../../../recording/composition/plan.ts';
import type { StoredFile } from '../recording-store.ts';
import { mayKeep } from '../rules.ts';
import type { StoredCorrections, StoredTranscript } from './stored-transcript.ts';

/** Rules of transcripts. Pure functions. */

/** A transcript of one person with its corrections. */
export interface PersonalTranscript {
  readonly file: StoredFile;
  readonly content: StoredTranscript;
  /** In any order. */
  readonly corrections: readonly StoredCorrections[];
}

/** Whether what the person in a seat says may be transcribed. */
export function mayBeTranscribed(session: Session, seat: number): boolean {
  if (session.options.transcript === 'off') return false;
  return consentOf(session, seat, 'transcript') === true && consentOf(session, seat, 'recording') === true;
}

/** Returns the files of a recording with the speech that may be transcribed, the oldest first. */
export function speechOf(
  session: Session,
  files: readonly StoredFile[],
  recordingId: string,
): readonly SpeechFile[] {
  return files
    .filter((file): file is SpeechFile => file.seat !== null)
    .filter(
      (file) => file.recordingId === recordingId && file.kind === 'stream' && file.source === 'microphone',
    )
    .filter((file) => mayBeTranscribed(session, file.seat) && mayKeep(session, file))
    .sort((left, right) => left.startedAt - right.startedAt);
}

/** A file with the speech of a person. */
export type SpeechFile = StoredFile & { readonly seat: number };

/**
 * Puts the transcripts of people together. Times are those of the recording's composition.
 * @param files all files of the recording
 */
export function assembled(
  session: Session,
  recordingId: string,
  files: readonly StoredFile[],
  transcripts: readonly PersonalTranscript[],
): TranscriptRecord {
  const position = positions(files);
  const startedAt = Math.min(...streamsOf(files).map((file) => file.startedAt));
  const bySeat = [...transcripts].sort(
    ({ file: left }, { file: right }) =>
      (left.seat ?? 0) - (right.seat ?? 0) || left.startedAt - right.startedAt,
  );
  const people = new Map(
    bySeat.map(({ file: { seat }, content: { language, engine } }) => [
      seat,
      { ...personOf(session, seat), language, engine },
    ]),
  );
  const segments = bySeat.flatMap(({ file, content, corrections }) => {
    const corrected = new Map(
      [...corrections]
        .sort((left, right) => left.revision - right.revision || left.at - right.at)
        .flatMap(({ texts, at }) =>
          Object.entries(texts).map(([index, text]) => [Number(index), { text, at }] as const),
        ),
    );
    return content.segments.map((segment, index) => {
      const correction = corrected.get(index);
      return {
        segmentId: segmentIdOf(file.fileId, index),
        userId: personOf(session, file.seat).userId,
        start: position(segment.startedAt),
        end: position(segment.endedAt),
        startedAt: iso(segment.startedAt),
        text: correction?.text ?? segment.text,
        original: correction ? segment.text : null,
        correctedAt: correction ? iso(correction.at) : null,
        confidence: segment.confidence,
        words: segment.words.map((word) => ({
          start: position(word.startedAt),
          end: position(word.endedAt),
          text: word.text,
        })),
      };
    });
  });
  // Of people who begin at the same time, the order is that of their seats.
  segments.sort((left, right) => left.start - right.start);
  return { recordingId, automatic: true, startedAt: iso(startedAt), people: [...people.values()], segments };
}

/** Returns the file and the index of a segment. @throws {TelevisitError} `transcript_segment_not_found` */
export function requireSegment(
  transcripts: readonly Pick<PersonalTranscript, 'file' | 'content'>[],
  segmentId: string,
): { readonly file: StoredFile; readonly index: number } {
  for (const { file, content } of transcripts) {
    const index = content.segments.findIndex((_, at) => segmentIdOf(file.fileId, at) === segmentId);
    if (index >= 0) return { file, index };
  }
  throw new TelevisitError('transcript_segment_not_found', { detail: `There is no segment ${segmentId}.` });
}

const NOTICE = 'Made automatically. It may be wrong, above all numbers and names of medicines.';
const TYPES = { json: 'application/json', vtt: 'text/vtt', txt: 'text/plain' } as const;

/** Returns a transcript in a format, with its media type. */
export function formatted(transcript: TranscriptRecord, format: TranscriptFormat) {
  const content = {
    json: () => JSON.stringify(transcript),
    vtt: () => vtt(transcript),
    txt: () => plainText(transcript),
  };
  return { content: content[format](), type: `${TYPES[format]}; charset=utf-8` };
}

/** Returns WebVTT (W3C) with the speaker of each cue as a voice. */
function vtt(transcript: TranscriptRecord): string {
  const name = names(transcript);
  const cues = transcript.segments.map(
    ({ segmentId, userId, start, end, text }) =>
      // A cue has to end after its start.
      `${segmentId}\n${clockTime(start)} --> ${clockTime(Math.max(end, start + 0.001))}\n` +
      `<v ${escaped(name(userId))}>${escaped(text)}</v>\n`,
  );
  return ['WEBVTT\n', `NOTE ${NOTICE}\n`, ...cues].join('\n');
}

/** Returns text with a line for each turn of a speaker. */
function plainText(transcript: TranscriptRecord): string {
  const name = names(transcript);
  const lines: string[] = [];
  let speaker: string | null = null;
  for (const { userId, start, text } of transcript.segments) {
    if (userId === speaker) lines.push(`${lines.pop()} ${text}`);
    else lines.push(`[${clockTime(start).slice(0, -4)}] ${name(userId)}: ${text}`);
    speaker = userId;
  }
  return `${NOTICE}\n\n${lines.join('\n')}\n`;
}

function names({ people }: TranscriptRecord): (userId: string) => string {
  const byUser = new Map(people.map((one) => [one.userId, one.displayName ?? one.role]));
  return (userId) => byUser.get(userId) ?? userId;
}

/** Returns a time as WebVTT writes it. */
function clockTime(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}

/** Escapes text for a cue of WebVTT. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Returns a function that returns the place of a moment in the recording’s composition, in seconds. */
function positions(files: readonly StoredFile[]): (at: number) => number {
  const plan = planComposition({
    files: streamsOf(files),
    layout: 'grid',
    timeline: { sent: new Map(), present: new Map() },
    speakers: [],
  });
  return (at) => Math.round(positionOf(plan, at)) / 1000;
}

function streamsOf(files: readonly StoredFile[]) {
  return files.flatMap(({ kind, fileId, seat, source, startedAt, endedAt }) =>
    kind === 'stream' && seat !== null && source !== null
      ? [{ fileId, seat, source, startedAt, endedAt }]
      : [],
  );
}

function personOf({ seats }: Session, seat: number | null) {
  const { userId = '', role = 'guest', displayName = null } = seat === null ? {} : (seats[seat] ?? {});
  return { userId, role, displayName } as const;
}

function segmentIdOf(fileId: string, index: number): string {
  return `${fileId}-${index}`;
}
