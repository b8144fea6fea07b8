import type { CaptionText } from '@televisit/shared/features/captions';

/** A caption with the time at which this page last received its text, in milliseconds since 1970 by this device's clock. */
export interface CaptionLine extends CaptionText {
  readonly receivedAt: number;
}

/** The greatest number of captions that are kept; an hour of talk is about a thousand. */
const MAX_LINES = 1000;

/**
 * Adds what a person said, or replaces the text of the same utterance in its place. A final text is never changed; an empty one
 * takes back an utterance that is not final.
 */
export function withCaption(
  lines: readonly CaptionLine[],
  caption: CaptionText,
  now: number,
): readonly CaptionLine[] {
  const isSame = (line: CaptionLine) =>
    line.utterance === caption.utterance && line.userId === caption.userId && line.source === caption.source;
  const known = lines.find(isSame);
  if (known?.final) return lines;
  if (caption.text === '') return known ? lines.filter((line) => line !== known) : lines;
  const line = { ...caption, receivedAt: now };
  if (known) return lines.map((one) => (one === known ? line : one));
  return [...lines, line].slice(-MAX_LINES);
}
