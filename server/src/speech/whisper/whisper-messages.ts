/** From the server to the Python process, a line of JSON each. */
export type WhisperCommand =
  | ({
      readonly type: 'transcribe';
      readonly id: number;
      readonly language?: string;
      readonly vocabulary: readonly string[];
    } & WhisperSound)
  | { readonly type: 'abort'; readonly id: number };

export type WhisperSound =
  /** A WAV file. */
  | { readonly file: string }
  /** One utterance: base64 of samples of 16 bits (little-endian), 16,000 per second. */
  | { readonly pcm: string };

/** Times are in seconds. */
export interface WhisperSegment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly confidence: number;
  readonly words: readonly { readonly start: number; readonly end: number; readonly text: string }[];
}

/** From the Python process to the server, a line of JSON each. */
export type WhisperReport =
  | { readonly type: 'ready'; readonly languages: readonly string[] }
  | { readonly type: 'started'; readonly id: number; readonly language: string; readonly duration: number }
  | ({ readonly type: 'segment'; readonly id: number } & WhisperSegment)
  | { readonly type: 'finished'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
