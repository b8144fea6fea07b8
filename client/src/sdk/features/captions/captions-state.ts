import type { CaptionsView } from '@televisit/shared/features/captions';
import type { CaptionLine } from './caption-lines.ts';

/** Live captions as this participant sees them. */
export interface CaptionsState {
  /** From the preview on: the captions as this participant sees them; null until the server has sent it. */
  readonly view: CaptionsView | null;
  /** Whether this participant has turned captions on. */
  readonly on: boolean;
  /** The language into which they are translated (BCP 47); null for the language that was spoken. */
  readonly translateTo: string | null;
  /** What was said since, the oldest first. */
  readonly lines: readonly CaptionLine[];
}

export interface CaptionsSlice {
  readonly captions: CaptionsState;
}
